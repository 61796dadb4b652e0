//! Results as files, where a person wants them.

use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Report;
use stitchscope_core::report::csv;

use super::serve::Clerk;
use super::subjects::{Drawing, Export, Format, Subject};
use super::{Ground, archive, inspect};
use stitchscope_figures::{Options, Sheet, compatibility, difference, latex, map};

/// Pixels per 1/96 inch: print wants about three.
const PNG_SCALE: f32 = 3.0;
/// The longest side of a magnified image, in pixels.
const LONGEST: usize = 8192;

/// Writes the file and says where it is, or why not.
pub(super) fn write(clerk: &Clerk<'_>, export: &Export) -> Result<String, String> {
    let bytes = match &export.subject {
        Subject::Figure { drawing, reports, format, theme, width_mm } => {
            let options = Options { theme: *theme, width_mm: *width_mm };
            let sheet = sheet(*drawing, reports, options)?;
            match format {
                Format::Svg => sheet.to_svg().into_bytes(),
                Format::Png => sheet.to_png(PNG_SCALE).map_err(|error| error.to_string())?,
            }
        }
        Subject::Table(report) => {
            let mut bytes = Vec::new();
            csv::write_cells(&report.cells, &mut bytes).map_err(|error| error.to_string())?;
            bytes
        }
        Subject::Latex(report) => latex(report).into_bytes(),
        Subject::Network { study, recipe, cell, taps } => network(clerk, study, recipe, *cell, taps)?,
        Subject::Archive { study, report } => archive::pack(clerk.ground, study, report)?,
        Subject::Picture { shape, pixels, magnify } => picture(*shape, pixels, *magnify)?,
        Subject::Text(text) => text.clone().into_bytes(),
    };
    let place = if export.replace { export.place.clone() } else { free(clerk.ground, &export.place) };
    clerk.ground.write(&place, &bytes).map_err(|error| error.to_string())
}

/// The place itself where nothing lies, else the first of its numbered names that is free.
fn free(ground: &dyn Ground, place: &str) -> String {
    let mut names = (1..).map(|number| numbered(place, number));
    names.find(|name| !ground.is_taken(name)).unwrap_or_else(|| place.to_owned())
}

/// `cells.csv`, `cells-2.csv`: the name of the first, second ... of several files.
pub(crate) fn numbered(place: &str, number: usize) -> String {
    match place.rsplit_once('.') {
        _ if number == 1 => place.to_owned(),
        Some((stem, ending)) if !ending.contains(['/', '\\']) => format!("{stem}-{number}.{ending}"),
        _ => format!("{place}-{number}"),
    }
}

/// A figure of reports, laid out.
fn sheet(drawing: Drawing, reports: &[Report], options: Options) -> Result<Sheet, String> {
    let all: Vec<&Report> = reports.iter().collect();
    let pair = || all.first().zip(all.last()).ok_or_else(|| "there are no two studies to compare".to_owned());
    let say = |error: stitchscope_figures::FigureError| error.to_string();
    Ok(match drawing {
        Drawing::Curves => compatibility(&all, options).map_err(say)?.sheet(),
        Drawing::Map(shade) => map::map(&all, shade, options).map_err(say)?.sheet(),
        Drawing::Difference => pair().map(|(report, from)| difference(report, from, options).sheet())?,
        Drawing::DifferenceMap(shade) => {
            pair().map(|(report, from)| map::difference(report, from, shade, options).sheet())?
        }
    })
}

fn network(
    clerk: &Clerk<'_>,
    study: &str,
    recipe: &str,
    cell: usize,
    taps: &(String, String),
) -> Result<Vec<u8>, String> {
    let recipe = Recipe::parse(recipe, "recipe").map_err(|error| error.to_string())?;
    inspect::network(clerk, &recipe, (study, cell), taps).map_err(|error| error.to_string())
}

/// A PNG of `[C, H, W]` bytes, one channel grey; every pixel a square, nothing smoothed.
fn picture([channels, height, width]: [usize; 3], pixels: &[u8], magnify: usize) -> Result<Vec<u8>, String> {
    let longest = height.max(width);
    let fits = longest > 0 && channels > 0 && pixels.len() == channels * height * width && longest <= LONGEST;
    if !fits {
        return Err(format!("an image of {channels} x {height} x {width} cannot be written as a PNG"));
    }
    let magnify = magnify.clamp(1, LONGEST / longest);
    let plane = height * width;
    let mut rgb = Vec::with_capacity(plane * magnify * magnify * 3);
    for y in 0..height * magnify {
        for x in 0..width * magnify {
            let at = (y / magnify) * width + x / magnify;
            rgb.extend([0, 1, 2].map(|channel: usize| pixels[channel.min(channels - 1) * plane + at]));
        }
    }
    let side = |length: usize| u32::try_from(length * magnify).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side(width), side(height));
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&rgb)?;
        writer.finish()
    });
    written.map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magnified_pixel_is_a_square_of_its_own_value() {
        let bytes = picture([1, 1, 2], &[10, 200], 3).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        assert_eq!((info.width, info.height), (6, 3));
        let row: Vec<u8> = rgb.iter().copied().step_by(3).take(6).collect();
        assert_eq!(row, [10, 10, 10, 200, 200, 200]);
    }

    #[test]
    fn what_is_no_image_is_refused() {
        assert!(picture([3, 2, 2], &[0; 5], 1).is_err());
        assert!(picture([1, 0, 9], &[], 1).is_err());
    }
}
