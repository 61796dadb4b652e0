//! Columns of text side by side.

/// Spaces between columns.
pub(crate) const GAP: usize = 2;

/// Which side a column's texts keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A column: its title and one text per row.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub title: &'static str,
    pub align: Align,
    pub cells: Vec<String>,
}

impl Column {
    fn width(&self) -> usize {
        let texts = self.cells.iter().map(String::as_str).chain([self.title]);
        texts.map(|text| text.chars().count()).max().unwrap_or_default()
    }

    fn padded(&self, text: &str, width: usize) -> String {
        match self.align {
            Align::Left => format!("{text:<width$}"),
            Align::Right => format!("{text:>width$}"),
        }
    }
}

/// Columns of the terminal that these take.
pub(crate) fn width(columns: &[Column]) -> usize {
    let gaps = columns.len().saturating_sub(1) * GAP;
    columns.iter().map(Column::width).sum::<usize>() + gaps
}

/// Titles, then the rows. Nothing at all where there are no rows.
pub(crate) fn render(columns: &[Column]) -> String {
    let rows = render_untitled(columns);
    if rows.is_empty() {
        return rows;
    }
    let titles = columns.iter().map(|column| column.padded(column.title, column.width()));
    format!("{}{rows}", join(titles))
}

/// The rows alone.
pub(crate) fn render_untitled(columns: &[Column]) -> String {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    // Measured once, not per row: a report may have very many.
    let widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let row = |index: usize| {
        let text = |(column, width): (&Column, &usize)| {
            let text = column.cells.get(index).map_or("", String::as_str);
            column.padded(text, *width)
        };
        join(columns.iter().zip(&widths).map(text))
    };
    (0..rows).map(row).collect()
}

fn join(texts: impl Iterator<Item = String>) -> String {
    let line = texts.collect::<Vec<_>>().join(&" ".repeat(GAP));
    format!("{}\n", line.trim_end())
}

/// `text` in at most `room` columns. The front is cut, as the end of a path or a module name says most.
pub(crate) fn elide(text: &str, room: usize) -> String {
    let text = plain(text);
    let length = text.chars().count();
    if length <= room {
        return text;
    }
    let kept = text.chars().skip(length.saturating_sub(room.saturating_sub(1)));
    std::iter::once('…').chain(kept).collect()
}

/// `text` without control characters: a name from a file must not command the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_front() {
        assert_eq!(elide("layer1.0", 8), "layer1.0");
        assert_eq!(elide("layer1.0.add", 10), "…er1.0.add");
        assert_eq!(elide("äöüäöüäöü", 6), "…öüäöü");
    }

    #[test]
    fn columns_keep_their_side() {
        let column = |title, align, cells: &[&str]| Column {
            title,
            align,
            cells: cells.iter().map(|text| (*text).to_owned()).collect(),
        };
        let columns = [column("a", Align::Left, &["x", "xyz"]), column("bb", Align::Right, &["1", "200"])];
        assert_eq!(render(&columns), "a     bb\nx      1\nxyz  200\n");
        assert_eq!(width(&columns), 8);
        assert_eq!(render(&[column("a", Align::Left, &[])]), "");
    }
}
