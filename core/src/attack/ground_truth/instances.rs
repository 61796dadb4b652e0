//! Instances of one network: images with their boxes and what verifiers proved of them.

use super::GroundTruthError;
use super::arrays::{Archive, Array, damaged};
use super::vnnlib::Property;
use crate::data::{Images, Parts, Pixels};

/// What is proved of an image and its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proved {
    /// No point of the box is misclassified.
    Holds,
    /// Some point of the box is.
    Violated,
    /// Nobody knows.
    Open,
}

/// Images of one network with a box each.
#[derive(Clone, Debug)]
pub struct Instances {
    /// The centres, in pixels.
    pub images: Images,
    /// The radii in pixels, in L-infinity: a box is the ball within [0, 1].
    pub eps: Vec<f32>,
    /// What is proved of each.
    pub proved: Vec<Proved>,
    /// Ends of the exact boxes in the verified network's own coordinates, each [images, pixels] in its own layout.
    low: Vec<f64>,
    high: Vec<f64>,
    /// Own coordinates are `(pixel - mean) / std`, by channel.
    mean: Vec<f64>,
    std: Vec<f64>,
    channels_last: bool,
}

impl Instances {
    /// Reads an archive of arrays `images` [n, channels, rows, columns] (bytes), `label`, `eps` and `verdict` `[n]` (`holds`,
    /// `violated` or anything else for open), `lo` and `hi` [n, the verified network's input shape], `mean` and `std`
    /// `[channels]` or `[1]`.
    ///
    /// # Errors
    /// [`GroundTruthError::File`] naming the array that is missing or does not fit.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, GroundTruthError> {
        let mut archive = Archive::open(file, bytes)?;
        let images = archive.array("images")?;
        let Ok(sizes @ [n, c, h, w]) = <[usize; 4]>::try_from(images.shape.clone()) else {
            return Err(damaged(file, "images", &"four axes are wanted"));
        };
        let pixels: usize = [c, h, w].iter().product();
        let of = |array: &Array, count: usize| {
            let values = array.numbers()?;
            if values.len() == count {
                Ok(values)
            } else {
                Err(damaged(file, "length", &format!("{count} values wanted")))
            }
        };
        let low = archive.array("lo")?;
        let channels_last =
            c > 1 && low.shape.len() == 4 && low.shape.last() == Some(&c) && low.shape.get(1) != Some(&c);
        let (low, high) = (of(&low, n * pixels)?, of(&archive.array("hi")?, n * pixels)?);
        // One number is for all channels.
        let mut by_channel = |name: &str| -> Result<Vec<f64>, GroundTruthError> {
            let array = archive.array(name)?;
            if array.shape == [1] { Ok(vec![array.numbers()?[0]; c]) } else { of(&array, c) }
        };
        let (mean, std) = (by_channel("mean")?, by_channel("std")?);
        #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
        let eps = of(&archive.array("eps")?, n)?.into_iter().map(|v| v as f32).collect();
        let labels = of(&archive.array("label")?, n)?;
        let proved = archive.array("verdict")?.texts()?.iter().map(|word| Proved::of(word)).collect::<Vec<_>>();
        if proved.len() != n {
            return Err(damaged(file, "verdict", &format!("{n} verdicts are wanted, {} there", proved.len())));
        }
        let images = set(file, sizes, &images.numbers()?, &labels)?;
        Ok(Self { images, eps, proved, low, high, mean, std, channels_last })
    }

    /// Instances from properties, each with the file it is from and what is proved of it. Their networks take pixels of `shape`
    /// [C, H, W] and tell `classes` apart.
    ///
    /// # Errors
    /// [`GroundTruthError::File`] naming the file whose box is no ball in pixels, or that asks for some classes only.
    pub fn of_properties(
        properties: &[(String, Property, Proved)],
        (shape, classes): ([usize; 3], usize),
    ) -> Result<Self, GroundTruthError> {
        let (mut pixels, mut eps, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        let (mut low, mut high) = (Vec::new(), Vec::new());
        for (file, property, _) in properties {
            if property.low.len() != shape.iter().product::<usize>() {
                let problem = format!("{} inputs have bounds, the network takes {shape:?}", property.low.len());
                return Err(damaged(file, "box", &problem));
            }
            if property.others.len() + 1 != classes || property.others.contains(&property.label) {
                let problem = format!("it asks for classes {:?}, robustness is about all {classes}", property.others);
                return Err(damaged(file, "property", &problem));
            }
            let (centre, radius) = property.ball(file)?;
            pixels.extend(centre);
            eps.push(radius);
            labels.push(u32::try_from(property.label).unwrap_or(u32::MAX));
            low.extend(&property.low);
            high.extend(&property.high);
        }
        let name = || "properties".to_owned();
        let (images_file, labels_file, pixels) = (name(), name(), Pixels::F32(pixels));
        let images =
            Images::new(Parts { name: name(), images_file, labels_file, shape, pixels, labels, classes: vec![] })?;
        let proved = properties.iter().map(|(.., proved)| *proved).collect();
        let (mean, std) = (vec![0.0; shape[0]], vec![1.0; shape[0]]);
        Ok(Self { images, eps, proved, low, high, mean, std, channels_last: false })
    }

    /// The attacked image `x` [C, H, W] moved into the exact box of image `index`, in f64 pixels.
    #[must_use]
    pub fn into_box(&self, index: usize, x: &[f32]) -> Vec<f64> {
        let [c, h, w] = self.images.shape();
        let plane = h * w;
        let own = |place: usize| {
            let (channel, pixel) = (place / plane, place % plane);
            if self.channels_last { pixel * c + channel } else { place }
        };
        x.iter()
            .enumerate()
            .map(|(place, value)| {
                let (channel, at) = (place / plane, index * c * plane + own(place));
                let (mean, std) = (self.mean[channel], self.std[channel]);
                let z = (f64::from(*value) - mean) / std;
                z.max(self.low[at]).min(self.high[at]) * std + mean
            })
            .collect()
    }
}

impl Proved {
    /// As verifiers write it, of this competition's years or another's.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "holds" | "unsat" => Self::Holds,
            "violated" | "sat" => Self::Violated,
            _ => Self::Open,
        }
    }
}

fn set(file: &str, [n, c, h, w]: [usize; 4], bytes: &[f64], labels: &[f64]) -> Result<Images, GroundTruthError> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes and classes")]
    let (pixels, labels): (Vec<u8>, Vec<u32>) =
        (bytes.iter().map(|v| *v as u8).collect(), labels.iter().map(|v| *v as u32).collect());
    if labels.len() != n {
        return Err(damaged(file, "label", &format!("{n} labels are wanted")));
    }
    let name = || file.to_owned();
    let (images_file, labels_file, pixels) = (name(), name(), Pixels::U8(pixels));
    Ok(Images::new(Parts {
        name: name(),
        images_file,
        labels_file,
        shape: [c, h, w],
        pixels,
        labels,
        classes: vec![],
    })?)
}
