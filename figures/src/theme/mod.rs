//! Colours and sizes of figures, in one place, so that a look is changed once and checked once.
//!
//! One meaning, one look: the front donor is a blue circle, the end donor an orange square, the stitched network a
//! green triangle, on every view and figure. Colour never carries a meaning alone; [`Shape`](crate::Shape) and dash say the
//! same.

mod color;
mod ramp;
mod sizes;
mod tokens;

/// Squares of a QR code and the ground around them: in every theme what readers of such codes expect.
pub const CODE: [Color; 2] = [Color::hex(0x00_0000), Color::hex(0xFF_FFFF)];

pub use color::{Color, contrast};
pub use ramp::{Ramp, words_on};
pub use sizes::{FIGURE, FigureSizes};
pub use tokens::{Ink, Theme, Tokens};
