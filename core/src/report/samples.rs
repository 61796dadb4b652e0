//! A small made-up report that the tests of this folder share.

use super::{
    Agreement, Cell, Counts, Direct, Donor, Environment, Ood, RankCount, Report, Role, SCHEMA, Shift, StitchSummary,
};

pub(crate) fn counts(correct: u64) -> Counts {
    Counts { correct, total: 1000 }
}

/// Two cells: one complete, one with what can be missing or not finite.
pub(crate) fn report() -> Report {
    Report {
        schema: SCHEMA,
        recipe: "[front]\nmodel = \"a.onnx\"\n".to_owned(),
        environment: Environment {
            engine: "reference".to_owned(),
            device: "CPU".to_owned(),
            threads: 2,
            version: "0.1.0".to_owned(),
            self_check: None,
        },
        donors: vec![
            donor(Role::Front, "zoo:fashion-robust-a", 820, 610),
            donor(Role::End, "zoo:fashion-standard-a", 901, 13),
        ],
        cells: vec![complete(), sparse()],
        controls: Vec::new(),
        probes: Vec::new(),
        inputs: None,
        stitches: Vec::new(),
        measures: Vec::new(),
        timings: Vec::new(),
    }
}

fn donor(role: Role, model: &str, clean: u64, robust: u64) -> Donor {
    Donor {
        role,
        model: model.to_owned(),
        clean: counts(clean),
        robust: Some(counts(robust)),
        also: None,
        attacks: Vec::new(),
        change: None,
        badges: Vec::new(),
    }
}

/// A cell with everything measured and nothing flagged.
pub(crate) fn complete() -> Cell {
    Cell {
        front_tap: "layer1.0".to_owned(),
        end_tap: "layer1.0".to_owned(),
        seed: 0,
        stitch: stitch("direct", "task"),
        clean: counts(713),
        robust: Some(counts(123)),
        also: None,
        attacks: Vec::new(),
        change: None,
        transfer: None,
        agreement: Agreement { same: 800, total: 1000 },
        direct: Direct {
            clean: counts(701),
            robust: Some(counts(98)),
            residual: 0.25,
            condition: 1234.5,
            ood: Some(ood(0.41)),
        },
        cka: 0.912,
        cka_unbiased: 0.905,
        similarity: None,
        not_computed: Vec::new(),
        against_front: None,
        ood: Some(ood(0.625)),
        shift: Some(Shift { cosine: 0.5, own: 0.25, images: 100 }),
        ranks: vec![RankCount { rank: 4, truncated: counts(300), reduced: counts(350) }],
        seconds: 12.5,
        badges: Vec::new(),
        flags: Vec::new(),
    }
}

/// A cell without an attack, with singular normal equations and two flags.
fn sparse() -> Cell {
    Cell {
        end_tap: "layer2.1".to_owned(),
        seed: 1,
        stitch: stitch("random", "none"),
        clean: counts(0),
        robust: None,
        also: None,
        attacks: Vec::new(),
        change: None,
        agreement: Agreement { same: 100, total: 1000 },
        direct: Direct { clean: counts(90), robust: None, residual: 1.5, condition: f64::INFINITY, ood: None },
        cka: 0.1,
        cka_unbiased: -0.001,
        ood: None,
        shift: None,
        ranks: Vec::new(),
        seconds: 3.0,
        flags: vec!["ill-conditioned, look twice".to_owned(), "robust was not measured".to_owned()],
        ..complete()
    }
}

fn ood(auroc: f64) -> Ood {
    Ood { auroc, positions: 0.75, relative_l2: 0.5 }
}

fn stitch(init: &str, train: &str) -> StitchSummary {
    StitchSummary { form: "conv1x1".to_owned(), init: init.to_owned(), train: train.to_owned(), kept: None }
}
