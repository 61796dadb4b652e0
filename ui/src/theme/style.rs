//! The theme as egui takes it: fonts, sizes and colours of every ordinary widget.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::epaint::text::{FontData, FontDefinitions, FontFamily};
use egui::style::{ScrollStyle, WidgetVisuals, Widgets};
use egui::{Color32, Context, CornerRadius, FontId, Margin, Shadow, Stroke, Style, TextStyle, Visuals, vec2};
use epaint_default_fonts::UBUNTU_LIGHT;

use stitchscope_figures::Weight;

use super::{Color, Surface, Surfaces as _, Theme};

/// Semi-bold words.
pub const STRONG: &str = "strong";
/// Icons.
pub const ICONS: &str = "icons";

static ICON_FONT: &[u8] = include_bytes!("../../assets/Icons.ttf");

/// What draws the characters that ours lack.
const OTHERS: &str = "others";

/// Sizes of the window, in points of egui.
pub mod size {
    /// The one number on a screen.
    pub const HUGE: f32 = 44.0;
    /// A view's name.
    pub const TITLE: f32 = 24.0;
    /// A card's name.
    pub const HEADING: f32 = 17.0;
    /// Words.
    pub const BODY: f32 = 14.5;
    /// Words beside the point.
    pub const SMALL: f32 = 12.5;
    /// Between things that belong together.
    pub const GAP: f32 = 8.0;
    /// Between cards.
    pub const GUTTER: f32 = 14.0;
    /// Within a card.
    pub const PAD: f32 = 16.0;
    /// Least height of what is clicked.
    pub const TARGET: f32 = 32.0;
    /// Corners.
    pub const ROUND: u8 = 10;
    /// Corners of buttons.
    pub const ROUND_SMALL: u8 = 7;
    /// The rail of views.
    pub const RAIL: f32 = 84.0;
    /// The column beside a view.
    pub const SIDE: f32 = 330.0;
}

/// A font of semi-bold words.
#[must_use]
pub fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(STRONG.into()))
}

/// The font of icons.
#[must_use]
pub fn icon(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(ICONS.into()))
}

/// Gives the context our fonts; once, at the start.
///
/// Two of the four faces that egui would bring are left out: nothing here is set in a typewriter face or in emoji, and a
/// page should be small. Names in Greek or Cyrillic, which our own subset lacks, are drawn by egui's.
pub fn install_fonts(ctx: &Context) {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [
        ("inter", Weight::Regular.bytes()),
        ("inter-strong", Weight::SemiBold.bytes()),
        ("material", ICON_FONT),
        (OTHERS, UBUNTU_LIGHT),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let families = [
        (FontFamily::Proportional, "inter"),
        (FontFamily::Monospace, "inter"),
        (FontFamily::Name(STRONG.into()), "inter-strong"),
        (FontFamily::Name(ICONS.into()), "material"),
    ];
    for (family, first) in families {
        fonts.families.insert(family, vec![first.to_owned(), OTHERS.to_owned()]);
    }
    ctx.set_fonts(fonts);
}

/// Gives the context our colours and sizes; whenever they change.
pub fn install_style(ctx: &Context, theme: Theme, still: bool) {
    let style = style(theme, still);
    ctx.set_theme(if theme == Theme::Dark { egui::Theme::Dark } else { egui::Theme::Light });
    ctx.all_styles_mut(|each| *each = style.clone());
}

fn style(theme: Theme, still: bool) -> Style {
    let surface = theme.surface();
    let mut style = Style { visuals: visuals(theme, surface), ..Style::default() };
    style.text_styles = BTreeMap::from([
        (TextStyle::Small, FontId::proportional(size::SMALL)),
        (TextStyle::Body, FontId::proportional(size::BODY)),
        (TextStyle::Button, FontId::proportional(size::BODY)),
        (TextStyle::Heading, strong(size::TITLE)),
        (TextStyle::Monospace, FontId::monospace(size::SMALL)),
    ]);
    style.spacing.item_spacing = vec2(size::GAP, size::GAP);
    style.spacing.button_padding = vec2(12.0, 6.0);
    style.spacing.interact_size = vec2(40.0, size::TARGET);
    style.spacing.slider_width = 180.0;
    style.spacing.combo_width = 120.0;
    style.spacing.icon_width = 18.0;
    style.spacing.icon_width_inner = 10.0;
    style.spacing.scroll = ScrollStyle {
        bar_width: 9.0,
        dormant_background_opacity: 0.0,
        dormant_handle_opacity: 0.5,
        ..ScrollStyle::thin()
    };
    style.animation_time = if still { 0.0 } else { 0.12 };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style
}

fn visuals(theme: Theme, s: &Surface) -> Visuals {
    let mut v = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    v.override_text_color = None;
    v.weak_text_color = Some(s.muted.into());
    v.panel_fill = s.page.into();
    v.window_fill = s.card.into();
    v.window_stroke = Stroke::new(1.0, s.outline);
    v.window_corner_radius = CornerRadius::same(size::ROUND + 2);
    v.menu_corner_radius = CornerRadius::same(size::ROUND);
    v.extreme_bg_color = s.sunken.into();
    v.text_edit_bg_color = Some(s.sunken.into());
    v.faint_bg_color = s.sunken.into();
    v.code_bg_color = s.sunken.into();
    v.hyperlink_color = s.accent_words.into();
    v.warn_fg_color = s.warn.into();
    v.error_fg_color = s.bad.into();
    v.selection.bg_fill = s.chosen.into();
    v.selection.stroke = Stroke::new(2.0, s.accent);
    v.slider_trailing_fill = true;
    v.handle_shape = egui::style::HandleShape::Rect { aspect_ratio: 0.4 };
    v.widgets = widgets(s);
    let shade = Color32::from_black_alpha(if theme == Theme::Dark { 120 } else { 40 });
    v.window_shadow = Shadow { offset: [0, 8], blur: 28, spread: 0, color: shade };
    v.popup_shadow = Shadow { offset: [0, 4], blur: 14, spread: 0, color: shade };
    v
}

fn widgets(s: &Surface) -> Widgets {
    let look = |fill: Color, edge: Color, text: Color, width: f32| WidgetVisuals {
        bg_fill: fill.into(),
        weak_bg_fill: fill.into(),
        bg_stroke: Stroke::new(width, edge),
        fg_stroke: Stroke::new(1.2, text),
        corner_radius: CornerRadius::same(size::ROUND_SMALL),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: look(s.card, s.outline, s.text, 1.0),
        inactive: look(s.sunken, s.edge, s.text, 1.0),
        hovered: look(s.hover, s.edge, s.text, 1.0),
        active: look(s.chosen, s.accent, s.text, 1.5),
        open: look(s.sunken, s.edge, s.text, 1.0),
    }
}

/// The frame of a card.
pub fn card(theme: Theme) -> egui::Frame {
    let s = theme.surface();
    egui::Frame::new()
        .fill(s.card.into())
        .stroke(Stroke::new(1.0, s.outline))
        .corner_radius(CornerRadius::same(size::ROUND))
        .inner_margin(Margin::same(16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Icon;

    #[test]
    fn every_icon_is_in_the_icon_font() {
        use skrifa::MetadataProvider as _;
        let font = skrifa::FontRef::new(ICON_FONT).unwrap();
        for icon in Icon::ALL {
            assert!(font.charmap().map(icon.glyph()).is_some(), "{icon:?}");
        }
    }
}
