//! What a recipe comes to: two networks, two image sets, and the pairs of taps to stitch.

pub(super) mod asked;
mod inputs;
mod network;
mod same_taps;
mod sets;
mod share;
mod source;

use serde::{Deserialize, Serialize};

use crate::data::Images;
use crate::platform::memory;
use crate::recipe::{BatchNorm, DataRecipe, DonorRef, Pairs, Recipe, Teacher, Train};
use crate::rewrite;
use crate::stitch::Joint;
use crate::study::StudyError;
use same_taps::{same, without_partner};
use sets::Sets;

pub(crate) use inputs::image_inputs;
pub use inputs::{About, ImageInputs, unchanged};
pub use network::Network;
pub use sets::shown_images;
pub use share::Share;
pub use source::{FileSources, Shelf, Sources};

/// A pair of taps to be stitched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Index into the front's taps.
    pub front: usize,
    /// Index into the end's taps.
    pub end: usize,
    /// What joins them.
    pub joint: Joint,
}

/// Everything a study needs, checked.
#[derive(Debug)]
pub struct Plan {
    /// The recipe it was made from.
    pub recipe: Recipe,
    /// Gives the layers before the stitch.
    pub front: Network,
    /// Gives the layers after the stitch.
    pub end: Network,
    /// Images that stitches are fitted and trained on.
    pub train: Images,
    /// Images that everything is measured on.
    pub test: Images,
    /// Other images that everything is tried on too, where the recipe names some.
    pub also: Option<Images>,
    /// What is stitched, in order.
    pub pairs: Vec<Pair>,
    /// Sentences for the observer.
    pub notes: Vec<String>,
    /// What of it is to be computed; all of it, unless somebody else computes the rest.
    pub share: Share,
}

impl Plan {
    /// Opens and checks what the recipe names.
    ///
    /// # Errors
    /// [`StudyError`] at the first thing that is missing, broken or does not fit.
    pub fn load(recipe: &Recipe, sources: &dyn Sources) -> Result<Self, StudyError> {
        memory::allow_mib(recipe.run.memory_mib);
        let (front, end) = Network::pair(recipe, sources)?;
        let (pairs, mut notes) = fitting(recipe, &front, &end)?;
        let Sets { train, test, also, notes: of_sets } = Sets::load(&recipe.data, sources, (&end).into())?;
        notes.extend(of_files(&front, &end));
        notes.extend(of_sets);
        Ok(Self { recipe: recipe.clone(), front, end, train, test, also, pairs, notes, share: Share::Whole })
    }

    /// Cells in all: pairs times seeds.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.pairs.len() * self.recipe.stitch.seeds.len()
    }

    /// Names of a pair's taps, front and end.
    #[must_use]
    pub fn names(&self, pair: Pair) -> (&str, &str) {
        (&self.front.taps[pair.front].name, &self.end.taps[pair.end].name)
    }
}

/// The pairs that a recipe asks for between two donors, checked, and what has to be said of them.
///
/// # Errors
/// [`StudyError`] at the first thing of the donors that does not fit the recipe or the other donor.
pub fn fitting(recipe: &Recipe, front: &Network, end: &Network) -> Result<(Vec<Pair>, Vec<String>), StudyError> {
    if front.image != end.image {
        return Err(StudyError::Misfit(format!(
            "the networks take images of different sizes: {} {:?}, {} {:?} (channels, height, width)",
            front.reference, front.image, end.reference, end.image
        )));
    }
    let unequal = classes(recipe, front, end)?;
    for donor in [front, end] {
        if recipe.stitch.batchnorm == BatchNorm::Adapted && rewrite::running(&donor.graph).is_empty() {
            return Err(StudyError::Misfit(format!(
                "{} has no BatchNorm whose statistics could adapt, its export folded it away or it never had any; re-export with \
                 BatchNorm kept (training=TrainingMode.PRESERVE; see zoo/export.py), or write batchnorm = \"frozen\"",
                donor.reference
            )));
        }
    }
    let (pairs, mut notes) = pairs(recipe, front, end)?;
    notes.extend(unequal);
    Ok((pairs, notes))
}

/// What has to be said of the donors' files, once where both are one.
fn of_files(front: &Network, end: &Network) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for (network, note) in [front, end].into_iter().flat_map(|n| n.notes.iter().map(move |note| (n, note))) {
        let said = format!("Of {}: {note}.", network.reference);
        if !notes.contains(&said) {
            notes.push(said);
        }
    }
    notes
}

/// What has to be said where the donors tell different numbers of classes apart: labels and logits are the end's.
fn classes(recipe: &Recipe, front: &Network, end: &Network) -> Result<Option<String>, StudyError> {
    if front.classes == end.classes {
        return Ok(None);
    }
    let differ = format!(
        "the networks have different numbers of classes: {} has {}, {} has {}",
        front.reference, front.classes, end.reference, end.classes
    );
    if recipe.stitch.train == Train::Soft && recipe.stitch.teacher != Teacher::End {
        return Err(StudyError::Misfit(format!(
            "{differ}, so the front's outputs cannot teach the stitch; write teacher = \"end\""
        )));
    }
    let few = if front.classes < end.classes { ", which is never right on labels it does not know" } else { "" };
    Ok(Some(format!("Note that {differ}. Labels are the end's, by number; so they are for the front donor{few}.")))
}

/// A network and the images that it is tried on, so many of the test half of a set, checked against each other.
///
/// # Errors
/// [`StudyError`] at the first thing that is missing, broken or does not fit.
pub fn test_images(
    sources: &dyn Sources,
    donor: &DonorRef,
    (data, count): (&str, Option<usize>),
) -> Result<(Network, Images), StudyError> {
    let data = DataRecipe { test: data.to_owned(), test_images: count, ..DataRecipe::default() };
    let network = match Network::open(sources, donor, None) {
        Err(why) if why.wants_images() => Network::open(sources, donor, Some(sets::shape(&data, sources)?))?,
        opened => opened?,
    };
    let images = sets::test_half(&data, sources, (&network).into())?;
    Ok((network, images))
}

/// The recipe's pairs, each with its form, and what was left out.
fn pairs(recipe: &Recipe, front: &Network, end: &Network) -> Result<(Vec<Pair>, Vec<String>), StudyError> {
    let blocks = |n: &Network| (0..n.taps.len()).filter(|i| n.taps[*i].block_output).collect::<Vec<_>>();
    let named: Vec<(usize, usize)> = match &recipe.taps.pairs {
        Pairs::Same => same(&front.taps, &end.taps),
        Pairs::All => {
            let ends = blocks(end);
            blocks(front).into_iter().flat_map(|f| ends.iter().map(move |e| (f, *e)).collect::<Vec<_>>()).collect()
        }
        Pairs::List(list) => {
            list.iter().map(|(f, e)| Ok((front.tap(f)?, end.tap(e)?))).collect::<Result<_, StudyError>>()?
        }
    };
    if named.is_empty() {
        return Err(StudyError::Misfit(format!(
            "{} and {} have no block outputs of the same name; list the pairs, for example taps.pairs = [[\"{}\", \"{}\"]]",
            front.reference,
            end.reference,
            front.taps.first().map_or("front tap", |t| &t.name),
            end.taps.first().map_or("end tap", |t| &t.name)
        )));
    }
    let mut notes: Vec<String> = match recipe.taps.pairs {
        Pairs::Same => without_partner((front, end), &named).into_iter().collect(),
        Pairs::All | Pairs::List(_) => Vec::new(),
    };
    let mut pairs = Vec::new();
    let mut misfits = Vec::new();
    for (f, e) in named {
        match asked::joint(&recipe.stitch, (front, end), (f, e)) {
            Ok(joint) => pairs.push(Pair { front: f, end: e, joint }),
            // A map of all pairs shows what can be joined; a pair asked for by name must fit.
            Err(error) if recipe.taps.pairs == Pairs::All => misfits.push(error),
            Err(error) => return Err(error.into()),
        }
    }
    match misfits.first() {
        Some(first) if pairs.is_empty() => Err(first.clone().into()),
        Some(first) => {
            notes.push(format!("{} pairs of taps are left out, the first because {first}.", misfits.len()));
            Ok((pairs, notes))
        }
        None => Ok((pairs, notes)),
    }
}
