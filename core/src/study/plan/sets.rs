//! The image sets of a study: read, brought to what the networks take, their classes matched, some of their images taken.

use super::{Network, Sources};
use crate::data::{self, Fit, Images, Reading, Split, Wish};
use crate::recipe::DataRecipe;
use crate::study::StudyError;

/// Of so many test images one may also be a training image by chance without a word: public sets have a few doubles.
const FEW: usize = 100;

/// What a network asks of images.
#[derive(Clone, Copy)]
pub(in crate::study) struct Taker<'a> {
    /// The network's name, for errors.
    pub reference: &'a str,
    /// How many classes it tells apart.
    pub classes: usize,
    /// Channels, height and width that it takes.
    pub image: [usize; 3],
}

impl<'a> From<&'a Network> for Taker<'a> {
    fn from(network: &'a Network) -> Self {
        Self { reference: &network.reference, classes: network.classes, image: network.image }
    }
}

/// What a study trains on and measures on.
pub(in crate::study) struct Sets {
    /// Images that stitches are fitted and trained on.
    pub train: Images,
    /// Images that everything is measured on.
    pub test: Images,
    /// Other images that everything is tried on too.
    pub also: Option<Images>,
    /// Sentences for the observer.
    pub notes: Vec<String>,
}

impl Sets {
    /// Reads the sets that a recipe names.
    ///
    /// # Errors
    /// A set that cannot be read or does not fit the networks or the other set.
    pub(super) fn load(data: &DataRecipe, sources: &dyn Sources, network: Taker<'_>) -> Result<Self, StudyError> {
        let read = |reference: &str, split| read(data, (reference, split), sources, network.image);
        let (mut train, mut test) = (read(&data.train, Split::Train)?, read(&data.test, Split::Test)?);
        let mut also = data.also.as_ref().map(|reference| read(reference, Split::Test)).transpose()?;
        let mut notes: Vec<String> = data::align(&mut train, &mut test)?.into_iter().collect();
        if let Some(also) = also.as_mut().filter(|also| is_part(also, &test)) {
            notes.extend(data::align(also, &mut test)?);
        }
        for set in [Some(&train), Some(&test), also.as_ref()].into_iter().flatten() {
            check_labels(set, network)?;
        }
        notes.extend(fewer_classes(&test, network));
        let train = train.taken(wish(data, Split::Train))?;
        let test = test.taken(wish(data, Split::Test))?;
        let count = also.as_ref().map(|also| also.len().min(test.len()));
        let also = also.map(|also| also.taken(Wish { count, ..wish(data, Split::Test) })).transpose()?;
        notes.extend(overlap(&train, &test));
        for note in [Some(&train), Some(&test), also.as_ref()].into_iter().flatten().flat_map(|set| &set.notes) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        Ok(Self { train, test, also, notes })
    }
}

/// The test images of a recipe's `[data]` in the form in which its study has them, for networks that take `image` (channels, height, width).
///
/// # Errors
/// A set that cannot be read or does not fit the networks or the training images.
pub fn shown_images(data: &DataRecipe, sources: &dyn Sources, image: [usize; 3]) -> Result<Images, StudyError> {
    let mut test = read(data, (&data.test, Split::Test), sources, image)?;
    // Labels are those of the training half where only it has all classes.
    if !test.is_numbered() {
        let mut train = sources.images(&data.train, Split::Train, &reading(data, image))?;
        data::align(&mut train, &mut test)?;
    }
    Ok(test.taken(wish(data, Split::Test))?)
}

/// The test images of a recipe's `[data]`, checked against a network, without regard to training images.
///
/// # Errors
/// A set that cannot be read or does not fit the network.
pub(in crate::study) fn test_half(
    data: &DataRecipe,
    sources: &dyn Sources,
    network: Taker<'_>,
) -> Result<Images, StudyError> {
    let test = read(data, (&data.test, Split::Test), sources, network.image)?;
    check_labels(&test, network)?;
    let few = fewer_classes(&test, network);
    let mut test = test.taken(wish(data, Split::Test))?;
    test.notes.extend(few);
    Ok(test)
}

/// Channels, height and width of the test images, for networks that leave them open.
///
/// # Errors
/// A set that cannot be read; pictures that are to be fitted to a size which nothing says.
pub(in crate::study) fn shape(data: &DataRecipe, sources: &dyn Sources) -> Result<[usize; 3], StudyError> {
    if data.reading.fit != Fit::Exact && data.reading.size.is_none() {
        let text = "the networks leave the size of their images open and fit brings images to a size; write size = 224, or another, in [data]";
        return Err(StudyError::Misfit(text.to_owned()));
    }
    Ok(sources.images(&data.test, Split::Test, &data.reading)?.shape())
}

/// How files are read for networks that take `image`: pictures to be fitted take the networks' size unless the recipe says another.
fn reading(data: &DataRecipe, [_, height, width]: [usize; 3]) -> Reading {
    let wanted = (data.reading.fit != Fit::Exact).then_some([height, width]);
    Reading { size: data.reading.size.or(wanted), ..data.reading.clone() }
}

fn wish(data: &DataRecipe, split: Split) -> Wish {
    let count = if split == Split::Train { data.train_images } else { data.test_images };
    Wish { count, order: data.order, seed: data.seed, split }
}

/// A set with the channels and the size that the networks take.
fn read(
    data: &DataRecipe,
    (reference, split): (&str, Split),
    sources: &dyn Sources,
    image: [usize; 3],
) -> Result<Images, StudyError> {
    let images = sources.images(reference, split, &reading(data, image))?.with_channels(image[0]);
    let [channels, height, width] = images.shape();
    if images.shape() == image {
        return Ok(images);
    }
    let remedy = if channels == image[0] {
        r#"write fit = "center-crop" or "resize" in [data], or choose other data"#
    } else {
        "choose other data or other networks"
    };
    Err(StudyError::Misfit(format!(
        "{reference} holds images of {:?} (channels, height, width), the networks take {image:?}; {remedy}",
        [channels, height, width]
    )))
}

/// Whether all classes of a set have names that `whole` has too.
fn is_part(set: &Images, whole: &Images) -> bool {
    !set.is_numbered() && set.classes.iter().all(|class| whole.classes.contains(class))
}

fn check_labels(images: &Images, network: Taker<'_>) -> Result<(), StudyError> {
    let Some(index) = images.labels.iter().position(|label| *label as usize >= network.classes) else { return Ok(()) };
    let from_one = images.labels.iter().all(|label| (1..=network.classes).contains(&(*label as usize)));
    let remedy = if from_one {
        "they run from 1, so subtract 1 from each"
    } else if images.number_of_classes() == 100 && network.classes == 20 {
        r#"write labels = "coarse" in [data] for CIFAR-100's 20 coarse ones"#
    } else {
        "they do not belong to this network"
    };
    Err(StudyError::Misfit(format!(
        "{}: image {index} has label {}, but {} knows only {} classes, 0 to {}; look at the labels: {remedy}",
        images.name,
        images.labels[index],
        network.reference,
        network.classes,
        network.classes.saturating_sub(1)
    )))
}

/// What to say where a set has named classes, but fewer than the network.
fn fewer_classes(images: &Images, network: Taker<'_>) -> Option<String> {
    let count = images.number_of_classes();
    let few = !images.is_numbered() && count < network.classes;
    few.then(|| {
        format!(
            "{} has {count} classes and {} has {}: {} and so on are taken for its first ones; where they are not, put a \
             class_to_index.json beside the class folders.",
            images.name,
            network.reference,
            network.classes,
            images.classes.first().map_or("they", String::as_str)
        )
    })
}

fn overlap(train: &Images, test: &Images) -> Option<String> {
    let shared = data::shared(train, test);
    let many = shared * FEW >= test.len() && shared > 0;
    many.then(|| {
        format!(
            "{shared} of the {} test images are training images too, pixel for pixel; measured accuracies say less of new images.",
            test.len()
        )
    })
}

#[cfg(test)]
mod tests;
