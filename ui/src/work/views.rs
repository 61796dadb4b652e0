//! What the window looks at beside studies: a stitch's weights, sample images with what networks say, records of slides.

use serde::{Deserialize, Serialize};
use stitchscope_core::report::Report;

use super::{Ladder, LadderQuestion, StudyId};

/// A picture of weights has at most so many rows and columns; larger ones are shown in blocks.
pub const WEIGHTS_SHOWN: usize = 256;
/// A record of a ladder with more numbers than this keeps only the pictures that its slide shows.
const RECORDED: usize = 500_000;

/// The weight of a stitch, to be looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightsView {
    /// Channels of the end's and of the front's tap.
    pub size: [usize; 2],
    /// Rows and columns of `values`: `size`, or fewer where blocks are shown.
    pub shown: [usize; 2],
    /// `shown[0] * shown[1]` weights, row-major: of each block the one that is furthest from 0.
    pub values: Vec<f32>,
    /// Largest absolute weight.
    pub largest: f32,
    /// Singular values, largest first.
    pub singular: Vec<f64>,
}

/// What samples are asked of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleQuestion {
    /// The recipe as TOML: donors and test images.
    pub recipe: String,
    /// A finished cell, for the stitched network: study and place in its report.
    pub cell: Option<(StudyId, usize)>,
    /// Taps of that cell, front and end.
    pub taps: Option<(String, String)>,
    /// How many images, from the first on.
    pub count: usize,
}

/// Images with what the networks say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// The images one after the other, as [C, H, W] bytes.
    pub pixels: Vec<u8>,
    /// Their classes.
    pub labels: Vec<u32>,
    /// The classes' names.
    pub classes: Vec<String>,
    /// Front, end and, where there is one, stitched network.
    pub networks: Vec<String>,
    /// By network and image: the class it names and its share.
    pub said: Vec<Vec<(usize, f32)>>,
}

/// What a slide showed when it was made: it is shown again where nothing newer can be had.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Twin {
    /// Studies by name.
    pub reports: Vec<(StudyId, Report)>,
    /// The attacked image.
    pub ladder: Option<(LadderQuestion, Ladder)>,
    /// A picture that somebody chose: a PNG or JPEG file in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// A picture as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Width and height.
    pub size: [usize; 2],
    /// Red, green, blue and opacity, row by row.
    pub rgba: Vec<u8>,
}

impl Twin {
    /// The same without pictures that the slide does not show, where it would be too large otherwise.
    #[must_use]
    pub fn light(mut self, against: usize, rung: usize) -> Self {
        let Some((_, ladder)) = &mut self.ladder else { return self };
        let numbers =
            |ladder: &Ladder| ladder.climbs.iter().flat_map(|climb| &climb.images).map(Vec::len).sum::<usize>();
        if numbers(ladder) > RECORDED {
            for (network, climb) in ladder.climbs.iter_mut().enumerate() {
                for (strength, image) in climb.images.iter_mut().enumerate() {
                    if network != against || strength != rung {
                        image.clear();
                    }
                }
            }
        }
        self
    }
}
