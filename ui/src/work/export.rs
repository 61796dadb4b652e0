//! Results as files, where a person wants them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Report;
use stitchscope_core::report::csv;

use super::serve::Clerk;
use super::subjects::{Drawing, Export, Format, Leaf, Pixels, Shows, Subject};
use super::things::Ladder;
use super::{Ground, Printed, archive, inspect};
use crate::command::Command;
use crate::state::{Measures, Words};
use crate::theme::Theme;
use stitchscope_core::metrics::first_largest;
use stitchscope_figures::{Options, Sheet, TalkBody, TalkLeaf, compatibility, difference, latex, map};

/// Pixels per 1/96 inch: print wants about three.
const PNG_SCALE: f32 = 3.0;
/// The longest side of a magnified image, in pixels.
const LONGEST: usize = 8192;

/// Pixels per 1/96 inch of what is copied: a slide is shown at about this size.
const COPY_SCALE: f32 = 2.0;

/// Writes the file and says where it is, or why not.
pub(super) fn write(clerk: &Clerk<'_>, export: &Export) -> Result<String, String> {
    let bytes = match &export.subject {
        Subject::Figure { drawing, reports, format, theme, width_mm } => {
            let options = Options { theme: *theme, width_mm: *width_mm };
            let sheet = sheet(*drawing, Measures::All, reports, options, Words::Paper)?;
            match format {
                Format::Svg => sheet.to_svg().into_bytes(),
                Format::Png => sheet.to_png(PNG_SCALE).map_err(|error| error.to_string())?,
                Format::Pdf => clerk.ground.pdf(Printed::Figure(&sheet))?,
            }
        }
        Subject::Table(report) => {
            let mut bytes = Vec::new();
            csv::write_cells(&report.cells, &mut bytes).map_err(|error| error.to_string())?;
            bytes
        }
        Subject::Latex(report) => latex(report).into_bytes(),
        Subject::Network { study, recipe, cell, taps } => network(clerk, study, recipe, *cell, taps)?,
        Subject::Talk { pdf, theme, words, leaves } => {
            let leaves = talk(*theme, *words, leaves)?;
            match pdf {
                true => clerk.ground.pdf(Printed::Talk(*theme, &leaves))?,
                false => stitchscope_figures::talk(*theme, &leaves).into_bytes(),
            }
        }
        Subject::Archive { study, report } => archive::pack(clerk.ground, study, report)?,
        Subject::Picture { shape, pixels, magnify } => picture(*shape, pixels, *magnify)?,
        Subject::Text(text) => text.clone().into_bytes(),
    };
    let place = if export.replace { export.place.clone() } else { free(clerk.ground, &export.place) };
    clerk.ground.write(&place, &bytes).map_err(|error| error.to_string())
}

/// A figure as a picture.
pub(super) fn pixels(subject: &Subject) -> Result<Pixels, String> {
    let Subject::Figure { drawing, reports, theme, width_mm, .. } = subject else {
        return Err("only a figure can be copied as a picture".to_owned());
    };
    let options = Options { theme: *theme, width_mm: *width_mm };
    let bytes = sheet(*drawing, Measures::All, reports, options, Words::Paper)?
        .to_png(COPY_SCALE)
        .map_err(|e| e.to_string())?;
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().map_err(|e| e.to_string())?;
    let mut rgb = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let info = reader.next_frame(&mut rgb).map_err(|e| e.to_string())?;
    rgb.truncate(info.buffer_size());
    let side = |length: u32| usize::try_from(length).unwrap_or_default();
    Ok(Pixels { size: [side(info.width), side(info.height)], rgb })
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
pub(crate) fn sheet(
    drawing: Drawing,
    measures: Measures,
    reports: &[Report],
    options: Options,
    words: Words,
) -> Result<Sheet, String> {
    let all: Vec<&Report> = reports.iter().collect();
    let pair = || all.first().zip(all.last()).ok_or_else(|| "there are no two studies to compare".to_owned());
    let reword = |text: &str| crate::words::say(words, text).into_owned();
    let say = |error: stitchscope_figures::FigureError| error.to_string();
    Ok(match drawing {
        Drawing::Curves => {
            let mut figure = compatibility(&all, options).map_err(say)?;
            figure.reword(reword);
            measures.row(figure.rows.len()).map_or_else(|| figure.clone(), |row| figure.only(row)).sheet()
        }
        Drawing::Map(shade) => {
            let mut map = map::map(&all, shade, options).map_err(say)?;
            map.reword(reword);
            map.sheet()
        }
        Drawing::Difference => pair().map(|(report, from)| {
            let mut figure = difference(report, from, options);
            figure.reword(reword);
            figure.sheet()
        })?,
        Drawing::DifferenceMap(shade) => pair().map(|(report, from)| {
            let mut map = map::difference(report, from, shade, options);
            map.reword(reword);
            map.sheet()
        })?,
    })
}

/// The slides of a talk as they are written, a caption's words apart.
fn talk(theme: Theme, words: Words, leaves: &[Leaf]) -> Result<Vec<TalkLeaf>, String> {
    let leaf = |leaf: &Leaf| -> Result<TalkLeaf, String> {
        let body = match &leaf.shows {
            Shows::Text(text) => TalkBody::Text(text.clone()),
            Shows::Figure { drawing, measures, reports } => {
                let options = Options { theme, ..Options::default() };
                TalkBody::Figure(Box::new(sheet(*drawing, *measures, reports, options, words)?))
            }
            Shows::Picture(file) => {
                let file = STANDARD.decode(file);
                TalkBody::Picture(file.map_err(|why| format!("the picture of {} is damaged: {why}", leaf.title))?)
            }
            Shows::Attack { ladder, against, rung } => attack(ladder, *against, *rung)?,
            Shows::View(view) => {
                let view = Command::Open(*view).label();
                TalkBody::Text(format!("This slide shows the view {view} of the window, which a page cannot hold."))
            }
        };
        Ok(TalkLeaf { title: leaf.title.clone(), notes: leaf.notes.clone(), body })
    };
    leaves.iter().map(leaf).collect()
}

/// The image, the attacked image, and what each network says of both.
fn attack(ladder: &Ladder, against: usize, rung: usize) -> Result<TalkBody, String> {
    let climb = ladder.climbs.get(against).or_else(|| ladder.climbs.first());
    let climb = climb.ok_or_else(|| "the attack of a slide was not recorded".to_owned())?;
    let class = |at: usize| ladder.classes.get(at).map_or("?", String::as_str);
    let mut pictures = Vec::new();
    for (name, image, shares) in [
        ("Original", Some(&ladder.clean), climb.shares.first()),
        ("Attacked", climb.images.get(rung), climb.shares.get(rung)),
    ] {
        let Some(image) = image.filter(|image| !image.is_empty()) else { continue };
        let bytes: Vec<u8> = image.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let said = shares.into_iter().flatten().zip(&ladder.networks).filter_map(|(shares, network)| {
            let best = first_largest(shares)?;
            Some(format!("{network}: {} {:.0} %", class(best), 100.0 * shares[best]))
        });
        let words = format!("{name} ({}); {}", class(ladder.label as usize), said.collect::<Vec<_>>().join(", "));
        let longest = ladder.shape[1].max(ladder.shape[2]).max(1);
        pictures.push((words, picture(ladder.shape, &bytes, (448 / longest).max(1))?));
    }
    Ok(TalkBody::Pictures(pictures))
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
    fn a_copied_figure_has_a_colour_for_every_pixel() {
        let reports = Vec::new();
        let subject = |drawing| Subject::Figure {
            drawing,
            reports: Vec::clone(&reports),
            format: Format::Png,
            theme: Theme::Light,
            width_mm: 100.0,
        };
        assert!(pixels(&subject(Drawing::Difference)).is_err(), "without studies there is nothing to copy");
        assert!(pixels(&Subject::Text("x".to_owned())).is_err());
    }

    #[test]
    fn what_is_no_image_is_refused() {
        assert!(picture([3, 2, 2], &[0; 5], 1).is_err());
        assert!(picture([1, 0, 9], &[], 1).is_err());
    }
}
