//! A plan: its head, and a job a line.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::provenance::{Content, Inputs, NUMERICS, hash};
use crate::recipe::{Pairs, Recipe};
use crate::study::Share;
use crate::sweep::recipe::{of, shown};
use crate::sweep::{Assignments, SweepError};

/// The version of a plan's layout.
pub(super) const SCHEMA: u32 = 2;

/// The plan's first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The schema of plans at the time of writing.
    pub plan: u32,
    /// The sweep's name.
    pub name: String,
    /// Version of Stitchscope that planned it.
    pub version: String,
    /// `NUMERICS` of that version.
    pub numerics: u32,
    /// The recipe without `[sweep]`, as TOML.
    pub recipe: String,
    /// Whether jobs leave stitches and verdicts.
    pub keep: bool,
    /// Keys that the sweep sets, in order.
    pub keys: Vec<String>,
    /// How many studies.
    pub studies: usize,
    /// How many jobs: so many lines follow.
    pub jobs: usize,
    /// How many cells.
    pub cells: usize,
    /// Multiply-adds of all jobs, estimated.
    pub cost: u64,
}

/// What of its study a job computes, as the plan has it: `"study"`, `"shared"`, `"rest"` or
/// `{"cells": [from, to]}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// All of it.
    Study,
    /// What its other jobs have in common: passes over the images, donors with their attacked images.
    Shared,
    /// Donors, controls and probes.
    Rest,
    /// Cells by their places in the study's report, the second one excluded.
    Cells([usize; 2]),
}

/// A line of a plan: what one process computes by itself. No job needs another: what jobs of a study have in common, each finds where it
/// was kept, or makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its place in the plan, from 0.
    pub index: usize,
    /// Hash of all that decides its numbers, 32 hex digits.
    pub id: String,
    /// The number of its study in the sweep, from 0.
    pub study: usize,
    /// What of the study it computes.
    pub part: Part,
    /// How many cells that are.
    pub cells: usize,
    /// Multiply-adds, estimated.
    pub cost: u64,
    /// What the sweep sets in the study's recipe.
    pub set: Assignments,
}

impl From<Part> for Share {
    fn from(part: Part) -> Self {
        match part {
            Part::Study => Self::Whole,
            Part::Shared => Self::Shared,
            Part::Rest => Self::Rest,
            Part::Cells([from, to]) => Self::Cells(from..to),
        }
    }
}

impl Part {
    /// The parts of a study of so many cells, and how many cells each has: the whole, or what is shared, the rest, and
    /// `split` cells each.
    pub(super) fn all(cells: usize, split: Option<usize>) -> Vec<(Self, usize)> {
        match split {
            Some(split) if split < cells => {
                let range = |from: usize| from..(from + split).min(cells);
                let part = |range: Range<usize>| (Self::Cells([range.start, range.end]), range.len());
                [(Self::Shared, 0), (Self::Rest, 0)]
                    .into_iter()
                    .chain((0..cells).step_by(split.max(1)).map(range).map(part))
                    .collect()
            }
            _ => vec![(Self::Study, cells)],
        }
    }
}

/// What the ids of a study's jobs have in common, made once for many studies.
///
/// An id is a hash over the recipe's text with `[run]`, whose engine and batch size decide the last bits, the contents of networks, images
/// and labels, the version of the program and of its numerics, and what of the study the job computes.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    settings: String,
    donors: String,
    images: String,
}

impl Identity {
    /// Of a recipe without its donors, pairs and seeds.
    pub(super) fn settings(mut self, recipe: &Recipe) -> Self {
        let mut bare = recipe.clone();
        (bare.front.model, bare.end.model) = ("front".to_owned(), "end".to_owned());
        (bare.taps.pairs, bare.stitch.seeds) = (Pairs::Same, vec![0]);
        self.settings = hash(bare.to_toml().as_bytes());
        self
    }

    /// Of the donors' references and files.
    pub(super) fn donors(mut self, recipe: &Recipe, front: &[Content], end: &[Content]) -> Self {
        let of = |reference: &str, files: &[Content]| {
            let all: Vec<String> = files.iter().map(|file| format!("{}={}", file.file, file.blake3)).collect();
            format!("{reference:?}: {all:?}")
        };
        let text = [of(&recipe.front.model, front), of(&recipe.end.model, end)].join("\n");
        self.donors = hash(text.as_bytes());
        self
    }

    /// Of the images and labels.
    pub(super) fn images(mut self, inputs: &Inputs) -> Self {
        let of = |input: &crate::provenance::Input| {
            format!("{}: {:?} {}", input.role, input.content.file, input.content.blake3)
        };
        let all: Vec<String> = inputs.files.iter().filter(|input| !input.role.ends_with("network")).map(of).collect();
        self.images = hash(all.join("\n").as_bytes());
        self
    }

    /// The id of a job.
    pub(super) fn id(&self, recipe: &Recipe, part: Part) -> String {
        let Self { settings, donors, images } = self;
        let (pairs, seeds) = (&recipe.taps.pairs, &recipe.stitch.seeds);
        let version = env!("CARGO_PKG_VERSION");
        let text = format!("{version} {NUMERICS}\n{settings}\n{donors}\n{images}\n{pairs}\n{seeds:?}\n{part:?}");
        let mut id = hash(text.as_bytes());
        id.truncate(32);
        id
    }
}

impl Job {
    /// The recipe of its study.
    ///
    /// # Errors
    /// [`SweepError::OfStudy`] when it cannot be; the plan's maker has seen that it can.
    pub fn recipe(&self, head: &Head) -> Result<Recipe, SweepError> {
        let wrong = |why: String| SweepError::Plan { line: 1, why };
        let base: toml::Table = head.recipe.parse().map_err(|e: toml::de::Error| wrong(e.message().to_owned()))?;
        of(&base, &self.set, &head.name).map_err(|why| SweepError::OfStudy {
            number: self.study,
            set: shown(&self.set),
            why: why.message + "; " + &why.remedy,
        })
    }

    /// Compares the job with what is at hand: the study as it was opened here. Gives the id of what the jobs of that study share.
    ///
    /// # Errors
    /// [`SweepError::Changed`].
    pub fn check(&self, plan: &crate::study::Plan) -> Result<String, SweepError> {
        let inputs = Inputs::of(plan);
        let identity = Identity::default().settings(&plan.recipe);
        let identity = identity.donors(&plan.recipe, &plan.front.files, &plan.end.files).images(&inputs);
        let found = identity.id(&plan.recipe, self.part);
        match found == self.id {
            true => Ok(identity.id(&plan.recipe, Part::Shared)),
            false => Err(SweepError::Changed { index: self.index, planned: self.id.clone(), found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_every_cell_once() {
        assert_eq!(Part::all(5, None), [(Part::Study, 5)]);
        assert_eq!(Part::all(5, Some(5)), [(Part::Study, 5)]);
        let expected = [
            (Part::Shared, 0),
            (Part::Rest, 0),
            (Part::Cells([0, 2]), 2),
            (Part::Cells([2, 4]), 2),
            (Part::Cells([4, 5]), 1),
        ];
        assert_eq!(Part::all(5, Some(2)), expected);
    }

    #[test]
    fn an_id_is_of_all_that_decides_the_numbers() {
        let text = "[front]\nmodel = \"a\"\n[end]\nmodel = \"b\"\n[data]\ntrain = \"c\"\ntest = \"d\"\n";
        let recipe = Recipe::parse(text, "r").unwrap();
        let content = |hash: &str| vec![Content { file: "a".to_owned(), blake3: hash.to_owned() }];
        let mut inputs = Inputs::none();
        inputs.add("test images", content("2"));
        let id = |recipe: &Recipe, front: &str, inputs: &Inputs, part| {
            let identity = Identity::default().settings(recipe).donors(recipe, &content(front), &content("1"));
            identity.images(inputs).id(recipe, part)
        };
        let first = id(&recipe, "0", &inputs, Part::Study);
        assert_eq!(first, id(&recipe.clone(), "0", &inputs.clone(), Part::Study));
        let mut ids =
            vec![first, id(&recipe, "9", &inputs, Part::Study), id(&recipe, "0", &inputs, Part::Cells([0, 1]))];
        let changes: [fn(&mut Recipe); 5] = [
            |r| r.run.batch = 7,
            |r| r.front.model = "z".to_owned(),
            |r| r.taps.pairs = Pairs::All,
            |r| r.stitch.seeds = vec![4],
            |r| r.stitch.epochs += 1,
        ];
        for change in changes {
            let mut other = recipe.clone();
            change(&mut other);
            ids.push(id(&other, "0", &inputs, Part::Study));
        }
        inputs.add("test labels", content("3"));
        ids.push(id(&recipe, "0", &inputs, Part::Study));
        let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
    }
}
