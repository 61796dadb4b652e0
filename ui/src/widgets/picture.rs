//! Images of data sets, pixel by pixel, never smoothed.

use egui::{
    ColorImage, Context, CornerRadius, Image, Response, Sense, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo,
};

/// Makes a texture of `[C, H, W]` values in [0, 1]; one channel is grey.
pub fn texture(ctx: &Context, name: &str, shape: [usize; 3], values: &[f32]) -> TextureHandle {
    let bytes: Vec<u8> = values.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    texture_of_bytes(ctx, name, shape, &bytes)
}

/// Makes a texture of `[C, H, W]` bytes; one channel is grey.
pub fn texture_of_bytes(
    ctx: &Context,
    name: &str,
    [channels, height, width]: [usize; 3],
    bytes: &[u8],
) -> TextureHandle {
    let plane = height * width;
    let byte = |channel: usize, at: usize| {
        bytes.get(channel.min(channels.saturating_sub(1)) * plane + at).copied().unwrap_or(0)
    };
    let rgb: Vec<u8> = (0..plane).flat_map(|at| [byte(0, at), byte(1, at), byte(2, at)]).collect();
    ctx.load_texture(name, ColorImage::from_rgb([width, height], &rgb), TextureOptions::NEAREST)
}

/// Shows a texture with a name for screen readers.
pub fn picture(ui: &mut Ui, texture: &TextureHandle, size: Vec2, name: &str) -> Response {
    let image = Image::new((texture.id(), size)).corner_radius(CornerRadius::same(4)).sense(Sense::hover());
    let response = ui.add(image);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, name));
    response
}
