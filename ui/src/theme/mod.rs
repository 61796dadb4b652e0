//! The only place with colours and sizes, so that a look is changed once and checked once.
//!
//! One meaning, one look: the front donor is a blue circle, the end donor an orange square, the stitched network a
//! green triangle, on every view and figure. Colour never carries a meaning alone; [`shape`](crate::figure::Shape) and
//! dash say the same.

mod color;
mod icons;
mod ramp;
mod sizes;
pub mod style;
mod tokens;
mod window;

pub use color::{Color, contrast};
pub use icons::Icon;
pub use ramp::{Ramp, words_on};
pub use sizes::{FIGURE, FigureSizes};
pub use style::size;
pub use tokens::{Ink, Theme, Tokens};
pub use window::Surface;
