//! Golden values from SciPy and NumPy (`golden/make.py`).

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    name: String,
    networks: usize,
    seed: u64,
    resamples: u32,
    pairs: Vec<(usize, usize)>,
    x: Vec<f64>,
    y: Vec<f64>,
    kendall: Expected,
    spearman: Expected,
    repetitions: Vec<Vec<f64>>,
    over_networks: Between,
    over_seeds: Between,
}

#[derive(Deserialize)]
struct Between {
    low: f64,
    high: f64,
    resamples: usize,
}

#[derive(Deserialize)]
struct Expected {
    value: f64,
    low: f64,
    high: f64,
    resamples: usize,
}

#[test]
fn correlations_and_their_intervals_are_scipys() {
    let golden: Vec<Golden> = serde_json::from_str(include_str!("golden/values.json")).unwrap();
    assert_eq!(golden.len(), 3);
    for case in &golden {
        let draws = Bootstrap { seed: case.seed, resamples: case.resamples };
        let pairs: Vec<_> = case.pairs.iter().copied().zip(case.repetitions.iter().map(Vec::as_slice)).collect();
        for (networks, expected) in [(Some(case.networks), &case.over_networks), (None, &case.over_seeds)] {
            let found = draws.nested(&pairs, networks).unwrap();
            let close = (found.low - expected.low).abs() < 1e-9 && (found.high - expected.high).abs() < 1e-9;
            assert!(close && found.resamples == expected.resamples, "{}: {found:?}", case.name);
        }
    }
    for case in golden {
        let draws = Bootstrap { seed: case.seed, resamples: case.resamples };
        type Correlation = fn(&[f64], &[f64]) -> Option<f64>;
        for (of, expected) in [(kendall as Correlation, case.kendall), (spearman, case.spearman)] {
            let value = of(&case.x, &case.y).unwrap();
            let mut chosen = |places: &[usize]| {
                let pick = |all: &[f64]| places.iter().map(|at| all[*at]).collect::<Vec<_>>();
                of(&pick(&case.x), &pick(&case.y))
            };
            let found = draws.by_network(&case.pairs, case.networks, &mut chosen).unwrap();
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(close(value, expected.value), "{}: {value} {}", case.name, expected.value);
            assert!(close(found.low, expected.low) && close(found.high, expected.high), "{}: {found:?}", case.name);
            assert_eq!(found.resamples, expected.resamples, "{}", case.name);
        }
    }
}
