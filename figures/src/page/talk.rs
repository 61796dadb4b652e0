//! A talk as one page of HTML: a screen for each slide, which page keys turn and a printer puts on paper of its own.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{POLICY, Qr};
use crate::sheet::Sheet;
use crate::svg::escape;
use crate::theme::Theme;

const STYLE: &str = include_str!("talk.css");

/// A slide.
#[derive(Clone, Debug, PartialEq)]
pub struct TalkLeaf {
    /// What stands above it.
    pub title: String,
    /// For the one who talks; folded on the screen.
    pub notes: String,
    /// What it shows.
    pub body: TalkBody,
}

/// What a slide shows.
#[derive(Clone, Debug, PartialEq)]
pub enum TalkBody {
    /// A figure.
    Figure(Box<Sheet>),
    /// Lines, as [`lines`] reads them.
    Text(String),
    /// PNG files with what is said of each; every pixel is a square.
    Pictures(Vec<(String, Vec<u8>)>),
    /// A PNG or JPEG file that somebody chose, as large as it fits.
    Picture(Vec<u8>),
}

/// A line of a slide of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TalkLine<'a> {
    /// A paragraph.
    Words(&'a str),
    /// A line that began with `- `.
    Point(&'a str),
    /// A line that is an address and nothing else: shown as a QR code, too.
    Link(&'a str),
}

/// The lines of a slide of words.
pub fn lines(text: &str) -> impl Iterator<Item = TalkLine<'_>> {
    let is_link = |line: &str| {
        let behind = line.strip_prefix("https://").or_else(|| line.strip_prefix("http://"));
        behind.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
    };
    text.lines().map(move |line| match line.strip_prefix("- ") {
        Some(point) => TalkLine::Point(point),
        None if is_link(line.trim()) => TalkLine::Link(line.trim()),
        None => TalkLine::Words(line),
    })
}

/// The media type of a picture's file, by its first bytes; absent where it is neither PNG nor JPEG.
pub(crate) fn kind(file: &[u8]) -> Option<&'static str> {
    match file {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        _ => None,
    }
}

/// A complete HTML document without a script, which loads nothing.
#[must_use]
pub fn talk(theme: Theme, leaves: &[TalkLeaf]) -> String {
    let title = leaves.first().map_or_else(|| "Talk".to_owned(), |leaf| escape(&leaf.title));
    let tokens = theme.tokens();
    let mut out = String::with_capacity(256 * 1024);
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title} - Stitchscope</title>\n\
         <style>\n:root {{ --ground: {}; --ink: {}; --muted: {}; }}\n{STYLE}</style>\n</head>\n<body>",
        tokens.background, tokens.text, tokens.text_muted
    );
    for (at, leaf) in leaves.iter().enumerate() {
        let _ = writeln!(out, "<section id=\"slide-{}\">\n<h1>{}</h1>", at + 1, escape(&leaf.title));
        match &leaf.body {
            TalkBody::Figure(sheet) => {
                let svg = sheet.to_svg();
                // Names are unique within a page.
                let svg = svg.replacen("\"title desc\"", &format!("\"title-{at} desc-{at}\""), 1);
                let svg = svg.replacen("id=\"title\"", &format!("id=\"title-{at}\""), 1);
                let svg = svg.replacen("id=\"desc\"", &format!("id=\"desc-{at}\""), 1);
                let _ = writeln!(out, "<figure>{svg}</figure>");
            }
            TalkBody::Text(text) => words(&mut out, text),
            TalkBody::Picture(file) => {
                // What is neither is named as PNG and stays empty in a browser.
                let (kind, data) = (kind(file).unwrap_or("image/png"), STANDARD.encode(file));
                let title = escape(&leaf.title);
                let _ = writeln!(
                    out,
                    "<figure><img class=\"whole\" src=\"data:{kind};base64,{data}\" alt=\"{title}\"></figure>"
                );
            }
            TalkBody::Pictures(pictures) => {
                out.push_str("<div class=\"pictures\">\n");
                for (words, png) in pictures {
                    let (words, data) = (escape(words), STANDARD.encode(png));
                    let _ = writeln!(
                        out,
                        "<figure><img src=\"data:image/png;base64,{data}\" alt=\"{words}\"><figcaption>{words}</figcaption></figure>"
                    );
                }
                out.push_str("</div>\n");
            }
        }
        if !leaf.notes.is_empty() {
            let _ = writeln!(out, "<details><summary>Notes</summary><p>{}</p></details>", escape(&leaf.notes));
        }
        let _ = writeln!(out, "<footer>{} of {}</footer>\n</section>", at + 1, leaves.len());
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// Paragraphs, lists of neighbouring points, links with their codes.
fn words(out: &mut String, text: &str) {
    let mut listed = false;
    for line in lines(text) {
        if matches!(line, TalkLine::Point(_)) != listed {
            out.push_str(if listed { "</ul>\n" } else { "<ul>\n" });
            listed = !listed;
        }
        let _ = match line {
            TalkLine::Point(point) => writeln!(out, "<li>{}</li>", escape(point)),
            TalkLine::Words(words) => writeln!(out, "<p>{}</p>", escape(words)),
            TalkLine::Link(link) => {
                let code = Qr::of(link).map(|code| code.to_svg(link)).unwrap_or_default();
                let link = escape(link);
                writeln!(out, "{code}<p><a href=\"{link}\">{link}</a></p>")
            }
        };
    }
    if listed {
        out.push_str("</ul>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(title: &str, body: TalkBody) -> TalkLeaf {
        TalkLeaf { title: title.to_owned(), notes: "say <hello>".to_owned(), body }
    }

    #[test]
    fn every_slide_is_a_section_and_what_people_wrote_is_escaped() {
        let text = "First & last\n- one\n- two <b>\nend";
        let page = talk(
            Theme::Dark,
            &[
                leaf("<script>alert(1)</script>", TalkBody::Text(text.to_owned())),
                leaf("A figure", TalkBody::Figure(Box::new(sheet()))),
                leaf("Pictures", TalkBody::Pictures(vec![("cat \"x\"".to_owned(), vec![1, 2, 3])])),
            ],
        );
        assert_eq!(page.matches("<section").count(), 3);
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("<hello>"));
        assert!(
            page.contains("<p>First &amp; last</p>\n<ul>\n<li>one</li>\n<li>two &lt;b&gt;</li>\n</ul>\n<p>end</p>")
        );
        assert!(page.contains("data:image/png;base64,AQID") && page.contains("3 of 3"));
        assert!(page.contains("aria-labelledby=\"title-1 desc-1\"") && page.contains("<title id=\"title-1\">"));
        let loaded = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!loaded.contains("://"), "it loads nothing");
    }

    fn sheet() -> Sheet {
        crate::difference(&report(), &report(), crate::Options::default()).sheet()
    }

    fn report() -> stitchscope_core::report::Report {
        crate::tests::sample::robust_to_standard().report()
    }

    #[test]
    fn a_line_that_is_an_address_becomes_a_code() {
        let text = "see https://a.example\n- https://b.example\nhttps://c.example/x?y\nhttps://\nhttps://d.example e";
        let found: Vec<_> = lines(text).collect();
        assert_eq!(found.iter().filter(|line| matches!(line, TalkLine::Link(_))).count(), 1);
        assert_eq!(found[2], TalkLine::Link("https://c.example/x?y"));
        let page = talk(Theme::Light, &[leaf("Links", TalkBody::Text(text.to_owned()))]);
        assert_eq!(page.matches("class=\"qr\"").count(), 1);
        assert!(page.contains("<a href=\"https://c.example/x?y\">"));
    }

    #[test]
    fn a_picture_stands_in_the_page_with_its_own_kind() {
        let page = talk(Theme::Light, &[leaf("Photo", TalkBody::Picture(vec![0xff, 0xd8, 0xff, 0xe0]))]);
        assert!(page.contains("data:image/jpeg;base64,/9j/4A=="), "{page}");
    }
}
