//! What can be written to a file, as plain data.

use serde::{Deserialize, Serialize};
use stitchscope_core::report::Report;

use super::messages::StudyId;
use super::things::Ladder;
use crate::state::{Measures, View, Words};
use crate::theme::Theme;
use stitchscope_figures::map::Shade;

/// A result to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// What.
    pub subject: Subject,
    /// Where: a path, or a file's name on a page.
    pub place: String,
    /// A file that is there is replaced, as a person said in a dialog; otherwise the new one gets a number.
    pub replace: bool,
}

/// What can be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Subject {
    /// A figure of reports.
    Figure {
        /// Which figure.
        drawing: Drawing,
        /// The reports; for a difference the one it is measured from comes last.
        reports: Vec<Report>,
        /// The kind of file.
        format: Format,
        /// Colours.
        theme: Theme,
        /// Width in millimetres.
        width_mm: f64,
    },
    /// The cells as CSV.
    Table(Box<Report>),
    /// The cells as a LaTeX table.
    Latex(Box<Report>),
    /// The stitched network of a cell as ONNX.
    Network {
        /// The study, for its stitch.
        study: StudyId,
        /// The study's recipe, for its donors.
        recipe: String,
        /// The cell.
        cell: usize,
        /// Front and end tap of the cell.
        taps: (String, String),
    },
    /// A talk as a page, or as PDF.
    Talk {
        /// As PDF.
        pdf: bool,
        /// Colours.
        theme: Theme,
        /// Whose words.
        words: Words,
        /// The slides in order.
        leaves: Vec<Leaf>,
    },
    /// A whole study as a zip.
    Archive {
        /// The study, for its stitches.
        study: StudyId,
        /// What it found.
        report: Box<Report>,
    },
    /// An image as PNG.
    Picture {
        /// Channels, height, width.
        shape: [usize; 3],
        /// [C, H, W] bytes.
        pixels: Vec<u8>,
        /// Every pixel becomes a square of so many.
        magnify: usize,
    },
    /// Text as it is.
    Text(String),
}

/// A picture for the clipboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pixels {
    /// Width and height.
    pub size: [usize; 2],
    /// Red, green, blue, row by row.
    pub rgb: Vec<u8>,
}

/// A slide of a talk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// What stands above it.
    pub title: String,
    /// For the one who talks.
    pub notes: String,
    /// What it shows.
    pub shows: Shows,
}

/// What a slide of a talk shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shows {
    /// Words.
    Text(String),
    /// A PNG or JPEG file in base64.
    Picture(String),
    /// A figure of reports.
    Figure {
        /// Which figure.
        drawing: Drawing,
        /// Which of its rows.
        measures: Measures,
        /// The reports; for a difference the one it is measured from comes last.
        reports: Vec<Report>,
    },
    /// An image under attack.
    Attack {
        /// The attack.
        ladder: Box<Ladder>,
        /// The network that it is made against.
        against: usize,
        /// Which of its strengths.
        rung: usize,
    },
    /// A view that only the window can show.
    View(View),
}

/// A kind of picture file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Lines and letters.
    #[default]
    Svg,
    /// Pixels.
    Png,
    /// Lines and letters, on paper.
    Pdf,
}

/// A kind of figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drawing {
    /// Curves over taps, reports side by side.
    #[default]
    Curves,
    /// Maps of pairs of taps, reports side by side.
    Map(Shade),
    /// What the first report has more than the last, tap by tap.
    Difference,
    /// The same as a map.
    DifferenceMap(Shade),
}
