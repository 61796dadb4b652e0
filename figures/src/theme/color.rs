//! sRGB colours and the WCAG 2 contrast between two of them.

use std::fmt;

/// An opaque sRGB colour, 8 bits a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, 0..=255.
    pub r: u8,
    /// Green, 0..=255.
    pub g: u8,
    /// Blue, 0..=255.
    pub b: u8,
}

impl Color {
    /// From `0xRRGGBB`; higher bits are ignored.
    #[must_use]
    pub const fn hex(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self { r, g, b }
    }

    /// Linear-light channels, each in 0..=1.
    #[must_use]
    pub fn linear(self) -> [f64; 3] {
        [self.r, self.g, self.b].map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// WCAG relative luminance: 0 is black, 1 is white.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
}

#[cfg(feature = "ecolor")]
impl From<Color> for ecolor::Color32 {
    fn from(color: Color) -> Self {
        Self::from_rgb(color.r, color.g, color.b)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02X}{:02X}{:02X}", self.r, self.g, self.b)
    }
}

/// WCAG contrast of two colours, from 1 (equal) to 21 (black on white); the order does not matter.
#[must_use]
pub fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_knows_the_two_ends() {
        let (black, white) = (Color::hex(0), Color::hex(0xFF_FF_FF));
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        assert!((contrast(white, white) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn contrast_agrees_with_a_published_value() {
        // #767676 is the well-known lightest grey that passes 4.5:1 on white.
        let ratio = contrast(Color::hex(0x76_76_76), Color::hex(0xFF_FF_FF));
        assert!((ratio - 4.54).abs() < 0.005, "{ratio}");
    }

    #[test]
    fn colours_are_written_as_hex() {
        assert_eq!(Color::hex(0x00_72_B2).to_string(), "#0072B2");
    }
}
