//! Colours by meaning, for a light and a dark surface.

use serde::{Deserialize, Serialize};

use super::Color;

/// Which surface we draw on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Paper and projectors, which crush dark tones.
    #[default]
    Light,
    /// Dim rooms.
    Dark,
}

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ink {
    /// The front donor.
    Front,
    /// The end donor.
    End,
    /// The stitched network.
    Stitched,
    /// How alike two signals are.
    Likeness,
    /// How often two networks name the same class.
    Agreement,
}

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// The surface under everything.
    pub background: Color,
    /// Words that matter most.
    pub text: Color,
    /// Tick labels, captions.
    pub text_muted: Color,
    /// Axis lines and ticks.
    pub axis: Color,
    /// Grid lines: a help for the eye that no value depends on, so it may be faint.
    pub grid: Color,
    /// (mark, text) of [`Ink::Front`].
    front: (Color, Color),
    end: (Color, Color),
    stitched: (Color, Color),
    likeness: (Color, Color),
    agreement: (Color, Color),
}

impl Ink {
    /// Every ink, for legends and tests.
    pub const ALL: [Self; 5] = [Self::Front, Self::End, Self::Stitched, Self::Likeness, Self::Agreement];
}

impl Theme {
    /// Both themes.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// The theme's colours.
    #[must_use]
    pub const fn tokens(self) -> &'static Tokens {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

impl Tokens {
    /// Colour of lines and marks; at least 3:1 on the background.
    #[must_use]
    pub const fn mark(&self, ink: Ink) -> Color {
        self.pair(ink).0
    }

    /// Colour of words about the same thing; at least 4.5:1 on the background.
    #[must_use]
    pub const fn words(&self, ink: Ink) -> Color {
        self.pair(ink).1
    }

    const fn pair(&self, ink: Ink) -> (Color, Color) {
        match ink {
            Ink::Front => self.front,
            Ink::End => self.end,
            Ink::Stitched => self.stitched,
            Ink::Likeness => self.likeness,
            Ink::Agreement => self.agreement,
        }
    }
}

const fn pair(mark: u32, words: u32) -> (Color, Color) {
    (Color::hex(mark), Color::hex(words))
}

const LIGHT: Tokens = Tokens {
    background: Color::hex(0xFF_FF_FF),
    text: Color::hex(0x1B_1F_24),
    text_muted: Color::hex(0x48_51_5B),
    axis: Color::hex(0x6B_74_80),
    grid: Color::hex(0xE3_E6_EA),
    front: pair(0x00_72_B2, 0x00_50_7D),
    end: pair(0xD5_5E_00, 0xA3_47_00),
    stitched: pair(0x00_9E_73, 0x00_70_4F),
    likeness: pair(0xB5_58_8F, 0x8F_3A_6C),
    agreement: pair(0x6A_6F_77, 0x4B_52_5B),
};

const DARK: Tokens = Tokens {
    background: Color::hex(0x14_17_1C),
    text: Color::hex(0xF1_F3_F5),
    text_muted: Color::hex(0xB8_C0_C9),
    axis: Color::hex(0x8A_94_A0),
    grid: Color::hex(0x2B_31_39),
    front: pair(0x4D_A6_E0, 0x4D_A6_E0),
    end: pair(0xFF_8A_3D, 0xFF_8A_3D),
    stitched: pair(0x45_DD_AD, 0x45_DD_AD),
    likeness: pair(0xE0_91_C0, 0xE0_91_C0),
    agreement: pair(0xB8_BE_C6, 0xB8_BE_C6),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::contrast;

    #[test]
    fn words_reach_4_5_and_marks_3_in_both_themes() {
        for theme in Theme::ALL {
            let tokens = theme.tokens();
            let ratio = |color| contrast(color, tokens.background);
            for words in [tokens.text, tokens.text_muted].into_iter().chain(Ink::ALL.map(|ink| tokens.words(ink))) {
                assert!(ratio(words) >= 4.5, "{theme:?} text {words}: {:.2}", ratio(words));
            }
            for mark in [tokens.axis].into_iter().chain(Ink::ALL.map(|ink| tokens.mark(ink))) {
                assert!(ratio(mark) >= 3.0, "{theme:?} mark {mark}: {:.2}", ratio(mark));
            }
        }
    }

    /// Machado, Oliveira and Fernandes (2009), severity 1, on linear light.
    const VISION: [(&str, [[f64; 3]; 3]); 4] = [
        ("ordinary", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        ("protan", [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
        ("deutan", [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
        ("tritan", [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
    ];

    fn seen(color: Color, matrix: &[[f64; 3]; 3]) -> [f64; 3] {
        let light = color.linear();
        let linear = matrix.map(|row| row.iter().zip(light).map(|(m, c)| m * c).sum::<f64>().clamp(0.0, 1.0));
        lab(linear)
    }

    fn lab([r, g, b]: [f64; 3]) -> [f64; 3] {
        let f = |t: f64| {
            if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 }
        };
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn the_three_networks_stay_apart_for_every_colour_vision() {
        let networks = [Ink::Front, Ink::End, Ink::Stitched];
        for theme in Theme::ALL {
            for (vision, matrix) in &VISION {
                for (i, a) in networks.iter().enumerate() {
                    for b in &networks[..i] {
                        let (p, q) = (seen(theme.tokens().mark(*a), matrix), seen(theme.tokens().mark(*b), matrix));
                        let distance = p.iter().zip(q).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
                        assert!(distance >= 15.0, "{theme:?} {vision} {a:?} {b:?}: {distance:.1}");
                    }
                }
            }
        }
    }
}
