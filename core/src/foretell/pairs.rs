//! The pairs of taps of many reports, each once.

use std::collections::HashMap;

use super::ForetellError;
use crate::recipe::{Recipe, Train};
use crate::report::{Cell, Counts, NotComputed, Report, Role};
use crate::similarity::MEASURES;

/// A kind of accuracy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Outcome {
    /// `direct`, or the training.
    pub stitch: String,
    /// The recipe's form.
    pub form: String,
    /// `clean` or `robust`.
    pub accuracy: &'static str,
}

/// A mean while it is made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    pub(super) fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

/// A pair of taps.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    /// Front and end, as places in [`Pairs::networks`].
    pub networks: (usize, usize),
    /// In the order of [`MEASURES`].
    pub measures: [Mean; MEASURES.len()],
    /// The taps of front and end.
    pub taps: (String, String),
    accuracies: HashMap<usize, Vec<f64>>,
    without: Vec<NotComputed>,
}

impl Pair {
    /// The share of images that are right, by the place of its kind in [`Pairs::outcomes`].
    pub(super) fn accuracy(&self, outcome: usize) -> Option<f64> {
        let mut mean = Mean::default();
        self.repetitions(outcome).iter().for_each(|share| mean.add(*share));
        mean.mean()
    }

    /// The shares of its seeds.
    pub(super) fn repetitions(&self, outcome: usize) -> &[f64] {
        self.accuracies.get(&outcome).map(Vec::as_slice).unwrap_or_default()
    }

    /// Why it is without a measure, as far as the reports say.
    pub(super) fn why(&self, measure: &str) -> Option<String> {
        let named = |found: &&NotComputed| found.measures.iter().any(|name| name == measure);
        self.without.iter().find(named).map(|found| found.why.clone())
    }
}

/// All pairs.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    pub of: Vec<Pair>,
    /// The networks' references, in the order in which they come.
    pub networks: Vec<String>,
    /// Direct stitches first, each clean before robust.
    pub outcomes: Vec<Outcome>,
}

/// What a report must have in common with the others.
struct Common<'a> {
    name: &'a str,
    recipe: Recipe,
}

/// The pairs of all reports.
///
/// # Errors
/// [`ForetellError`] when reports do not fit together.
pub(super) fn gathered(reports: &[(String, Report)], between: bool) -> Result<Pairs, ForetellError> {
    let mut pairs = Pairs::default();
    let mut known: Vec<Common<'_>> = Vec::new();
    let (mut ids, mut places) = (Vec::new(), HashMap::new());
    for (name, report) in reports {
        let recipe = Recipe::parse(&report.recipe, "the report's recipe")
            .map_err(|fault| ForetellError::Recipe { report: name.clone(), why: fault.to_string() })?;
        let common = Common { name, recipe };
        known.iter().try_for_each(|other| common.fits(other))?;
        let (Some(front), Some(end)) = (
            network(report, Role::Front, (&mut ids, &mut pairs.networks)),
            network(report, Role::End, (&mut ids, &mut pairs.networks)),
        ) else {
            continue;
        };
        if !(between && front == end) {
            for cell in &report.cells {
                let key = (front, end, cell.front_tap.clone(), cell.end_tap.clone());
                let place = *places.entry(key).or_insert_with(|| {
                    pairs.of.push(Pair {
                        networks: (front, end),
                        taps: (cell.front_tap.clone(), cell.end_tap.clone()),
                        measures: Default::default(),
                        accuracies: HashMap::new(),
                        without: cell.not_computed.clone(),
                    });
                    pairs.of.len() - 1
                });
                pairs.add(place, cell, &common.recipe);
            }
        }
        known.push(common);
    }
    pairs.order();
    Ok(pairs)
}

/// The place of a donor among the networks, which are told apart by content where it is known.
fn network(report: &Report, role: Role, (ids, names): (&mut Vec<String>, &mut Vec<String>)) -> Option<usize> {
    let model = &report.donors.iter().find(|donor| donor.role == role)?.model;
    let files = report.inputs.iter().flat_map(|inputs| &inputs.files);
    let mut content = files.filter(|input| input.content.file == *model).map(|input| &input.content.blake3);
    let id = content.next().unwrap_or(model);
    Some(ids.iter().position(|known| known == id).unwrap_or_else(|| {
        ids.push(id.clone());
        names.push(model.clone());
        ids.len() - 1
    }))
}

impl Common<'_> {
    /// Whether accuracies of two reports may be compared.
    fn fits(&self, other: &Self) -> Result<(), ForetellError> {
        let (a, b) = (&other.recipe, &self.recipe);
        let differ = |what, remedy| {
            let (first, second) = (other.name.to_owned(), self.name.to_owned());
            Err(ForetellError::Differ { first, second, what, remedy })
        };
        if a.attack != b.attack {
            return differ("[attack]", "give reports of one attack");
        }
        let tested = |r: &Recipe| (r.data.test.clone(), r.data.test_images, r.data.order, r.data.seed);
        if tested(a) != tested(b) {
            return differ("their test images", "give reports on the same images");
        }
        let trained = |r: &Recipe| (r.data.train.clone(), r.data.train_images);
        if trained(a) != trained(b) {
            return differ("their training images", "give reports on the same images");
        }
        // Of one training and form, everything else must be the same, or else the accuracies are of two kinds.
        let named = |r: &Recipe| (r.stitch.train, r.stitch.form);
        let (mut stitch, seeds) = (a.stitch.clone(), b.stitch.seeds.clone());
        stitch.seeds = seeds;
        if named(a) == named(b) && stitch != b.stitch {
            return differ(
                "[stitch], though training and form are the same",
                "give reports of one way of stitching, or of several trainings",
            );
        }
        Ok(())
    }
}

impl Pairs {
    fn add(&mut self, place: usize, cell: &Cell, recipe: &Recipe) {
        let form = recipe.stitch.form.to_string();
        let mut found = vec![("direct".to_owned(), "clean", Some(cell.direct.clean))];
        found.push(("direct".to_owned(), "robust", cell.direct.robust));
        if recipe.stitch.train != Train::None {
            found.push((recipe.stitch.train.to_string(), "clean", Some(cell.clean)));
            found.push((recipe.stitch.train.to_string(), "robust", cell.robust));
        }
        for (stitch, accuracy, counts) in found {
            let Some(share) = counts.as_ref().and_then(Counts::share) else { continue };
            let outcome = Outcome { stitch, form: form.clone(), accuracy };
            let at = self.outcomes.iter().position(|known| *known == outcome).unwrap_or_else(|| {
                self.outcomes.push(outcome);
                self.outcomes.len() - 1
            });
            self.of[place].accuracies.entry(at).or_default().push(share.share);
        }
        for (mean, measure) in self.of[place].measures.iter_mut().zip(&MEASURES) {
            if let Some(value) = cell.measured(measure.name) {
                mean.add(value);
            }
        }
    }

    /// Puts direct stitches first.
    fn order(&mut self) {
        let mut order: Vec<usize> = (0..self.outcomes.len()).collect();
        order.sort_by_key(|at| self.outcomes[*at].stitch != "direct");
        self.outcomes = order.iter().map(|at| self.outcomes[*at].clone()).collect();
        for pair in &mut self.of {
            let moved = |(new, old): (usize, &usize)| pair.accuracies.get(old).map(|shares| (new, shares.clone()));
            pair.accuracies = order.iter().enumerate().filter_map(moved).collect();
        }
    }
}
