//! A talk as one page of HTML: a screen for each slide, which page keys turn and a printer puts on paper of its own.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::POLICY;
use crate::svg::escape;
use crate::theme::Theme;

const STYLE: &str = include_str!("talk.css");

/// A slide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TalkLeaf {
    /// What stands above it.
    pub title: String,
    /// For the one who talks; folded on the screen.
    pub notes: String,
    /// What it shows.
    pub body: TalkBody,
}

/// What a slide shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TalkBody {
    /// A figure as a complete SVG document of ours.
    Figure(String),
    /// Lines; those that begin with `- ` are points.
    Text(String),
    /// PNG files with what is said of each.
    Pictures(Vec<(String, Vec<u8>)>),
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
            TalkBody::Figure(svg) => {
                // Names are unique within a page.
                let svg = svg.replacen("\"title desc\"", &format!("\"title-{at} desc-{at}\""), 1);
                let svg = svg.replacen("id=\"title\"", &format!("id=\"title-{at}\""), 1);
                let svg = svg.replacen("id=\"desc\"", &format!("id=\"desc-{at}\""), 1);
                let _ = writeln!(out, "<figure>{svg}</figure>");
            }
            TalkBody::Text(text) => words(&mut out, text),
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

/// Paragraphs, and lists of neighbouring points.
fn words(out: &mut String, text: &str) {
    let mut listed = false;
    for line in text.lines() {
        let point = line.strip_prefix("- ");
        if point.is_some() != listed {
            out.push_str(if listed { "</ul>\n" } else { "<ul>\n" });
            listed = !listed;
        }
        let _ = match point {
            Some(point) => writeln!(out, "<li>{}</li>", escape(point)),
            None => writeln!(out, "<p>{}</p>", escape(line)),
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
                leaf(
                    "A figure",
                    TalkBody::Figure(
                        "<svg aria-labelledby=\"title desc\"><title id=\"title\"></title></svg>".to_owned(),
                    ),
                ),
                leaf("Pictures", TalkBody::Pictures(vec![("cat \"x\"".to_owned(), vec![1, 2, 3])])),
            ],
        );
        assert_eq!(page.matches("<section").count(), 3);
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("<hello>"));
        assert!(
            page.contains("<p>First &amp; last</p>\n<ul>\n<li>one</li>\n<li>two &lt;b&gt;</li>\n</ul>\n<p>end</p>")
        );
        assert!(page.contains("data:image/png;base64,AQID") && page.contains("3 of 3"));
        assert!(page.contains("aria-labelledby=\"title-1 desc-1\"><title id=\"title-1\">"));
        assert!(!page.contains("http://") && !page.contains("https://"), "it loads nothing");
    }
}
