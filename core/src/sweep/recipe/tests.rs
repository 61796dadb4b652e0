//! Walks through sweeps, against recipes written out by hand.

use std::path::Path;

use super::walk::of;
use super::{Assignments, SweepRecipe, shown};
use crate::data::Images;
use crate::recipe::{Recipe, schema};
use crate::study::{Shelf, StudyError};
use crate::sweep::SweepError;

/// A zoo of networks that are never opened.
struct Zoo;

impl Shelf for Zoo {
    fn model(&self, _: &str) -> Option<bytes::Bytes> {
        Some(bytes::Bytes::new())
    }
    fn images(&self, _: &str) -> Result<Option<Images>, StudyError> {
        Ok(None)
    }
    fn names(&self) -> Vec<String> {
        ["b", "a"].map(str::to_owned).to_vec()
    }
}

const BASE: &str = "[front]\noutput = \"logits\"\n[end]\n[data]\ntrain = \"c\"\ntest = \"d\"\n";

/// What is set in each study, and its recipe.
fn walked(text: &str) -> Result<Vec<(Assignments, Recipe)>, SweepError> {
    let sweep = SweepRecipe::parse(text, "sweep.toml", &Zoo)?;
    let mut all = Vec::new();
    sweep.walk(&mut |point| {
        assert_eq!(point.number, all.len());
        all.push((point.set.clone(), point.recipe.clone()));
        Ok(())
    })?;
    assert_eq!(all.len(), sweep.studies());
    // Each is what its values make of the recipe, read anew.
    for (set, recipe) in &all {
        assert_eq!(*recipe, of(&sweep.base, set, "again").unwrap(), "{}", shown(set));
    }
    Ok(all)
}

fn sets(all: &[(Assignments, Recipe)]) -> Vec<String> {
    all.iter().map(|(set, _)| shown(set)).collect()
}

#[test]
fn all_combinations_come_the_settings_slowest_and_seeds_fastest() {
    let sweep = "[sweep]\nnetworks = [\"zoo:*\"]\n[sweep.axes]\nstitch.seeds = [[0], [1, 2]]\n\"stitch.form\" = [\"auto\", \"low-rank\"]\n\
                 attack.eps = [0.1, 0.2]\ntaps.pairs = [\"same\", [[\"x\", \"y\"]]]\n";
    let all = walked(&format!("{BASE}[stitch]\nrank = 2\nform = \"low-rank\"\n{sweep}"));
    // A rank belongs to one of the forms alone: the contradiction is told with the study.
    let why = all.unwrap_err().to_string();
    assert!(why.starts_with("study 0 of the sweep (attack.eps = 0.1, end.model = \"zoo:a\""), "{why}");
    let all = walked(&format!("{BASE}{}", sweep.replace("\"auto\", \"low-rank\"", "\"auto\", \"conv1x1\""))).unwrap();
    assert_eq!(all.len(), 2 * 2 * 2 * 2 * 2 * 2);
    let form = |at: usize| all[at].1.stitch.form.to_string();
    assert_eq!(
        (form(0), form(31), form(32), form(63)),
        ("auto".into(), "auto".into(), "conv1x1".into(), "conv1x1".into())
    );
    let eps = |at: usize| all[at].1.attack.as_ref().unwrap().eps.to_string();
    assert_eq!((eps(15), eps(16)), ("0.1".to_owned(), "0.2".to_owned()));
    let donors = |at: usize| format!("{} {}", all[at].1.front.model, all[at].1.end.model);
    assert_eq!([0, 4, 8, 12].map(donors), ["zoo:a zoo:a", "zoo:a zoo:b", "zoo:b zoo:a", "zoo:b zoo:b"]);
    assert_eq!([0, 1, 2, 3].map(|at| all[at].1.stitch.seeds.len()), [1, 2, 1, 2]);
    assert_eq!(
        [0, 1, 2, 3].map(|at| all[at].1.taps.pairs.to_string()),
        [r#""same""#, r#""same""#, r#"[["x", "y"]]"#, r#"[["x", "y"]]"#]
    );
    assert_eq!(all[0].1.front.output.as_deref(), Some("logits"), "what the recipe says of a donor stays");
}

#[test]
fn rows_are_studies_and_go_with_axes() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.csv");
    let text = "front.model,end.model,stitch.seeds,stitch.train,attack.eps\na,b,\"[3]\",none,\na,c,,none,\nb,c,[4],task,8/255\n";
    std::fs::write(&rows, text).unwrap();
    let sweep = format!("{BASE}[sweep]\nrows = {:?}\n[sweep.axes]\nrun.batch = [1, 2]\n", text_of(&rows));
    let all = walked(&sweep).unwrap();
    assert_eq!(all.len(), 6);
    assert_eq!(
        sets(&all)[0],
        "end.model = \"b\", front.model = \"a\", run.batch = 1, stitch.seeds = [3], stitch.train = \"none\""
    );
    // A field that is left empty is as the recipe has it, whatever the row before said.
    assert_eq!([1, 2, 3, 4].map(|at| all[at].1.stitch.seeds[0]), [3, 0, 0, 4]);
    assert_eq!([0, 2, 4].map(|at| all[at].1.attack.is_some()), [false, false, true]);
    let twice = walked(&sweep.replace("run.batch = [1, 2]", "stitch.train = [\"task\"]")).unwrap_err().to_string();
    assert!(twice.contains("sets stitch.train twice"), "{twice}");
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_recipe_alone_is_a_sweep_of_one_study() {
    let text = "[front]\nmodel = \"a\"\n[end]\nmodel = \"b\"\n[data]\ntrain = \"c\"\ntest = \"d\"\n";
    let all = walked(text).unwrap();
    assert_eq!((all.len(), sets(&all)[0].as_str()), (1, "as the recipe stands"));
    assert_eq!(all[0].1, Recipe::parse(text, "alone").unwrap());
    // Its faults have their places.
    let why = walked(&text.replace("[data]", "[dota]")).unwrap_err().to_string();
    assert!(why.starts_with("sweep.toml:5:2: unknown table [dota]"), "{why}");
}

#[test]
fn a_table_as_an_axis_is_a_setting_as_a_whole() {
    let sweep = "[sweep]\nfronts = [\"a\"]\nends = [\"b\"]\n[sweep.axes]\nattack = [false, { eps = 0.1 }, { method = \"square\", eps = 0.2 }]\n";
    let all = walked(&format!("{BASE}{sweep}")).unwrap();
    let of =
        |at: usize| all[at].1.attack.as_ref().map(|attack| format!("{} {}", attack.method.known().word, attack.eps));
    assert_eq!([0, 1, 2].map(of), [None, Some("pgd 0.1".to_owned()), Some("square 0.2".to_owned())]);
}

#[test]
fn what_a_sweep_cannot_say_is_refused_with_a_remedy() {
    for (sweep, part) in [
        ("split = 0\n", "split in [sweep] is 0"),
        ("split = -1\n", "[sweep]: "),
        ("networks = [\"zoo:z*\"]\n", "nothing is named"),
        ("networks = [\"a\"]\nends = [\"b\"]\n", "networks and also fronts or ends"),
        ("networks = [\"a\"]\n[sweep.axes]\nfront.model = [\"b\"]\n", "sets front.model twice"),
        ("keep = \"some\"\n", "[sweep]: "),
        ("[sweep.axes]\nstitch.form = []\n", "no list of values"),
        ("[sweep.axes]\nend.model = [3]\n", "end.model is set to 3"),
        ("rows = \"nowhere.csv\"\n", "nowhere.csv"),
    ] {
        let why = walked(&format!("{BASE}[sweep]\n{sweep}")).unwrap_err().to_string();
        assert!(why.contains(part), "{part:?} is not in {why}");
    }
}

#[test]
fn the_schema_lists_the_keys_that_a_sweep_reads() {
    let why = SweepRecipe::parse(&format!("{BASE}[sweep]\nzzz = 1\n"), "s.toml", &Zoo).unwrap_err().to_string();
    // What the reader's type expects stands between backquotes.
    let (_, expected) = why.split_once("expected one of").expect("the reader names its keys");
    let read: Vec<&str> = expected.split(';').next().unwrap().split('`').skip(1).step_by(2).collect();
    let listed: Vec<&str> = schema::SWEEP.keys.iter().map(|key| key.name).collect();
    assert_eq!(read, listed, "{why}");
    for word in ["all", "numbers"] {
        let text = format!("{BASE}[sweep]\nnetworks = [\"zoo:*\"]\nkeep = \"{word}\"\n");
        assert!(SweepRecipe::parse(&text, "s.toml", &Zoo).is_ok(), "{word}");
    }
    assert!(schema::page().contains("## [sweep]") && schema::json_schema().contains("\"sweep\""));
}
