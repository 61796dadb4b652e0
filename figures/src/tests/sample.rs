//! Made-up reports of plausible shape for this crate's tests and for looking at; none of their numbers was measured.

use stitchscope_core::report::{
    Agreement, Cell, Counts, Direct, Donor, Environment, Report, Role, SCHEMA, StitchSummary,
};

/// Test images of every sample.
const IMAGES: u64 = 1000;

/// What to make up.
pub(crate) struct Sample {
    pub(crate) front: &'static str,
    pub(crate) end: &'static str,
    pub(crate) taps: Vec<String>,
    pub(crate) seeds: u64,
    pub(crate) attacked: bool,
    /// Clean and robust accuracy of front and end, of 1000.
    pub(crate) donors: [(u64, u64); 2],
}

/// Eight taps of a small residual network, three seeds, attacked.
pub(crate) fn robust_to_standard() -> Sample {
    Sample {
        front: "zoo:fashion-robust-a",
        end: "zoo:fashion-standard-a",
        taps: eight(),
        seeds: 3,
        attacked: true,
        donors: [(846, 512), (912, 3)],
    }
}

/// The other direction.
pub(crate) fn standard_to_robust() -> Sample {
    let Sample { front, end, donors: [first, second], .. } = robust_to_standard();
    Sample { front: end, end: front, donors: [second, first], ..robust_to_standard() }
}

pub(crate) fn eight() -> Vec<String> {
    ["stem", "layer1.0.add", "layer1.1.add", "layer2.0.add", "layer2.1.add", "layer3.0.add", "layer3.1.add", "pool"]
        .map(String::from)
        .to_vec()
}

/// Names as long as those of big networks.
pub(crate) fn long_taps(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("layer{}.{}.conv2.pre", index / 13 + 1, index % 13)).collect()
}

impl Sample {
    pub(crate) fn report(&self) -> Report {
        let [front, end] = self.donors;
        Report {
            schema: SCHEMA,
            recipe: self.recipe(),
            environment: Environment {
                engine: "wgpu".to_owned(),
                device: "Example GPU 9000".to_owned(),
                threads: 8,
                version: "0.1.0".to_owned(),
                self_check: None,
            },
            donors: vec![self.donor(Role::Front, self.front, front), self.donor(Role::End, self.end, end)],
            cells: (0..self.taps.len()).flat_map(|tap| (0..self.seeds).map(move |seed| self.cell(tap, seed))).collect(),
            controls: Vec::new(),
            probes: Vec::new(),
            inputs: None,
            stitches: Vec::new(),
            measures: Vec::new(),
            timings: Vec::new(),
        }
    }

    fn recipe(&self) -> String {
        let mut recipe = format!(
            "# made up\n[front]\nmodel = \"{}\"\n[end]\nmodel = \"{}\"\n[data]\ntrain = \"zoo:fashion-train\"\ntest = \"zoo:fashion-test\"\ntrain_images = 5000\n[stitch]\nform = \"conv1x1\"\nepochs = 3\n",
            self.front, self.end
        );
        if self.attacked {
            recipe += "[attack]\nnorm = \"linf\"\neps = \"8/255\"\nalpha = \"2/255\"\nsteps = 20\nrestarts = 1\nstart = \"uniform\"\n";
        }
        recipe
    }

    fn donor(&self, role: Role, model: &str, (clean, robust): (u64, u64)) -> Donor {
        let robust = self.attacked.then(|| of(robust));
        Donor {
            role,
            model: model.to_owned(),
            clean: of(clean),
            robust,
            also: None,
            attacks: Vec::new(),
            change: None,
            badges: Vec::new(),
        }
    }

    fn cell(&self, tap: usize, seed: u64) -> Cell {
        let way = (tap as f64 + 0.5) / self.taps.len() as f64;
        let jitter = ((tap as u64 * 7 + seed * 13) % 11) as f64 - 5.0;
        let mix = |from: u64, to: u64| from as f64 * way + to as f64 * (1.0 - way);
        let best = mix(self.donors[0].0, self.donors[1].0);
        let trained = best - 30.0 - 60.0 * (way * 3.1).sin() + jitter * 3.0;
        let direct = best - 90.0 - 420.0 * (way * 3.1).sin().powi(2);
        let robust = mix(self.donors[0].1, self.donors[1].1) * (0.35 + 0.6 * way) + jitter * 4.0;
        Cell {
            front_tap: self.taps[tap].clone(),
            end_tap: self.taps[tap].clone(),
            seed,
            stitch: StitchSummary {
                form: "conv1x1".to_owned(),
                init: "direct".to_owned(),
                train: "task".to_owned(),
                kept: None,
            },
            clean: of(trained as u64),
            robust: self.attacked.then(|| of(robust as u64)),
            also: None,
            attacks: Vec::new(),
            change: None,
            transfer: None,
            agreement: Agreement { same: (trained * 0.97) as u64, total: IMAGES },
            direct: Direct {
                clean: of(direct as u64),
                robust: self.attacked.then(|| of((robust * 0.6) as u64)),
                residual: 0.3 + 0.3 * way,
                condition: 1e3,
                ood: None,
            },
            cka: 0.93 - 0.5 * (way * 2.6).sin().powi(2),
            cka_unbiased: 0.92 - 0.5 * (way * 2.6).sin().powi(2),
            similarity: None,
            not_computed: Vec::new(),
            against_front: None,
            ood: None,
            shift: None,
            ranks: Vec::new(),
            seconds: 12.0,
            badges: Vec::new(),
            flags: Vec::new(),
        }
    }
}

fn of(correct: u64) -> Counts {
    Counts { correct: correct.min(IMAGES), total: IMAGES }
}
