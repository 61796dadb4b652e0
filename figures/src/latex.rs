//! A study's cells as a LaTeX table (`booktabs`), donors above them.

use std::fmt::Write as _;

use stitchscope_core::metrics::thousands;
use stitchscope_core::report::{Counts, Report, Role};

use crate::base;

/// A complete `table` environment.
#[must_use]
pub fn latex(report: &Report) -> String {
    let attacked = report.cells.iter().any(|cell| cell.robust.is_some());
    let images = report.cells.iter().map(|cell| cell.clean.total).max().unwrap_or(0);
    let mut out = String::from("% needs \\usepackage{booktabs}\n\\begin{table}\n  \\centering\n");
    let columns = if attacked { "lrrrrr" } else { "lrrrr" };
    let _ = writeln!(out, "  \\begin{{tabular}}{{{columns}}}\n    \\toprule");
    let robust = |words: String| if attacked { format!(" & {words}") } else { String::new() };
    let _ =
        writeln!(out, "    cut & clean{} & direct & agreement & CKA \\\\\n    \\midrule", robust("robust".to_owned()));
    for donor in &report.donors {
        let role = if donor.role == Role::Front { "front" } else { "end" };
        let name = escape(base(&donor.model));
        let (clean, held) = (share(Some(donor.clean)), robust(share(donor.robust)));
        let _ = writeln!(out, "    {role}: \\texttt{{{name}}} & {clean}{held} & & & \\\\");
    }
    out.push_str("    \\midrule\n");
    for cell in &report.cells {
        let mut cut = escape(&cell.front_tap);
        if cell.front_tap != cell.end_tap {
            let _ = write!(cut, " $\\to$ {}", escape(&cell.end_tap));
        }
        let agreement = cell.agreement.share().map_or_else(|| "--".to_owned(), |s| format!("{:.1}", 100.0 * s.share));
        let cka = if cell.cka.is_finite() { format!("{:.3}", cell.cka) } else { "--".to_owned() };
        let (clean, held) = (share(Some(cell.clean)), robust(share(cell.robust)));
        let direct = share(Some(cell.direct.clean));
        let _ = writeln!(out, "    {cut} & {clean}{held} & {direct} & {agreement} & {cka} \\\\");
    }
    let _ = writeln!(
        out,
        "    \\bottomrule\n  \\end{{tabular}}\n  \\caption{{Accuracies in per cent, half width of the 95\\,\\% Wilson interval in small type; {} images.}}\n\\end{{table}}",
        thousands(images).replace(',', "{,}")
    );
    out
}

fn share(counts: Option<Counts>) -> String {
    counts.and_then(|counts| counts.share()).map_or_else(
        || "--".to_owned(),
        |share| format!("{:.1} {{\\scriptsize $\\pm${:.1}}}", 100.0 * share.share, 100.0 * share.half_width()),
    )
}

/// Text that LaTeX sets as it is.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(character);
            }
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample::robust_to_standard;

    #[test]
    fn every_row_has_as_many_columns_as_the_table() {
        let mut report = robust_to_standard().report();
        report.cells[0].front_tap = "layer_1 & more".to_owned();
        for attacked in [true, false] {
            if !attacked {
                report.cells.iter_mut().for_each(|cell| cell.robust = None);
                report.donors.iter_mut().for_each(|donor| donor.robust = None);
            }
            let text = latex(&report);
            let rows: Vec<&str> = text.lines().filter(|line| line.ends_with("\\\\")).collect();
            assert_eq!(rows.len(), 1 + 2 + report.cells.len());
            let marks = |row: &str| row.replace("\\&", "").matches('&').count();
            assert!(rows.iter().all(|row| marks(row) == if attacked { 5 } else { 4 }), "{text}");
            assert!(text.contains("layer\\_1 \\& more $\\to$") && text.contains("1{,}000 images"), "{text}");
            assert_eq!(text.matches("\\begin").count(), text.matches("\\end").count());
        }
    }
}
