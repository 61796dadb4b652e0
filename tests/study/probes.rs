//! What makes a result believable and explains it: activations out of distribution, ranks, probes, directions of attacks.

use stitchscope_core::engine::Engine;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::{Report, Role};
use stitchscope_core::study::{Memory, Store};
use stitchscope_tests::ort;

use crate::bench::{plan, recipe, report, run};

const TAPS: &str = "[taps]\npairs = [[\"layer3.0.relu\", \"layer3.0.relu\"]]\n";

fn at_one_tap(rest: &str) -> Recipe {
    recipe(240, 60, &format!("{TAPS}{rest}"))
}

/// The front stitched with itself.
fn with_itself(rest: &str, engine: &dyn Engine) -> Report {
    let mut own = at_one_tap(rest);
    own.end = own.front.clone();
    report(&own, engine)
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_network_stitched_to_itself_is_in_distribution() {
    let engine = ort();
    let found = with_itself("[stitch]\ntrain = \"none\"\n", engine.as_ref());
    let ood = found.cells[0].ood.unwrap();
    assert!((ood.auroc - 0.5).abs() < 0.01 && (ood.positions - 0.5).abs() < 0.01, "{ood:?}");
    assert!(ood.relative_l2 < 1e-3, "{ood:?}");
    assert_eq!(found.cells[0].direct.ood, Some(ood));
    assert!(found.cells[0].flags.is_empty(), "{:?}", found.cells[0].flags);
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn what_the_end_never_met_is_told_and_flagged_and_direct_matching_is_not() {
    let engine = ort();
    let found = report(&at_one_tap("[stitch]\ninit = \"identity\"\ntrain = \"none\"\n"), engine.as_ref());
    let (ood, direct) = (found.cells[0].ood.unwrap(), found.cells[0].direct.ood.unwrap());
    assert!(ood.auroc.max(ood.positions) > 0.9, "{ood:?}");
    assert!(found.cells[0].flags.iter().any(|f| f.contains("out of the end's own distribution")));
    // A least-squares image is nearer to the mean than what it imitates.
    assert!(direct.positions < 0.6 && direct.relative_l2 < ood.relative_l2, "{direct:?} {ood:?}");
    let left_out = report(&at_one_tap("[stitch]\ntrain = \"none\"\n[probe]\nood = false\n"), engine.as_ref());
    assert!(left_out.cells[0].ood.is_none() && left_out.cells[0].direct.ood.is_none());
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn ranks_end_at_direct_matching_and_begin_far_below() {
    let engine = ort();
    let swept = at_one_tap("[stitch]\ntrain = \"none\"\nseeds = [0, 1]\n[probe]\nranks = [1, 8, 512]\n");
    let found = report(&swept, engine.as_ref());
    for cell in &found.cells {
        let [low, middle, all] = cell.ranks.as_slice() else { panic!("{:?}", cell.ranks) };
        assert_eq!((low.rank, middle.rank, all.rank), (1, 8, 512));
        assert_eq!((all.truncated, all.reduced), (cell.direct.clean, cell.direct.clean), "nothing is cut");
        // Ten classes need more than one direction.
        assert!(low.truncated.correct < all.truncated.correct && low.reduced.correct < all.reduced.correct);
        assert!(middle.reduced.correct > low.reduced.correct, "{:?}", cell.ranks);
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn probes_read_more_of_the_classes_the_later_they_look_and_are_kept() {
    let engine = ort();
    let probed = recipe(
        400,
        100,
        "[taps]\npairs = [[\"layer1.0.relu\", \"layer1.0.relu\"], [\"layer3.1.relu\", \"layer3.1.relu\"]]\n\
         [stitch]\ntrain = \"none\"\n[probe]\nlinear = true\nranks = [1]\n",
    );
    let store = Memory::default();
    let found = run(&plan(&probed), engine.as_ref(), &store).unwrap();
    assert_eq!(found.probes.len(), 8, "two donors, two taps, all directions and one");
    for role in [Role::Front, Role::End] {
        let of = |tap: &str, rank: Option<usize>| {
            let all = found.probes.iter().find(|p| p.role == role && p.tap == tap && p.rank == rank);
            all.unwrap().clean.correct
        };
        let (early, late) = (of("layer1.0.relu", None), of("layer3.1.relu", None));
        assert!(late > early && late > 70, "{role:?}: {early} {late}");
        assert!(of("layer3.1.relu", Some(1)) < late);
    }
    let journal = String::from_utf8(store.get("journal.jsonl").unwrap().unwrap()).unwrap();
    assert_eq!(journal.lines().filter(|line| line.starts_with("{\"probes\"")).count(), 1);
    // Taken from the journal, and not measured again.
    let again = run(&plan(&probed), engine.as_ref(), &store).unwrap();
    assert_eq!(again.probes, found.probes);
    let journal = String::from_utf8(store.get("journal.jsonl").unwrap().unwrap()).unwrap();
    assert_eq!(journal.lines().filter(|line| line.starts_with("{\"probes\"")).count(), 1);
    // A changed one is not taken.
    let changed =
        journal.replace("\"role\":\"front\",\"tap\":\"layer1.0.relu\"", "\"role\":\"front\",\"tap\":\"kept\"");
    store.put("journal.jsonl", changed.as_bytes()).unwrap();
    let said = run(&plan(&probed), engine.as_ref(), &store).unwrap_err().to_string();
    assert!(said.contains("of the journal is damaged"), "{said}");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn an_attack_moves_a_network_and_its_self_stitch_alike() {
    let engine = ort();
    let rest =
        "[stitch]\ntrain = \"none\"\n[attack]\neps = \"0.1\"\nsteps = 5\nalpha = \"0.04\"\n[probe]\nshift = 40\n";
    let shift = with_itself(rest, engine.as_ref()).cells[0].shift.unwrap();
    assert_eq!(shift.images, 40);
    assert!((shift.cosine - shift.own).abs() < 0.02 && shift.own.abs() <= 1.0, "{shift:?}");
    assert!(shift.own > 0.05, "images of a class are moved towards the same other classes: {shift:?}");
}
