//! Through all studies of a sweep, one after the other, none kept.
//!
//! Settings change slowest, as whatever changes in them is read and checked anew; front, end, pairs and seeds change fastest, in this
//! order, and take only their own values' time. So a million studies take seconds.

use std::collections::HashMap;
use std::ops::ControlFlow;

use toml::Value;

use super::keys::{self, Assignments};
use super::{LISTS, SweepRecipe};
use crate::recipe::{Pairs, Recipe};
use crate::sweep::SweepError;

/// A study of a sweep.
#[derive(Debug)]
pub struct Point<'a> {
    /// Its number, from 0.
    pub number: usize,
    /// What the sweep sets in it.
    pub set: &'a Assignments,
    /// Its recipe.
    pub recipe: &'a Recipe,
    /// Grows when anything but donors, pairs and seeds has changed.
    pub settings: usize,
    /// Grows when anything but seeds has changed.
    pub stage: usize,
}

/// Values of pairs and seeds that were read, by their text.
#[derive(Default)]
struct Known {
    pairs: HashMap<String, Pairs>,
    seeds: HashMap<String, Vec<u64>>,
}

impl SweepRecipe {
    /// Calls `visit` with every study, in order.
    ///
    /// # Errors
    /// [`SweepError::OfStudy`] for the first recipe that is at fault, or what `visit` says.
    pub fn walk(&self, visit: &mut dyn FnMut(&Point<'_>) -> Result<(), SweepError>) -> Result<(), SweepError> {
        let mut known = Known::default();
        let (mut number, mut settings, mut stage) = (0, 0, 0);
        let mut last: Option<(Assignments, Recipe)> = None;
        for row in &self.rows {
            let lists = self.of_row(row);
            let mut places = vec![0; self.axes.len()];
            loop {
                let mut set: Assignments = row.clone();
                set.extend(self.axes.iter().zip(&places).map(|((key, values), at)| (key.clone(), values[*at].clone())));
                let mut only: Assignments =
                    set.iter().filter(|(key, _)| !LISTS.contains(&key.as_str())).map(owned).collect();
                // The first of each list makes the recipe whole.
                set.extend(
                    lists.iter().zip(LISTS).filter_map(|(list, key)| Some((key.to_owned(), list.first()?.clone()?))),
                );
                // A key that no value is put in place of must be as the recipe has it.
                only.extend(
                    LISTS.iter().filter(|key| set.contains_key(**key)).map(|key| ((*key).to_owned(), true.into())),
                );
                if last.as_ref().is_none_or(|(before, _)| *before != only) {
                    last = Some((only, self.read(number, &set)?));
                    settings += 1;
                }
                let Some((_, recipe)) = &mut last else { return Ok(()) };
                let mut at = At { number, settings, stage };
                self.fast((&lists, &mut set, recipe), &mut known, &mut at, visit)?;
                (number, stage) = (at.number, at.stage);
                if next(&mut places, &self.axes).is_break() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Front, end, pairs and seeds at these settings.
    fn fast(
        &self,
        (lists, set, recipe): (&[Vec<Option<Value>>; 4], &mut Assignments, &mut Recipe),
        known: &mut Known,
        at: &mut At,
        visit: &mut dyn FnMut(&Point<'_>) -> Result<(), SweepError>,
    ) -> Result<(), SweepError> {
        let [fronts, ends, pairs, seeds] = lists;
        for (front, end) in fronts.iter().flat_map(|front| ends.iter().map(move |end| (front, end))) {
            for (key, value, donor) in [(LISTS[0], front, &mut recipe.front), (LISTS[1], end, &mut recipe.end)] {
                if let Some(value) = value {
                    put(set, key, value);
                    value.as_str().unwrap_or_default().clone_into(&mut donor.model);
                }
            }
            for pairs in pairs {
                if let Some(value) = pairs {
                    put(set, LISTS[2], value);
                    recipe.taps.pairs = match known.pairs.get(&value.to_string()) {
                        Some(pairs) => pairs.clone(),
                        None => self.read(at.number, set)?.taps.pairs,
                    };
                    known.pairs.entry(value.to_string()).or_insert_with(|| recipe.taps.pairs.clone());
                }
                at.stage += 1;
                for seeds in seeds {
                    if let Some(value) = seeds {
                        put(set, LISTS[3], value);
                        let text = value.to_string();
                        if !known.seeds.contains_key(&text) {
                            known.seeds.insert(text.clone(), self.read(at.number, set)?.stitch.seeds);
                        }
                        known.seeds.get(&text).cloned().unwrap_or_default().clone_into(&mut recipe.stitch.seeds);
                    }
                    let At { number, settings, stage } = *at;
                    visit(&Point { number, set, recipe, settings, stage })?;
                    at.number += 1;
                }
            }
        }
        Ok(())
    }

    /// The values of the fast keys that go with a row; `None` stands for what the recipe has.
    fn of_row(&self, row: &Assignments) -> [Vec<Option<Value>>; 4] {
        let mut lists = self.lists.clone().map(|list| list.into_iter().map(Some).collect::<Vec<_>>());
        for (list, key) in lists.iter_mut().zip(LISTS) {
            if list.is_empty() {
                list.push(row.get(key).cloned());
            }
        }
        lists
    }

    /// The recipe with these values, read and checked as any recipe is.
    fn read(&self, number: usize, set: &Assignments) -> Result<Recipe, SweepError> {
        of(&self.base, set, &self.file).map_err(|why| match set.is_empty() {
            true => SweepError::Sweep { file: self.file.clone(), what: why.message, remedy: why.remedy },
            false => SweepError::OfStudy { number, set: keys::shown(set), why: why.message + "; " + &why.remedy },
        })
    }
}

/// Where the walk is.
struct At {
    number: usize,
    settings: usize,
    stage: usize,
}

/// The recipe that comes of these values in a recipe's tables.
pub(in crate::sweep) fn of(
    base: &toml::Table,
    set: &Assignments,
    file: &str,
) -> Result<Recipe, crate::recipe::RecipeError> {
    Recipe::parse(&keys::applied(base, set).to_string(), file)
}

fn owned((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

/// Sets a key that mostly is there already.
fn put(set: &mut Assignments, key: &str, value: &Value) {
    match set.get_mut(key) {
        Some(known) => known.clone_from(value),
        None => drop(set.insert(key.to_owned(), value.clone())),
    }
}

/// The next combination of the axes' places, the last axis first; breaks off behind the last one.
fn next(places: &mut [usize], axes: &[(String, Vec<Value>)]) -> ControlFlow<()> {
    for (place, (_, values)) in places.iter_mut().zip(axes).rev() {
        *place += 1;
        if *place < values.len() {
            return ControlFlow::Continue(());
        }
        *place = 0;
    }
    ControlFlow::Break(())
}
