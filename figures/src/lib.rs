//! What a study leaves for people: figures drawn once as data and shown anywhere, and tables.
//!
//! A [`Figure`] says what is plotted (columns of panels with series, reference lines, a caption). [`lay_out`] turns it into
//! a [`Scene`] of a few primitive shapes with every text measured in the bundled font; the scene is written as SVG and
//! painted as PNG. So the picture, its text and its legend are the same bytes on every machine. No window toolkit is needed
//! for any of it: a window paints the same scenes.

mod compatibility;
mod describe;
mod difference;
mod error;
mod font;
mod format;
mod latex;
mod layout;
pub mod map;
mod model;
mod page;
#[cfg(feature = "pdf")]
pub mod pdf;
mod raster;
mod results;
pub mod scene;
mod sheet;
mod svg;
#[cfg(test)]
pub(crate) mod tests;
pub mod theme;

pub use compatibility::{Options, base, compatibility, so_far};
pub use difference::difference;
pub use error::FigureError;
pub use font::Weight;
pub use latex::latex;
pub use layout::{lay_out, lay_out_at};
pub use model::{Axis, Column, Dash, Figure, Look, Panel, Point, Reference, Row, Series, Shape, Spread};
pub use page::{QUIET, Qr, TalkBody, TalkLeaf, TalkLine, lines, page, talk};
pub use results::results;
pub use scene::Scene;
pub use sheet::Sheet;
