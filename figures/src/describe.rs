//! The figure in words, for people who hear it: every value that is drawn, column by column.

use super::model::{Column, Figure, Panel};

/// Plain text, one sentence per series and reference.
pub(crate) fn describe(figure: &Figure) -> String {
    let mut sentences = Vec::new();
    for column in &figure.columns {
        sentences.push(format!("{}.", column.title));
        for (row, panel) in figure.rows.iter().zip(&column.panels) {
            sentences.push(panel_words(&row.title, panel, column));
        }
    }
    sentences.extend(figure.caption.iter().cloned());
    sentences.join(" ")
}

fn panel_words(title: &str, panel: &Panel, column: &Column) -> String {
    let mut parts: Vec<String> = panel.note.iter().cloned().collect();
    parts.extend(panel.references.iter().map(|line| format!("{}: {}", line.label, line.tag)));
    for series in &panel.series {
        let values = column.categories.iter().zip(&series.points);
        let values = values.filter_map(|(name, point)| point.as_ref().map(|point| format!("{name} {}", point.words)));
        parts.push(format!("{}: {}", series.label, values.collect::<Vec<_>>().join(", ")));
    }
    format!("{title}: {}.", parts.join("; "))
}
