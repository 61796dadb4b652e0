//! The recipe's attack is the one that is made, and the report tells what each of several attacks did.

use stitchscope_core::study::recipe::{AttackMethod, AttackPreset, Norm, Recipe, Train};
use stitchscope_core::study::report::{Cell, Counts, Donor, Report};

use crate::bench::{ort, recipe, report};

/// One untrained cell on 24 images, attacked as `attack` says.
fn attacked(attack: &str) -> Option<Report> {
    let engine = ort()?;
    let tables = format!(
        "[taps]\npairs = [[\"layer3.1.relu\", \"layer3.1.relu\"]]\n[stitch]\ntrain = \"none\"\n[attack]\neps = \"0.1\"\n{attack}"
    );
    let recipe: Recipe = recipe(200, 24, &tables);
    assert_eq!(recipe.stitch.train, Train::None);
    Some(report(&recipe, engine.as_ref()))
}

fn robust(counts: Option<Counts>) -> u64 {
    counts.unwrap().correct
}

#[test]
fn a_suite_tells_what_each_attack_did() {
    let Some(suite) = attacked("method = \"autoattack\"\npreset = \"quick\"\n") else { return };
    let recipe = Recipe::parse(&suite.recipe, "report").unwrap().attack.unwrap();
    assert_eq!(
        (recipe.method, recipe.preset, recipe.norm),
        (AttackMethod::AutoAttack, AttackPreset::Quick, Norm::Linf)
    );
    let Donor { clean, robust: after, attacks, .. } = &suite.donors[1];
    let names: Vec<&str> = attacks.iter().map(|a| a.attack.as_str()).collect();
    assert_eq!(names, ["apgd-ce", "apgd-t"]);
    assert_eq!(attacks[0].attacked, clean.correct);
    assert_eq!(attacks[1].attacked, attacks[0].attacked - attacks[0].fooled);
    assert_eq!(robust(*after), attacks[1].attacked - attacks[1].fooled);
    let Cell { clean, robust: after, attacks, .. } = &suite.cells[0];
    assert_eq!(robust(*after), clean.correct - attacks.iter().map(|a| a.fooled).sum::<u64>());
    // The same images by PGD: nobody stands up to the suite and falls to it.
    let pgd = attacked("").unwrap();
    assert!(pgd.cells[0].attacks.is_empty(), "one attack needs no list");
    for (suite, pgd) in suite.donors.iter().zip(&pgd.donors) {
        assert!(robust(suite.robust) <= robust(pgd.robust), "{:?}", suite.model);
    }
    assert_eq!(Report::parse(suite.to_json().unwrap().as_bytes()).unwrap(), suite);
}

#[test]
fn fab_tells_the_smallest_changes() {
    let words = "method = \"fab-t\"\nsteps = 10\ntargets = 2\n";
    let Some(bounded) = attacked(words) else { return };
    let smallest = attacked(&format!("{words}smallest = true\n")).unwrap();
    for (bounded, smallest) in bounded.donors.iter().zip(&smallest.donors) {
        let change = smallest.change.unwrap();
        assert!(bounded.change.is_none());
        assert!(
            (change.images..=change.images + 3).contains(&smallest.clean.correct),
            "{change:?}: nearly all can be fooled"
        );
        assert!(change.median > 0.0 && change.median < 1.0, "{change:?}");
        assert_eq!(robust(bounded.robust), robust(smallest.robust), "{:?}: the radius decides in both", bounded.model);
    }
    // The robust network, the second donor, takes larger changes.
    assert!(smallest.donors[1].change.unwrap().median > 2.0 * smallest.donors[0].change.unwrap().median);
}

#[test]
fn fgsm_and_square_are_words_too() {
    let Some(fgsm) = attacked("method = \"fgsm\"\n") else { return };
    let square = attacked("method = \"square\"\nqueries = 40\nnorm = \"l2\"\n").unwrap();
    for report in [fgsm, square] {
        assert!(robust(report.cells[0].robust) <= report.cells[0].clean.correct);
        assert!(robust(report.donors[0].robust) < report.donors[0].clean.correct, "some are fooled");
    }
}
