//! A QR code: a link as squares, so that an audience opens it with a phone.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::theme::CODE;

/// Squares of ground around the code, as readers want them.
pub const QUIET: usize = 4;

/// A code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Squares along a side, without the ground around.
    pub size: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// The code of a text; absent where the text is longer than codes can hold.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let side = code.size();
        let dark = (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| code.get_module(x, y));
        Some(Self { size: usize::try_from(side).ok()?, dark: dark.collect() })
    }

    /// Column and row of every dark square.
    pub fn squares(&self) -> impl Iterator<Item = (usize, usize)> {
        let dark = self.dark.iter().enumerate().filter(|(_, dark)| **dark);
        dark.map(|(place, _)| (place % self.size, place / self.size))
    }

    /// As SVG, black on white in every theme: that is what readers expect.
    #[must_use]
    pub fn to_svg(&self, label: &str) -> String {
        let side = self.size + 2 * QUIET;
        let [black, white] = CODE;
        let mut path = String::new();
        for (x, y) in self.squares() {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
        format!(
            "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{}\" shape-rendering=\"crispEdges\">\
             <path fill=\"{white}\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"{black}\" d=\"{path}\"/></svg>",
            crate::svg::escape(label)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners() {
        let code = Qr::of("https://example.org/stitchscope").unwrap();
        let dark: std::collections::HashSet<_> = code.squares().collect();
        // The frame of each corner, as the standard has it: seven dark squares along the upper edge.
        for left in [0, code.size - 7] {
            assert!((left..left + 7).all(|x| dark.contains(&(x, 0))) && !dark.contains(&(left + 1, 1)));
        }
        assert!((0..7).all(|x| dark.contains(&(x, code.size - 1))));
        assert!(Qr::of(&"x".repeat(5000)).is_none());
    }
}
