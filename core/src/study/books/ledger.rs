//! The books of a running study: what its journal held at the start, and where finished pieces go.

use std::collections::BTreeMap;

use super::JOURNAL;
use crate::provenance::{Inputs, hash};
use crate::report::{Cell, ControlCell, Donor, ProbeCount, Role};
use crate::study::journal::{Entry, Header, Journal, JournalError, KeptDonor, Tail};
use crate::study::{Pair, Plan, Store, StudyError};

/// The journal and what it held at the start.
pub(in crate::study) struct Ledger<'a> {
    store: &'a dyn Store,
    inputs: &'a Inputs,
    tail: Tail,
    found: Found,
}

/// What was finished before.
#[derive(Default)]
struct Found {
    donors: Vec<Donor>,
    controls: Vec<ControlCell>,
    probes: Option<Vec<ProbeCount>>,
    /// By front tap, end tap and seed: the cell and the hash of its stitch, which is there and whole.
    cells: BTreeMap<(String, String, u64), (Cell, String)>,
    notes: Vec<String>,
}

impl<'a> Ledger<'a> {
    /// Opens the journal of this recipe and these inputs, or begins one; a torn last line is cut off.
    pub(crate) fn open(plan: &Plan, inputs: &'a Inputs, store: &'a dyn Store) -> Result<Self, StudyError> {
        let wrap = |why| StudyError::Journal { file: store.place(JOURNAL), source: Box::new(why) };
        let fingerprint = plan.recipe.fingerprint();
        let bytes = store.get(JOURNAL)?.unwrap_or_default();
        let Some(journal) = Journal::resume(&bytes, &fingerprint, inputs).map_err(wrap)? else {
            let (line, tail) = Tail::begin(&Header::new(fingerprint, inputs.clone())).map_err(wrap)?;
            store.put(JOURNAL, line.as_bytes())?;
            return Ok(Self { store, inputs, tail, found: Found::default() });
        };
        for (entry, line) in journal.entries.iter().zip(2..) {
            belongs(plan, entry).map_err(|why| wrap(JournalError::Line { line, why }))?;
        }
        if journal.whole_bytes < bytes.len() {
            store.put(JOURNAL, bytes.get(..journal.whole_bytes).unwrap_or_default())?;
        }
        let tail = journal.tail();
        Ok(Self { store, inputs, tail, found: Found::of(journal, store) })
    }

    /// What the study computes from.
    pub(crate) const fn inputs(&self) -> &Inputs {
        self.inputs
    }

    /// What has to be said of what was found, in sentences.
    pub(crate) fn notes(&self) -> &[String] {
        &self.found.notes
    }

    /// Puts a finished piece into the journal.
    pub(crate) fn keep(&mut self, entry: &Entry) -> Result<(), StudyError> {
        let wrap = |why| StudyError::Journal { file: self.store.place(JOURNAL), source: Box::new(why) };
        let (line, tail) = self.tail.next(entry).map_err(wrap)?;
        self.store.append(JOURNAL, line.as_bytes())?;
        self.tail = tail;
        Ok(())
    }

    /// Keeps a finished donor with its table of verdicts.
    pub(crate) fn keep_donor(&mut self, donor: &Donor, verdicts: &[u8]) -> Result<(), StudyError> {
        self.store.put(donor_table(donor.role), verdicts)?;
        self.keep(&Entry::Donor(KeptDonor { donor: donor.clone(), verdicts_blake3: Some(hash(verdicts)) }))
    }

    /// Keeps a finished cell with its stitch's file and its table of verdicts; gives the stitch's hash.
    pub(crate) fn keep_cell(
        &mut self,
        index: usize,
        cell: &Cell,
        stitch: &[u8],
        verdicts: &[u8],
    ) -> Result<String, StudyError> {
        let (stitch_file, stitch_blake3) = (format!("stitches/cell-{index}.safetensors"), hash(stitch));
        self.store.put(&stitch_file, stitch)?;
        self.store.put(&cell_table(&stitch_file), verdicts)?;
        let (cell, verdicts_blake3) = (Box::new(cell.clone()), Some(hash(verdicts)));
        self.keep(&Entry::Cell { cell, stitch_file, stitch_blake3: stitch_blake3.clone(), verdicts_blake3 })?;
        Ok(stitch_blake3)
    }

    /// The finished control of that kind at these taps.
    pub(crate) fn control(&self, kind: &str, front_tap: &str, end_tap: &str) -> Option<ControlCell> {
        let same = |c: &&ControlCell| c.kind == kind && c.front_tap == front_tap && c.end_tap == end_tap;
        self.found.controls.iter().rev().find(same).cloned()
    }

    /// The finished donor.
    pub(crate) fn donor(&self, role: Role) -> Option<Donor> {
        self.found.donors.iter().rev().find(|donor| donor.role == role).cloned()
    }

    /// The finished probes.
    pub(crate) fn probes(&self) -> Option<Vec<ProbeCount>> {
        self.found.probes.clone()
    }

    /// The finished cell with the hash of its stitch's file, which is there and whole.
    pub(crate) fn cell(&self, plan: &Plan, pair: Pair, seed: u64) -> Option<(Cell, String)> {
        let (front, end) = plan.names(pair);
        self.found.cells.get(&(front.to_owned(), end.to_owned(), seed)).cloned()
    }

    /// Whether some cell of the pair is not finished.
    pub(crate) fn is_open(&self, plan: &Plan, pair: Pair) -> bool {
        plan.recipe.stitch.seeds.iter().any(|seed| self.cell(plan, pair, *seed).is_none())
    }

    /// How many of the plan's cells are finished, of those that are to be computed.
    pub(crate) fn count(&self, plan: &Plan) -> usize {
        let seeds = &plan.recipe.stitch.seeds;
        let all = plan.pairs.iter().flat_map(|pair| seeds.iter().map(move |seed| (*pair, *seed)));
        let own = all.enumerate().filter(|(index, _)| plan.share.has_cell(*index));
        own.filter(|(_, (pair, seed))| self.cell(plan, *pair, *seed).is_some()).count()
    }
}

/// Where a donor's verdicts lie in the study's folder.
const fn donor_table(role: Role) -> &'static str {
    match role {
        Role::Front => "verdicts/front.csv",
        Role::End => "verdicts/end.csv",
    }
}

/// Where a cell's verdicts lie: `verdicts/cell-3.csv` beside `stitches/cell-3.safetensors`.
fn cell_table(stitch_file: &str) -> String {
    stitch_file.replace("stitches/", "verdicts/").replace(".safetensors", ".csv")
}

impl Found {
    /// Of two entries on one thing the later counts. What has lost a file, or has another in its place, is left out, so that it is made
    /// anew.
    fn of(journal: Journal, store: &dyn Store) -> Self {
        let mut found = Self::default();
        let (mut donors, mut files) = (Vec::new(), BTreeMap::new());
        for entry in journal.entries {
            match entry {
                Entry::Donor(kept) => {
                    donors.retain(|known: &KeptDonor| known.donor.role != kept.donor.role);
                    donors.push(kept);
                }
                Entry::Control(control) => found.controls.push(*control),
                Entry::Probes(probes) => found.probes = Some(probes),
                Entry::Cell { cell, stitch_file, stitch_blake3, verdicts_blake3 } => {
                    let key = (cell.front_tap.clone(), cell.end_tap.clone(), cell.seed);
                    let table = verdicts_blake3.map(|hash| (cell_table(&stitch_file), hash));
                    let own = [(stitch_file, stitch_blake3.clone())].into_iter().chain(table);
                    files.insert(key.clone(), own.collect::<Vec<_>>());
                    found.cells.insert(key, (*cell, stitch_blake3));
                }
            }
        }
        for KeptDonor { donor, verdicts_blake3 } in donors {
            let table = donor_table(donor.role);
            if verdicts_blake3.is_none_or(|hash| found.whole(store, (table, &hash), "this donor is measured anew")) {
                found.donors.push(donor);
            }
        }
        for (key, own) in files {
            if !own.iter().all(|(file, hash)| found.whole(store, (file, hash), "this cell is made anew")) {
                found.cells.remove(&key);
            }
        }
        found
    }

    /// Whether a file is as it was written; leaves a note where it is not.
    fn whole(&mut self, store: &dyn Store, (file, recorded): (&str, &str), otherwise: &str) -> bool {
        let whole = matches!(store.get(file), Ok(Some(bytes)) if recorded == hash(&bytes));
        if !whole {
            self.notes.push(format!("{} is gone or not as it was written: {otherwise}.", store.place(file)));
        }
        whole
    }
}

/// Whether the plan has such a piece, measured on no more images than it has.
fn belongs(plan: &Plan, entry: &Entry) -> Result<(), String> {
    let images = plan.test.len() as u64;
    let within = |total: u64| match total <= images {
        true => Ok(()),
        false => Err(format!("it counts {total} images, and the study has {images}")),
    };
    match entry {
        Entry::Donor(KeptDonor { donor, .. }) => {
            let model = if donor.role == Role::Front { &plan.front.reference } else { &plan.end.reference };
            if donor.model != *model {
                return Err(format!("its donor is {:?}, the recipe's {model:?}", donor.model));
            }
            within(donor.clean.total)
        }
        Entry::Control(control) => within(control.clean.total),
        Entry::Probes(probes) => probes.iter().try_for_each(|probe| within(probe.clean.total)),
        Entry::Cell { cell, .. } => {
            let seeds = &plan.recipe.stitch.seeds;
            let named = |pair: &Pair| plan.names(*pair) == (cell.front_tap.as_str(), cell.end_tap.as_str());
            if !seeds.contains(&cell.seed) || !plan.pairs.iter().any(named) {
                let (front, end, seed) = (&cell.front_tap, &cell.end_tap, cell.seed);
                return Err(format!("the recipe has no cell {front:?} -> {end:?} with seed {seed}"));
            }
            within(cell.clean.total)
        }
    }
}
