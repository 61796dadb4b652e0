//! Scales of colour for maps: one for shares, one for differences. Both are even to the eye, and stay ordered for every
//! colour vision because lightness alone already tells the order (shares) or the size (differences).

use super::Color;

/// A scale of colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ramp {
    /// From little to much: cividis, dark blue over grey to yellow.
    Share,
    /// From less over equal to more: orange over light grey to purple.
    Signed,
}

/// Cividis (Nuñez, Anderton and Renslow 2018) at nine even steps.
const SHARE: [Color; 9] = [
    Color::hex(0x00_22_4E),
    Color::hex(0x12_35_70),
    Color::hex(0x3B_49_6C),
    Color::hex(0x57_5D_6D),
    Color::hex(0x70_71_73),
    Color::hex(0x8A_86_78),
    Color::hex(0xA5_9C_74),
    Color::hex(0xC3_B3_69),
    Color::hex(0xE1_CC_55),
];

/// Orange to purple around a neutral middle, as in ColorBrewer's PuOr.
const SIGNED: [Color; 9] = [
    Color::hex(0xB3_58_06),
    Color::hex(0xE0_82_14),
    Color::hex(0xFD_B8_63),
    Color::hex(0xFE_E0_B6),
    Color::hex(0xF7_F7_F7),
    Color::hex(0xD8_DA_EB),
    Color::hex(0xB2_AB_D2),
    Color::hex(0x80_73_AC),
    Color::hex(0x54_27_88),
];

impl Ramp {
    /// The colour at `position`, held within [0, 1]; what is not a number counts as 0.
    #[must_use]
    pub fn at(self, position: f64) -> Color {
        let stops = match self {
            Self::Share => &SHARE,
            Self::Signed => &SIGNED,
        };
        let place = if position.is_nan() { 0.0 } else { position.clamp(0.0, 1.0) } * (stops.len() - 1) as f64;
        let below = (place.floor() as usize).min(stops.len() - 2);
        let part = place - below as f64;
        let (a, b) = (stops[below], stops[below + 1]);
        let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8;
        Color { r: mix(a.r, b.r), g: mix(a.g, b.g), b: mix(a.b, b.b) }
    }
}

/// Black or white: whichever can be read better on `ground`; always at least 4.5:1.
#[must_use]
pub fn words_on(ground: Color) -> Color {
    let (black, white) = (Color::hex(0x00_00_00), Color::hex(0xFF_FF_FF));
    if super::contrast(black, ground) >= super::contrast(white, ground) { black } else { white }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::contrast;

    fn lightness(color: Color) -> f64 {
        let y = color.luminance();
        if y > 0.008_856 { 116.0 * y.cbrt() - 16.0 } else { 903.3 * y }
    }

    #[test]
    fn shares_grow_lighter_in_even_steps() {
        let steps: Vec<f64> = (0..=16).map(|i| lightness(Ramp::Share.at(f64::from(i) / 16.0))).collect();
        for pair in steps.windows(2) {
            let step = pair[1] - pair[0];
            assert!((2.0..7.5).contains(&step), "{steps:?}");
        }
    }

    #[test]
    fn differences_grow_darker_to_both_sides() {
        for side in [-1.0, 1.0] {
            let steps: Vec<f64> =
                (0..=8).map(|i| lightness(Ramp::Signed.at(0.5 + side * f64::from(i) / 16.0))).collect();
            assert!(steps.windows(2).all(|pair| pair[1] < pair[0]), "{side}: {steps:?}");
        }
    }

    #[test]
    fn words_can_be_read_on_every_colour() {
        for ramp in [Ramp::Share, Ramp::Signed] {
            for i in 0..=200 {
                let ground = ramp.at(f64::from(i) / 200.0);
                assert!(contrast(words_on(ground), ground) >= 4.5, "{ground}");
            }
        }
    }
}
