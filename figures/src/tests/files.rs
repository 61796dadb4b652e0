//! The files: other programs read them back, and the same figure gives the same bytes.

use resvg::usvg::{self, Tree, roxmltree};

use super::figure;
use super::gallery::gallery;
use super::sample::{robust_to_standard, standard_to_robust};
use crate::{FigureError, Options, font, lay_out, raster};

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
fn the_renderer_sets_text_as_wide_as_we_measured() {
    let text = "layer3.12.conv2.pre → fashion-standard-a";
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="400" height="20"><text x="0" y="15" font-family="Inter" font-size="10">{text}</text></svg>"#
    );
    let options = usvg::Options { fontdb: font::database(), ..usvg::Options::default() };
    let tree = Tree::from_str(&svg, &options).unwrap();
    let drawn = f64::from(tree.root().bounding_box().width());
    let measured = font::width(text, 10.0, font::Weight::Regular);
    // The drawn box is that of the ink, so it lacks the outer bearings.
    assert!((drawn - measured).abs() < 1.5, "{drawn} {measured}");
}
