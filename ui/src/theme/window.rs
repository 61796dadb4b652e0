//! Colours of the window's surfaces and states; those of the networks are the figures'.

use super::{Color, Theme};

/// The window's colours in one theme. Words stand on `page`, `card` and `sunken`; all three are close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface {
    /// Behind everything.
    pub page: Color,
    /// What lies on the page.
    pub card: Color,
    /// What lies in a card: fields, tracks.
    pub sunken: Color,
    /// A card or button under the pointer.
    pub hover: Color,
    /// Edges of cards: a help for the eye.
    pub outline: Color,
    /// Edges of fields and buttons; at least 3:1.
    pub edge: Color,
    /// Words.
    pub text: Color,
    /// Words that matter less.
    pub muted: Color,
    /// What can be done next; also focus. At least 3:1.
    pub accent: Color,
    /// Words on `accent`.
    pub on_accent: Color,
    /// Words in the accent's hue.
    pub accent_words: Color,
    /// Behind what is chosen.
    pub chosen: Color,
    /// It works.
    pub good: Color,
    /// Look twice.
    pub warn: Color,
    /// It does not work.
    pub bad: Color,
}

/// A theme as the window needs it.
pub trait Surfaces {
    /// The window's colours.
    #[must_use]
    fn surface(self) -> &'static Surface;

    /// The other one.
    #[must_use]
    fn other(self) -> Self;
}

impl Surfaces for Theme {
    fn surface(self) -> &'static Surface {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }
}

const LIGHT: Surface = Surface {
    page: Color::hex(0xF3_F5_F7),
    card: Color::hex(0xFF_FF_FF),
    sunken: Color::hex(0xED_F0_F3),
    hover: Color::hex(0xE6_EA_EF),
    outline: Color::hex(0xDB_E0_E6),
    edge: Color::hex(0x7C_86_92),
    text: Color::hex(0x1B_1F_24),
    muted: Color::hex(0x4A_53_5E),
    accent: Color::hex(0x5A_45_C8),
    on_accent: Color::hex(0xFF_FF_FF),
    accent_words: Color::hex(0x4A_36_B0),
    chosen: Color::hex(0xE5_E1_FA),
    good: Color::hex(0x00_70_4F),
    warn: Color::hex(0x8A_4B_00),
    bad: Color::hex(0xB0_25_2A),
};

const DARK: Surface = Surface {
    page: Color::hex(0x0F1216),
    card: Color::hex(0x14_17_1C),
    sunken: Color::hex(0x1D_22_29),
    hover: Color::hex(0x2A_31_3B),
    outline: Color::hex(0x2B_31_39),
    edge: Color::hex(0x74_7E_8A),
    text: Color::hex(0xF1_F3_F5),
    muted: Color::hex(0xB8_C0_C9),
    accent: Color::hex(0xA7_98_FF),
    on_accent: Color::hex(0x14_10_2E),
    accent_words: Color::hex(0xBC_B0_FF),
    chosen: Color::hex(0x2E_29_4D),
    good: Color::hex(0x45_DD_AD),
    warn: Color::hex(0xFF_B8_4D),
    bad: Color::hex(0xFF_8A_8A),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{Ink, contrast};

    #[test]
    fn words_can_be_read_and_edges_seen_on_every_surface() {
        for theme in Theme::ALL {
            let s = theme.surface();
            for ground in [s.page, s.card, s.sunken, s.hover, s.chosen] {
                for words in [s.text, s.muted, s.accent_words, s.good, s.warn, s.bad] {
                    let ratio = contrast(words, ground);
                    assert!(ratio >= 4.5, "{theme:?}: words {words} on {ground}: {ratio:.2}");
                }
            }
            for ground in [s.page, s.card, s.sunken] {
                for mark in [s.edge, s.accent].into_iter().chain(Ink::ALL.map(|ink| theme.tokens().mark(ink))) {
                    let ratio = contrast(mark, ground);
                    assert!(ratio >= 2.9, "{theme:?}: mark {mark} on {ground}: {ratio:.2}");
                }
                for ink in Ink::ALL {
                    let ratio = contrast(theme.tokens().words(ink), ground);
                    assert!(ratio >= 4.5, "{theme:?}: {ink:?} words on {ground}: {ratio:.2}");
                }
            }
            assert!(contrast(s.on_accent, s.accent) >= 4.5, "{theme:?}");
        }
    }
}
