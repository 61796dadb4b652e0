//! The rooms of `core`: which module may use which, as a table read from the bottom up.
//!
//! A room may use the rooms that its row names and no other; a row names rooms of earlier rows alone, so that no circle can be allowed.
//! Only rooms of one group may use each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::uses::Uses;
use super::{Finding, files};

/// A folder whose modules are rooms.
pub(super) struct House {
    /// From the workspace's folder.
    folder: &'static str,
    /// The folder's module, from the crate's root.
    module: &'static [&'static str],
    /// Rooms from the bottom up, each with those that it may use.
    rooms: &'static [(&'static str, &'static [&'static str])],
    /// Rooms that are one: each may use the others of its group.
    groups: &'static [&'static [&'static str]],
}

/// The table.
pub(super) const HOUSES: &[House] = &[
    House {
        folder: "core/src",
        module: &[],
        rooms: &[
            ("platform", &[]),
            ("archive", &[]),
            ("random", &[]),
            ("metrics", &[]),
            ("statistics", &["random"]),
            ("provenance", &[]),
            ("words", &[]),
            ("tensor", &[]),
            ("graph", &["tensor"]),
            ("ops", &["metrics", "random", "tensor"]),
            ("onnx", &["platform", "provenance", "tensor", "words"]),
            ("autodiff", &["graph", "ops", "tensor"]),
            ("rewrite", &["graph", "ops", "tensor"]),
            ("loss", &["graph", "ops", "tensor"]),
            ("gradient", &["autodiff", "graph", "loss", "rewrite"]),
            ("cut", &["graph", "onnx", "ops", "tensor"]),
            ("inspect", &["cut", "graph", "onnx", "tensor", "words"]),
            ("engine", &["graph", "onnx", "ops", "platform", "random", "rewrite", "tensor"]),
            ("classifier", &["cut", "engine", "graph", "onnx", "ops", "random", "tensor"]),
            ("data", &["archive", "platform", "provenance", "random", "tensor"]),
            ("similarity", &["graph", "ops", "tensor"]),
            (
                "attack",
                &[
                    "archive", "autodiff", "data", "engine", "graph", "loss", "metrics", "ops", "random", "rewrite",
                    "tensor",
                ],
            ),
            ("stitch", &["attack", "autodiff", "graph", "loss", "ops", "random", "rewrite", "similarity", "tensor"]),
            ("recipe", &["attack", "data", "engine", "loss", "onnx", "stitch"]),
            ("report", &["attack", "metrics", "provenance", "recipe", "similarity", "words"]),
            ("compare", &["metrics", "report", "statistics", "words"]),
            ("foretell", &["metrics", "random", "recipe", "report", "similarity", "statistics", "words"]),
            (
                "study",
                &[
                    "attack",
                    "classifier",
                    "autodiff",
                    "cut",
                    "data",
                    "engine",
                    "graph",
                    "loss",
                    "metrics",
                    "onnx",
                    "ops",
                    "platform",
                    "provenance",
                    "random",
                    "recipe",
                    "report",
                    "rewrite",
                    "similarity",
                    "stitch",
                    "tensor",
                    "words",
                ],
            ),
            ("sweep", &["archive", "cut", "engine", "platform", "provenance", "recipe", "report", "study", "words"]),
        ],
        // A graph is made of operators, an operator's rules are written as graphs, and its file says how it is read.
        groups: &[&["graph", "ops", "onnx"]],
    },
    House {
        folder: "core/src/study",
        module: &["study"],
        rooms: &[
            ("journal", &[]),
            ("timing", &[]),
            ("error", &["journal"]),
            ("evaluate", &["error"]),
            ("events", &["error"]),
            ("plan", &["error"]),
            ("verdicts", &["error"]),
            ("attacked", &["error", "evaluate", "events", "plan", "verdicts"]),
            ("books", &["error", "events", "journal", "plan"]),
            ("inversion", &["error", "evaluate", "plan"]),
            ("stages", &["error"]),
            ("stitched", &["error", "plan"]),
            ("evaluation", &["attacked", "error", "evaluate", "events", "plan", "verdicts"]),
            ("export", &["error", "plan", "stitched"]),
            ("signals", &["error", "evaluate", "events", "plan", "stitched"]),
            ("matching", &["error", "evaluate", "plan", "signals", "stages"]),
            ("survey", &["error", "evaluate", "events", "matching", "plan", "signals", "stages", "stitched", "timing"]),
            ("pool", &["error", "events", "signals", "survey"]),
            ("train", &["error", "evaluate", "events", "matching", "plan", "stitched"]),
            ("work", &["attacked", "error", "events", "plan", "signals", "stitched", "timing", "train"]),
            ("measure", &["error", "evaluate", "events", "matching", "plan", "signals", "stitched", "work"]),
            (
                "cell",
                &[
                    "attacked", "error", "evaluate", "events", "matching", "measure", "plan", "survey", "timing",
                    "train", "verdicts", "work",
                ],
            ),
            (
                "controls",
                &[
                    "books", "cell", "error", "evaluate", "events", "journal", "plan", "stitched", "survey", "timing",
                    "work",
                ],
            ),
            (
                "run",
                &[
                    "attacked", "books", "cell", "controls", "error", "evaluate", "events", "journal", "measure",
                    "plan", "pool", "signals", "survey", "timing", "train", "verdicts", "work",
                ],
            ),
        ],
        groups: &[],
    },
];

/// Holds every house against its table.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for house in HOUSES {
        findings.extend(house.circles());
        findings.extend(house.check(root)?);
    }
    Ok(findings)
}

/// The table as text, a room a line.
pub(super) fn table() -> String {
    let row = |(room, may): &(&str, &[&str])| format!("  {room:<12} {}\n", may.join(" "));
    let house = |house: &House| {
        let groups = house.groups.iter().map(|group| format!("  as one room: {}\n", group.join(", ")));
        let rows: String = house.rooms.iter().map(row).chain(groups).collect();
        format!("{}, from the bottom up: what each may use\n{rows}", house.folder)
    };
    HOUSES.iter().map(house).collect()
}

impl House {
    /// Allowed arrows that could close a circle: a row that names a later room.
    fn circles(&self) -> Vec<Finding> {
        let place = |room: &str| self.rooms.iter().position(|(name, _)| *name == room);
        let mut findings = Vec::new();
        for (at, (room, may)) in self.rooms.iter().enumerate() {
            for used in may.iter().filter(|used| place(used).is_none_or(|place| place >= at)) {
                let what = format!("the table lets {room} use {used}, which stands no deeper");
                findings.push(Finding::new(self.folder, 1, what));
            }
        }
        findings
    }

    fn check(&self, root: &Path) -> Result<Vec<Finding>> {
        let folder = root.join(self.folder);
        if !folder.exists() {
            return Ok(Vec::new()); // that there is no such folder is the map's concern
        }
        let mut texts = BTreeMap::new();
        for path in files(&folder)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let short = path.strip_prefix(&folder)?.to_string_lossy().replace('\\', "/");
            texts.insert(short, text);
        }
        self.hold(&texts)
    }

    /// The house's files by their path in it, against the table.
    fn hold(&self, texts: &BTreeMap<String, String>) -> Result<Vec<Finding>> {
        let mut all = Vec::new();
        for (path, text) in texts {
            let module = self.module_of(path);
            let uses = Uses::of(text, &module).with_context(|| format!("{}/{path}", self.folder))?;
            all.push((path, module, uses));
        }
        let for_tests: Vec<Vec<String>> = all
            .iter()
            .flat_map(|(_, module, uses)| uses.for_tests.iter().map(move |name| [module, &[name.clone()][..]].concat()))
            .collect();
        // What the house's own face re-exports, by name.
        let faces = all.iter().filter(|(_, module, _)| module.len() == self.module.len());
        let aliases: BTreeMap<_, _> = faces.flat_map(|(_, _, uses)| uses.aliases.iter().cloned()).collect();
        let mut findings = self.rows(texts);
        for (path, module, uses) in &all {
            let Some(room) = module.get(self.module.len()) else { continue };
            if for_tests.iter().any(|hidden| module.starts_with(hidden)) {
                continue;
            }
            for (line, used) in &uses.paths {
                findings.extend(
                    self.arrow(room, used, &aliases)
                        .map(|what| Finding::new(&format!("{}/{path}", self.folder), *line, what)),
                );
            }
        }
        Ok(findings)
    }

    fn module_of(&self, path: &str) -> Vec<String> {
        let inside = path.trim_end_matches(".rs").split('/').filter(|part| !["mod", "lib", "main"].contains(part));
        self.module.iter().copied().chain(inside).map(str::to_owned).collect()
    }

    /// Rooms without a row, and rows without a room.
    fn rows(&self, texts: &BTreeMap<String, String>) -> Vec<Finding> {
        let rooms: Vec<&str> = texts.keys().filter_map(|path| path.split('/').next()?.split('.').next()).collect();
        let rooms = || rooms.iter().filter(|room| !["mod", "lib", "main"].contains(room));
        let unnamed = rooms().filter(|room| !self.rooms.iter().any(|(name, _)| name == *room));
        let mut unnamed: Vec<_> = unnamed.collect();
        unnamed.dedup();
        let gone = self.rooms.iter().filter(|(name, _)| !rooms().any(|room| room == name));
        let row = |room: &&&str| Finding::new(self.folder, 1, format!("`{room}` has no row in the table of rooms"));
        let gone =
            gone.map(|(room, _)| Finding::new(self.folder, 1, format!("the table's room `{room}` is not there")));
        unnamed.iter().map(row).chain(gone).collect()
    }

    /// What is wrong with a use of `used` in `room`.
    fn arrow(&self, room: &str, used: &[String], aliases: &BTreeMap<String, Vec<String>>) -> Option<String> {
        let depth = self.module.len();
        if !used.iter().take(depth).eq(self.module) {
            return None;
        }
        let first = used.get(depth)?;
        let target = match aliases.get(first) {
            Some(path) if !self.rooms.iter().any(|(name, _)| name == first) => path.get(depth)?,
            _ => first,
        };
        let known = |name: &str| self.rooms.iter().find(|(room, _)| *room == name);
        if target == room || known(target).is_none() {
            return None;
        }
        let grouped = |group: &&&[&str]| group.contains(&room) && group.contains(&target.as_str());
        let allowed = known(room).is_some_and(|(_, may)| may.contains(&target.as_str()));
        (!allowed && !self.groups.iter().any(|group| grouped(&group)))
            .then(|| format!("{room} must not use {target}: see the table in xtask/src/tidy/rooms.rs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [String; 0] = [];

    fn held(house: &House, files: &[(&str, &str)]) -> Vec<String> {
        let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        house.hold(&texts).unwrap().iter().map(ToString::to_string).collect()
    }

    const SMALL: House =
        House { folder: "small", module: &["up"], rooms: &[("low", &[]), ("high", &["low"])], groups: &[] };

    #[test]
    fn the_tables_allow_no_circle() {
        for house in HOUSES {
            assert_eq!(house.circles(), []);
        }
        let rooms = &[("a", &["b"] as &[_]), ("b", &["a"])];
        assert_eq!(House { rooms, ..SMALL }.circles().len(), 1);
    }

    #[test]
    fn an_arrow_downwards_is_allowed_and_one_upwards_is_found() {
        let face = ("mod.rs", "mod high;\nmod low;\npub use high::High;\n");
        let high = ("high.rs", "use super::low::Low;\npub struct High(Low);\n");
        assert_eq!(held(&SMALL, &[face, high, ("low/mod.rs", "pub struct Low;\n")]), NONE);
        let what = "low must not use high: see the table in xtask/src/tidy/rooms.rs";
        for (path, text) in [
            ("low/mod.rs", "use super::high::High;"),
            ("low/mod.rs", "use crate::up::high;"),
            ("low/mod.rs", "use super::High;"),
            ("low/deep.rs", "fn f() -> super::super::high::High {}"),
            ("low.rs", "use crate::up::{low::Low, high::High};"),
        ] {
            let file = (path, &*format!("//! Low.\n{text}\n"));
            assert_eq!(held(&SMALL, &[face, high, file]), [format!("small/{path}:2: {what}")], "{text}");
        }
    }

    #[test]
    fn tests_may_look_up() {
        let low = ("low/mod.rs", "#[cfg(test)]\nmod checks;\n#[cfg(test)]\nmod tests { use crate::up::high; }\n");
        assert_eq!(held(&SMALL, &[("high.rs", ""), low, ("low/checks.rs", "use crate::up::high;")]), NONE);
    }

    #[test]
    fn every_room_has_a_row_and_every_row_a_room() {
        let found = held(&SMALL, &[("low.rs", ""), ("new.rs", "")]);
        assert_eq!(
            found,
            ["small:1: `new` has no row in the table of rooms", "small:1: the table's room `high` is not there"]
        );
    }

    /// An upward use planted in each room of the real house fails.
    #[test]
    fn a_planted_use_is_found_in_every_room() {
        let house = &HOUSES[0];
        for (at, (room, _)) in house.rooms.iter().enumerate() {
            for (above, _) in house.rooms.iter().skip(at + 1) {
                let used = [(*above).to_owned(), "Thing".to_owned()];
                let together = house.groups.iter().any(|group| group.contains(room) && group.contains(above));
                assert_eq!(house.arrow(room, &used, &BTreeMap::new()).is_some(), !together, "{room} -> {above}");
            }
        }
    }
}
