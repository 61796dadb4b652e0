//! The files: other programs read them back, and the same figure gives the same bytes.

use std::sync::Arc;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{self, Tree, roxmltree};

use super::figure;
use super::gallery::gallery;
use super::sample::{robust_to_standard, standard_to_robust};
use crate::{Figure, FigureError, Options, Weight, font, lay_out, raster};

#[test]
fn svg_is_well_formed_and_says_what_it_shows() {
    for (name, figure) in gallery() {
        let svg = figure.to_svg();
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{name}: {error}"));
        let root = document.root_element();
        let child =
            |tag: &str| root.children().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", tag))).unwrap();
        assert!(child("title").text().unwrap().contains('→'), "{name}");
        assert!(child("desc").text().unwrap().contains("Clean accuracy"), "{name}");
        let recipes: Vec<_> =
            child("metadata").children().filter(roxmltree::Node::is_element).map(|node| node.text().unwrap()).collect();
        assert_eq!(recipes, figure.recipes, "{name}");
        let drawn = root.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text"))).count();
        assert_eq!(drawn, lay_out(&figure).texts().count(), "{name}");
    }
}

#[test]
fn png_keeps_its_recipes_and_resolution() {
    let (there, back) = (robust_to_standard().report(), standard_to_robust().report());
    let figure = figure(&[&there, &back], Options::default());
    let bytes = figure.to_png(1.5).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.color_type), ((180.0 / 25.4 * 144.0_f64).round() as u32, png::ColorType::Rgb));
    assert_eq!(&pixels[..3], [255, 255, 255]);
    let chunks = reader.info().utf8_text.iter().filter(|chunk| chunk.keyword == raster::RECIPE);
    let recipes: Vec<String> = chunks.map(|chunk| chunk.get_text().unwrap()).collect();
    assert_eq!(recipes, [there.recipe, back.recipe]);
    assert_eq!(reader.info().pixel_dims.unwrap().xppu, 5669);
}

#[test]
fn impossible_scales_are_refused() {
    let figure = figure(&[&robust_to_standard().report()], Options::default());
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e6] {
        assert!(matches!(figure.to_png(scale), Err(FigureError::Scale { .. })), "{scale}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let make = || figure(&[&robust_to_standard().report()], Options { width_mm: 85.0, ..Options::default() });
    assert_eq!(make().to_svg(), make().to_svg());
    assert_eq!(make().to_png(1.0).unwrap(), make().to_png(1.0).unwrap());
}

#[test]
fn another_program_sees_in_the_svg_what_the_png_shows() {
    for (name, figure) in gallery() {
        let (ours, theirs) = (raster::painted(&lay_out(&figure), 2.0).unwrap(), read_back(&figure, 2.0));
        assert_eq!((ours.width(), ours.height()), (theirs.width(), theirs.height()), "{name}");
        let apart = ours.pixels().iter().zip(theirs.pixels()).filter(|(ours, theirs)| {
            let gap = |ours: u8, theirs: u8| ours.abs_diff(theirs);
            let gaps =
                [gap(ours.red(), theirs.red()), gap(ours.green(), theirs.green()), gap(ours.blue(), theirs.blue())];
            gaps.iter().any(|gap| *gap > 96)
        });
        // Edges lie a hundredth of a point apart, where the SVG rounds its numbers; nothing is missing or elsewhere.
        assert_eq!(apart.count(), 0, "{name}");
    }
}

/// The SVG as `resvg` renders it, with the bundled faces alone.
fn read_back(figure: &Figure, scale: f32) -> Pixmap {
    let options = usvg::Options { font_family: font::FAMILY.to_owned(), fontdb: faces(), ..usvg::Options::default() };
    let tree = Tree::from_str(&figure.to_svg(), &options).unwrap();
    let pixels = |points: f32| (points * scale).round() as u32;
    let mut pixmap = Pixmap::new(pixels(tree.size().width()), pixels(tree.size().height())).unwrap();
    // The SVG's own background may end a hair before the last row and column, after rounding.
    let under = figure.theme.tokens().background;
    pixmap.fill(Color::from_rgba8(under.r, under.g, under.b, 255));
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap
}

fn faces() -> Arc<Database> {
    let mut fonts = Database::new();
    for weight in [Weight::Regular, Weight::SemiBold] {
        fonts.load_font_source(Source::Binary(Arc::new(weight.bytes())));
    }
    let named: Vec<_> = fonts.faces().map(|face| (face.families[0].0.clone(), face.weight.0)).collect();
    assert_eq!(named, [(font::FAMILY.to_owned(), 400), (font::FAMILY.to_owned(), 600)]);
    Arc::new(fonts)
}
