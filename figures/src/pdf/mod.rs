//! PDF: a figure as one page of its size, a talk as a page a slide, 16 to 9. Figures are vectors, words are text of the bundled font that
//! can be searched and copied.

mod draw;
mod slide;

use krilla::Document;
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;

use crate::error::FigureError;
use crate::page::TalkLeaf;
use crate::sheet::Sheet;
use crate::theme::Theme;
use draw::{Fonts, Pen};

/// Width and height of a page in points: what slide programs have.
const PAGE: (f32, f32) = (960.0, 540.0);

/// The talk as a PDF document. Notes are not in it: it is what the audience sees.
///
/// # Errors
/// [`FigureError::Pdf`] when the library refuses, as it does a damaged picture.
pub fn talk(theme: Theme, leaves: &[TalkLeaf]) -> Result<Vec<u8>, FigureError> {
    let fonts = Fonts::new().ok_or_else(|| refused("the bundled font cannot be read"))?;
    let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| refused("pages have no size"))?;
    let mut document = Document::new();
    let mut outline = Outline::new();
    for (at, leaf) in leaves.iter().enumerate() {
        let mut page = document.start_page_with(size.clone());
        let mut pen = Pen { surface: page.surface(), fonts: &fonts };
        slide::draw(&mut pen, theme, leaf, (at + 1, leaves.len())).map_err(|why| refused(&why))?;
        pen.finish();
        page.finish();
        outline.push_child(OutlineNode::new(leaf.title.clone(), XyzDestination::new(at, Point::from_xy(0.0, 0.0))));
    }
    document.set_outline(outline);
    let title = leaves.first().map_or_else(|| "Talk".to_owned(), |leaf| leaf.title.clone());
    let about = Metadata::new().title(title).language("en".to_owned()).creator("Stitchscope".to_owned());
    document.set_metadata(about);
    document.finish().map_err(|error| refused(&format!("{error:?}")))
}

/// A figure as a PDF document of its size, its recipes attached as files.
///
/// # Errors
/// [`FigureError::Pdf`] when the library refuses.
pub fn figure(sheet: &Sheet) -> Result<Vec<u8>, FigureError> {
    let fonts = Fonts::new().ok_or_else(|| refused("the bundled font cannot be read"))?;
    let (width, height) = (sheet.scene.width as f32, sheet.scene.height as f32);
    let size = PageSettings::from_wh(width, height).ok_or_else(|| refused("the figure has no size"))?;
    let mut document = Document::new();
    let mut page = document.start_page_with(size);
    let mut pen = Pen { surface: page.surface(), fonts: &fonts };
    pen.fill(draw::rectangle(0.0, 0.0, width, height).as_ref(), sheet.scene.background, 1.0);
    sheet.scene.items().for_each(|item| pen.item(item));
    pen.finish();
    page.finish();
    for (at, recipe) in sheet.recipes.iter().enumerate() {
        let attached = document.embed_file(EmbeddedFile {
            path: format!("recipe-{}.toml", at + 1),
            mime_type: MimeType::new("application/toml"),
            description: Some("The recipe that makes the data of this figure again".to_owned()),
            association_kind: AssociationKind::Source,
            data: recipe.clone().into_bytes().into(),
            modification_date: None,
            compress: None,
            location: None,
        });
        attached.ok_or_else(|| refused("two recipes cannot be attached under one name"))?;
    }
    let about = Metadata::new().title(sheet.title.clone()).description(sheet.description.clone());
    document.set_metadata(about.language("en".to_owned()).creator("Stitchscope".to_owned()));
    document.finish().map_err(|error| refused(&format!("{error:?}")))
}

fn refused(reason: &str) -> FigureError {
    FigureError::Pdf { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::TalkBody;
    use crate::{Options, compatibility};

    fn leaf(body: TalkBody) -> TalkLeaf {
        TalkLeaf { title: "Háló 名 (a \\ b)".to_owned(), notes: "not for them".to_owned(), body }
    }

    fn png() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(png::ColorType::Rgba);
        encoder.write_header().unwrap().write_image_data(&[255, 0, 0, 255, 0, 0, 0, 0]).unwrap();
        bytes
    }

    #[test]
    fn every_slide_is_a_page_with_its_words_and_figures_are_no_pictures() {
        let report = crate::tests::sample::robust_to_standard().report();
        let figure = compatibility(&[&report], Options::default()).unwrap().sheet();
        let words = "A paragraph that is long enough to need a second line on the page, and then some more words.\n- a point\nhttps://example.org/x";
        let leaves = [
            leaf(TalkBody::Figure(Box::new(figure))),
            leaf(TalkBody::Text(words.to_owned())),
            leaf(TalkBody::Pictures(vec![("cat".to_owned(), png()), ("dog".to_owned(), png())])),
            leaf(TalkBody::Picture(png())),
        ];
        for theme in Theme::ALL {
            let pdf = talk(theme, &leaves).unwrap();
            assert!(pdf.starts_with(b"%PDF-"));
            let text = String::from_utf8_lossy(&pdf);
            assert_eq!(
                text.matches("/Type /Page\n").count() + text.matches("/Type/Page/").count(),
                4,
                "{}",
                text.len()
            );
            let alone = talk(theme, &leaves[..1]).unwrap();
            assert!(!String::from_utf8_lossy(&alone).contains("/Subtype/Image"), "a figure has no pixels");
        }
    }

    #[test]
    fn a_damaged_picture_is_an_error_and_no_page() {
        let why = talk(Theme::Light, &[leaf(TalkBody::Picture(b"GIF89a".to_vec()))]).unwrap_err();
        assert!(why.to_string().contains("neither PNG nor JPEG"), "{why}");
        assert!(talk(Theme::Light, &[leaf(TalkBody::Picture(png()[..30].to_vec()))]).is_err());
    }

    #[test]
    fn no_slide_and_a_slide_without_words_are_documents_too() {
        assert!(talk(Theme::Light, &[leaf(TalkBody::Text(String::new()))]).is_ok());
    }
}
