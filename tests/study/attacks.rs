//! The recipe's attack is the one that is made, and the report tells what each of several attacks did.

use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::block_on;
use stitchscope_core::recipe::{AttackMethod, Norm, Preset, Recipe, Train};
use stitchscope_core::report::{Cell, Counts, Donor, Report};
use stitchscope_core::study::{Event, Flow, Memory, Progress};
use stitchscope_tests::ort;

use crate::bench::{plan, recipe, report, run_observed};

/// The badges of everything in a report, by name.
fn badges(report: &Report) -> Vec<String> {
    let donors = report.donors.iter().flat_map(|d| &d.badges);
    donors.chain(report.cells.iter().flat_map(|c| &c.badges)).map(|b| b.name.clone()).collect()
}

/// One untrained cell on 24 images, attacked as `attack` says.
fn attacked(attack: &str) -> Report {
    let engine = ort();
    let tables = format!(
        "[taps]\npairs = [[\"layer3.1.relu\", \"layer3.1.relu\"]]\n[stitch]\ntrain = \"none\"\n[attack]\neps = \"0.1\"\n{attack}"
    );
    let recipe: Recipe = recipe(200, 24, &tables);
    assert_eq!(recipe.stitch.train, Train::None);
    report(&recipe, engine.as_ref())
}

fn robust(counts: Option<Counts>) -> u64 {
    counts.unwrap().correct
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_suite_tells_what_each_attack_did() {
    let suite = attacked("method = \"autoattack\"\npreset = \"quick\"\n");
    let recipe = Recipe::parse(&suite.recipe, "report").unwrap().attack.unwrap();
    assert_eq!((recipe.method, recipe.preset, recipe.norm), (AttackMethod::AutoAttack, Preset::Quick, Norm::Linf));
    let Donor { clean, robust: after, attacks, .. } = &suite.donors[1];
    let names: Vec<&str> = attacks.iter().map(|a| a.attack.as_str()).collect();
    assert_eq!(names, ["apgd-ce", "apgd-t"]);
    assert_eq!(attacks[0].attacked, clean.correct);
    assert_eq!(attacks[1].attacked, attacks[0].attacked - attacks[0].fooled);
    assert_eq!(robust(*after), attacks[1].attacked - attacks[1].fooled);
    let Cell { clean, robust: after, attacks, .. } = &suite.cells[0];
    assert_eq!(robust(*after), clean.correct - attacks.iter().map(|a| a.fooled).sum::<u64>());
    // The same images by PGD: nobody stands up to the suite and falls to it.
    let pgd = attacked("");
    let [only] = pgd.cells[0].attacks.as_slice() else { panic!("one attack, {:?}", pgd.cells[0].attacks) };
    assert_eq!(robust(pgd.cells[0].robust), only.attacked - only.fooled);
    for (suite, pgd) in suite.donors.iter().zip(&pgd.donors) {
        assert!(robust(suite.robust) <= robust(pgd.robust), "{:?}", suite.model);
    }
    assert_eq!(Report::parse(suite.to_json().unwrap().as_bytes()).unwrap(), suite);
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn fab_tells_the_smallest_changes() {
    let words = "method = \"fab-t\"\nsteps = 10\ntargets = 2\n";
    let bounded = attacked(words);
    let smallest = attacked(&format!("{words}smallest = true\n"));
    for (bounded, smallest) in bounded.donors.iter().zip(&smallest.donors) {
        let change = smallest.change.clone().unwrap();
        assert!(bounded.change.is_none());
        assert!(
            (change.images..=change.images + 3).contains(&smallest.clean.correct),
            "{change:?}: nearly all can be fooled"
        );
        assert!(change.median > 0.0 && change.median < 1.0, "{change:?}");
        assert_eq!(robust(bounded.robust), robust(smallest.robust), "{:?}: the radius decides in both", bounded.model);
    }
    // The robust network, the second donor, takes larger changes.
    assert!(
        smallest.donors[1].change.as_ref().unwrap().median > 2.0 * smallest.donors[0].change.as_ref().unwrap().median
    );
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn fgsm_and_square_are_words_too() {
    let fgsm = attacked("method = \"fgsm\"\n");
    let square = attacked("method = \"square\"\nqueries = 40\nnorm = \"l2\"\n");
    for report in [fgsm, square] {
        assert!(robust(report.cells[0].robust) <= report.cells[0].clean.correct);
        assert!(robust(report.donors[0].robust) < report.donors[0].clean.correct, "some are fooled");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn what_fools_a_network_fools_it_stitched_with_itself() {
    let engine = ort();
    let tables = "[taps]\npairs = [[\"layer2.0.relu\", \"layer2.0.relu\"]]\n[stitch]\ntrain = \"none\"\n\
                  [attack]\neps = \"0.05\"\nsteps = 10\ntransfer = true\n";
    let text = recipe(200, 24, tables).to_toml().replace("zoo:fashion-robust-a", "zoo:fashion-standard-a");
    let report = report(&Recipe::parse(&text, "self-stitch").unwrap(), engine.as_ref());
    let (donor, cell) = (&report.donors[0], &report.cells[0]);
    let transfer = cell.transfer.unwrap();
    assert_eq!(cell.agreement.same, 24, "the stitch is the identity");
    // What the attack could not fool stands on what it had come to, so the counts are the donor's own.
    assert_eq!((transfer.front, transfer.end), (donor.robust.unwrap(), donor.robust.unwrap()));
    assert!(transfer.front.correct < cell.clean.correct, "the images do fool");
    assert!(attacked("steps = 2\n").cells[0].transfer.is_none(), "only where asked for");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_network_joined_with_itself_is_attacked_once() {
    let engine = block_on(engine::open(Choice::Processor)).unwrap();
    let tables = "[taps]\npairs = [[\"layer2.0.relu\", \"layer2.0.relu\"]]\n[stitch]\ntrain = \"none\"\n\
                  [attack]\neps = \"0.05\"\nsteps = 3\n";
    let of = |front: &str| {
        let text = recipe(100, 12, tables).to_toml().replace("zoo:fashion-standard-a", front);
        let mut attacked: Vec<String> = Vec::new();
        let mut hear = |event: &Event| {
            if let Event::Progress(Progress { network: Some(network), attack: Some(_), .. }) = event {
                attacked.push(network.clone());
            }
            Flow::Continue
        };
        let plan = plan(&Recipe::parse(&text, "self").unwrap());
        let report = run_observed(&plan, engine.as_ref(), &Memory::default(), &mut hear).unwrap();
        attacked.retain(|network| network.contains("donor"));
        attacked.dedup();
        (attacked.len(), report)
    };
    let (donors, report) = of("zoo:fashion-robust-a");
    assert_eq!(donors, 1, "front and end are one network");
    assert_eq!(
        (report.donors[0].robust, &report.donors[0].attacks),
        (report.donors[1].robust, &report.donors[1].attacks)
    );
    assert_eq!(of("zoo:fashion-standard-a").0, 2, "two networks are attacked each");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn an_attack_that_stops_too_early_gets_a_badge_when_it_is_checked() {
    let weak = "alpha = \"0.02\"\nsteps = 2\nstart = \"clean\"\n";
    let checked = attacked(&format!("{weak}checks = true\n"));
    assert!(badges(&checked).contains(&"few-steps".to_owned()), "{:?}", badges(&checked));
    let cell = &checked.cells[0];
    assert!(cell.badges.iter().all(|badge| cell.flags.contains(&badge.to_string())), "badges are among the flags");
    let unchecked = attacked(weak);
    assert!(!badges(&unchecked).contains(&"few-steps".to_owned()));
    assert_eq!(unchecked.cells[0].robust, checked.cells[0].robust, "a check changes no count");
}
