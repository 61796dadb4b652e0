//! A report as one page of HTML that needs nothing beside it: figure, flags in words, tables, environment and recipe.
//!
//! It holds no script and may load nothing, which its policy tells the browser too; every text of a report is escaped. It prints.

mod qr;
mod tables;
mod talk;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stitchscope_core::report::{Environment, Report};

pub use qr::{QUIET, Qr};
#[cfg(feature = "pdf")]
pub(crate) use talk::kind;
pub use talk::{TalkBody, TalkLeaf, TalkLine, lines, talk};

use crate::compatibility::names;
use crate::svg::escape;
use crate::{FigureError, Options, compatibility};

/// What a browser may load for it: nothing but the fonts and styles in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:";
const STYLE: &str = include_str!("page/style.css");
/// How the numbers are to be read.
const READING: &str = "Shares are in per cent, with half the width of Wilson's 95 % interval, which speaks of the choice of test images \
    and not of seeds. Robust: correct on the clean image and on every attacked one; a finite attack finds what it finds, so these \
    are upper bounds. Direct: the least-squares stitch at the same taps. Agreement: images to which stitched network and end \
    network give the same class.";

// Writing to a String cannot fail, so the results of `write!` are dropped throughout.

/// A report as a complete HTML document.
///
/// # Errors
/// [`FigureError::NoCells`] where there is nothing to draw.
pub fn page(report: &Report) -> Result<String, FigureError> {
    let figure = compatibility(&[report], Options::default())?;
    let title = escape(&names::pair(report));
    let mut out = String::with_capacity(128 * 1024);
    let _ = writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title} - Stitchscope</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<main>\n<h1>{title}</h1>"
    );
    flags(&mut out, report);
    let _ = writeln!(out, "<figure>\n{}</figure>", figure.to_svg());
    tables::donors(&mut out, report);
    tables::cells(&mut out, report);
    tables::controls(&mut out, report);
    let _ = writeln!(out, "<p class=\"reading\">{}</p>", escape(READING));
    environment(&mut out, &report.environment);
    let _ = writeln!(out, "<h2>Recipe</h2>\n<pre>{}</pre>\n</main>\n</body>\n</html>", escape(&report.recipe));
    Ok(out)
}

/// Each reason to look twice, with the number of cells that have it.
fn flags(out: &mut String, report: &Report) {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    report.cells.iter().flat_map(|cell| &cell.flags).for_each(|flag| *counted.entry(flag).or_default() += 1);
    if counted.is_empty() {
        return;
    }
    out.push_str("<section class=\"flags\">\n<h2>Look twice</h2>\n<ul>\n");
    for (flag, count) in counted {
        let cells = if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
        let _ = writeln!(out, "<li>{} ({cells})</li>", escape(flag));
    }
    out.push_str("</ul>\n</section>\n");
}

fn environment(out: &mut String, environment: &Environment) {
    out.push_str("<h2>Environment</h2>\n<dl>\n");
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escape(value));
    };
    row("Stitchscope", &environment.version);
    row("Engine", &environment.engine);
    row("Device", &environment.device);
    row("Threads", &environment.threads.to_string());
    out.push_str("</dl>\n");
}
