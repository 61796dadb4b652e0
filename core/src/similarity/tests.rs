//! Golden values from NumPy (`golden/make.py`), and what must not change a measure.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::random::{Purpose, Stream};
use crate::tensor::Tolerance;

type Rows = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Golden {
    name: String,
    a: Rows,
    b: Rows,
    cka_biased: f64,
    cka_unbiased: f64,
    cka_minibatch: f64,
    cka_gaussian: f64,
    cka_gaussian_minibatch: f64,
    cca: f64,
    cca_squared: f64,
    svcca: f64,
    pwcca: f64,
    procrustes: f64,
    r2: f64,
    relative_l2: Option<f64>,
    rsa_pearson: f64,
    rsa_spearman: f64,
    overlap: f64,
}

/// The sums that a pass over these rows would leave.
fn sums(a: &Rows, b: &Rows) -> (SelfSums, SelfSums, CrossSums) {
    let norms = |r: &Rows| r.iter().map(|x| x.iter().map(|v| v * v).sum()).collect::<Vec<f64>>();
    let (na, nb) = (norms(a), norms(b));
    let gram = |x: &Rows, y: &Rows| -> Vec<f64> {
        let cell = |i: usize, j: usize| x.iter().zip(y).map(|(r, s)| r[i] * s[j]).sum();
        (0..x[0].len()).flat_map(|i| (0..y[0].len()).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).collect()
    };
    let by = |x: &Rows, n: &[f64]| -> Vec<f64> {
        (0..x[0].len()).map(|i| x.iter().zip(n).map(|(r, n)| r[i] * n).sum()).collect()
    };
    let own = |x: &Rows, n: &[f64]| SelfSums {
        sum: by(x, &vec![1.0; x.len()]),
        gram: gram(x, x),
        fourth: n.iter().map(|v| v * v).sum(),
        by_norm: by(x, n),
    };
    let across = na.iter().zip(&nb).map(|(x, y)| x * y).sum();
    let cross = CrossSums { gram: gram(a, b), norms: across, a_by_b: by(a, &nb), b_by_a: by(b, &na) };
    (own(a, &na), own(b, &nb), cross)
}

fn of(a: &Rows, b: &Rows) -> (Likeness, Cka) {
    let (sa, sb, sab) = sums(a, b);
    let pair = PairSums { rows: a.len() as f64, a: &sa, b: &sb, cross: &sab };
    (likeness(pair).unwrap(), cka(pair))
}

fn flat(rows: &[Vec<f64>]) -> Vec<f64> {
    rows.concat()
}

/// CKA over batches of `rows`, all of them or halves.
fn batched(kernel: Kernel, a: &Rows, b: &Rows, halves: bool, unbiased: bool) -> f64 {
    let mut hsic = Hsic::default();
    let size = if halves { a.len() / 2 } else { a.len() };
    for (x, y) in a.chunks(size).zip(b.chunks(size)) {
        let (vx, vy) = (flat(x), flat(y));
        let (x, y) = (Examples { values: &vx, channels: x[0].len() }, Examples { values: &vy, channels: y[0].len() });
        if unbiased { hsic.add_unbiased(kernel, x, y) } else { hsic.add_biased(kernel, x, y) }
    }
    hsic.cka()
}

fn compared(a: &Rows, b: &Rows) -> [f64; 3] {
    let (va, vb) = (flat(a), flat(b));
    let (x, y) = (Examples { values: &va, channels: a[0].len() }, Examples { values: &vb, channels: b[0].len() });
    [rsa(x, y, Comparison::Pearson), rsa(x, y, Comparison::Spearman), neighbour_overlap(x, y, 4)]
}

#[test]
fn measures_have_their_golden_values() {
    let golden: Vec<Golden> = serde_json::from_str(include_str!("golden/values.json")).unwrap();
    assert_eq!(golden.len(), 5);
    for case in golden {
        let (a, b) = (&case.a, &case.b);
        let (found, alike) = of(a, b);
        let gaussian = Kernel::Gaussian(0.5);
        let compared = compared(a, b);
        let pairs = [
            ("CKA", alike.biased, case.cka_biased),
            ("unbiased CKA", alike.unbiased, case.cka_unbiased),
            ("CKA by kernels", batched(Kernel::Linear, a, b, false, false), case.cka_biased),
            ("unbiased CKA by kernels", batched(Kernel::Linear, a, b, false, true), case.cka_unbiased),
            ("minibatch CKA", batched(Kernel::Linear, a, b, true, true), case.cka_minibatch),
            ("Gaussian CKA", batched(gaussian, a, b, false, false), case.cka_gaussian),
            ("Gaussian minibatch CKA", batched(gaussian, a, b, true, true), case.cka_gaussian_minibatch),
            ("CCA", found.cca, case.cca),
            ("CCA squared", found.cca_squared, case.cca_squared),
            ("SVCCA", found.svcca, case.svcca),
            ("PWCCA", found.pwcca, case.pwcca),
            ("Procrustes", found.procrustes, case.procrustes),
            ("R2", found.r2, case.r2),
            ("relative L2", found.relative_l2.unwrap_or(-1.0), case.relative_l2.unwrap_or(-1.0)),
            ("RSA", compared[0], case.rsa_pearson),
            ("RSA of ranks", compared[1], case.rsa_spearman),
            ("neighbours", compared[2], case.overlap),
        ];
        for (what, found, expected) in pairs {
            let close = Tolerance::Double.accepts(&[found], &[expected]);
            assert!(close, "{}: {what} is {found}, NumPy has {expected}", case.name);
        }
    }
}

fn random(rows: usize, channels: usize, seed: u64) -> Rows {
    let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
    (0..rows).map(|_| (0..channels).map(|_| f64::from(stream.gaussian_f32())).collect()).collect()
}

fn mapped(a: &Rows, m: &Rows, scale: f64, shift: f64) -> Rows {
    let cell = |r: &[f64], j: usize| shift + scale * r.iter().zip(m).map(|(x, row)| x * row[j]).sum::<f64>();
    a.iter().map(|r| (0..m[0].len()).map(|j| cell(r, j)).collect()).collect()
}

/// Orthonormal rows by Gram-Schmidt.
fn rotation(channels: usize, seed: u64) -> Rows {
    let mut rows: Rows = Vec::new();
    for mut row in random(channels, channels, seed) {
        for other in &rows {
            let along: f64 = row.iter().zip(other).map(|(x, y)| x * y).sum();
            row.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
        }
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        rows.push(row.iter().map(|x| x / length).collect());
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rotations_scales_and_shifts_change_nothing_that_they_should_not(
        seed in 0u64..1000, scale in 0.1f64..10.0, shift in -3.0f64..3.0,
    ) {
        let (a, b) = (random(30, 4, seed), mapped(&random(30, 4, seed), &random(4, 4, seed + 1), 1.0, 0.5));
        let noise = random(30, 4, seed + 2);
        let b: Rows = b.iter().zip(&noise).map(|(r, n)| r.iter().zip(n).map(|(x, e)| x + e).collect()).collect();
        let turned = mapped(&a, &rotation(4, seed + 3), scale, shift);
        let ((plain, alike), (after, still)) = (of(&a, &b), of(&turned, &b));
        let both = |l: Likeness, c: Cka| [l.cca, l.cca_squared, l.svcca, l.procrustes, l.r2, c.biased, c.unbiased];
        prop_assert!(Tolerance::Gradient.accepts(&both(after, still), &both(plain, alike)), "{after:?} {plain:?}");
        let gaussian = |x: &Rows| batched(Kernel::Gaussian(0.5), x, &b, false, true);
        prop_assert!(Tolerance::Gradient.accepts(&[gaussian(&turned)], &[gaussian(&a)]));
        prop_assert!(compared(&turned, &b)[2].to_bits() == compared(&a, &b)[2].to_bits());
        // CCA and R2 do not see any invertible map of the front.
        let (bent, _) = of(&mapped(&a, &random(4, 4, seed + 4), 1.0, 0.0), &b);
        prop_assert!(Tolerance::Gradient.accepts(&[bent.cca, bent.r2], &[plain.cca, plain.r2]));
        prop_assert!((0.0..=2.0).contains(&plain.procrustes) && plain.cca <= 1.0 && plain.pwcca <= 1.0);
    }

    #[test]
    fn a_signal_is_fully_like_itself(seed in 0u64..1000) {
        let a = random(25, 5, seed);
        let (own, alike) = of(&a, &a);
        let ones = [own.cca, own.cca_squared, own.svcca, own.pwcca, own.r2, alike.biased, alike.unbiased];
        prop_assert!(Tolerance::Gradient.accepts(&ones, &[1.0; 7]), "{own:?}");
        prop_assert!(own.procrustes < 1e-9 && own.relative_l2 == Some(0.0), "{own:?}");
        prop_assert!(Tolerance::Double.accepts(&compared(&a, &a), &[1.0; 3]));
        // PWCCA of a linear image is 1, too.
        let (bent, _) = of(&a, &mapped(&a, &random(5, 5, seed + 1), 1.0, 2.0));
        prop_assert!(Tolerance::Gradient.accepts(&[bent.pwcca, bent.r2], &[1.0; 2]), "{bent:?}");
    }
}

#[test]
fn dead_channels_and_constants_end_in_numbers_or_nan() {
    let mut a = random(20, 3, 1);
    a.iter_mut().for_each(|r| r[1] = 0.25);
    let (found, _) = of(&a, &random(20, 2, 2));
    assert!(found.cca.is_finite() && found.r2.is_finite() && found.relative_l2.is_none());
    let still = vec![vec![1.0; 2]; 20];
    let nothing = of(&still, &a).0;
    assert!(nothing.cca.is_nan() && nothing.procrustes.is_nan(), "{nothing:?}");
}

fn alike(a: &Rows, b: &Rows) -> Alike {
    let (sa, sb, sab) = sums(a, b);
    super::compared(PairSums { rows: a.len() as f64, a: &sa, b: &sb, cross: &sab })
}

fn of_signals() -> impl Iterator<Item = &'static Measure> {
    MEASURES.iter().filter(|measure| measure.name != "residual")
}

/// A signal and itself have each measure's value for `same`; noise moves every one away from it, in the direction that it says.
#[test]
fn measures_keep_what_they_say_of_themselves() {
    let a = random(60, 5, 3);
    let noisy = |share: f64| -> Rows {
        let noise = random(60, 5, 4);
        a.iter().zip(&noise).map(|(r, n)| r.iter().zip(n).map(|(x, e)| x + share * e).collect()).collect()
    };
    let (own, near, far) = (alike(&a, &a), alike(&a, &noisy(0.3)), alike(&a, &noisy(2.0)));
    for measure in of_signals() {
        let value = |of: &Alike| of.value(measure.name).unwrap();
        assert!((value(&own) - measure.same).abs() < 1e-9, "{}: {}", measure.name, value(&own));
        let closeness = [&own, &near, &far].map(|of| measure.closer.closeness(value(of)));
        assert!(closeness[0] > closeness[1] && closeness[1] > closeness[2], "{}: {closeness:?}", measure.name);
        assert_eq!(own.why_not(measure), None);
    }
    assert_eq!(MEASURES[0].told(), "1 = same, higher is closer");
    assert_eq!(MEASURES[6].told(), "0 = same, lower is closer");
}

/// Whatever cannot be computed has a reason, and whatever has a reason has no value.
#[test]
fn what_cannot_be_computed_says_why() {
    let (a, b) = (random(20, 3, 1), random(20, 3, 2));
    let still = vec![vec![1.0, -3.0, 0.5]; 20];
    let why = |x: &Rows, y: &Rows, name: &str| {
        let found = alike(x, y);
        let why = found.why_not(Measure::named(name).unwrap());
        assert_eq!(why.is_some(), found.value(name).is_none(), "{name}");
        why.unwrap_or_default()
    };
    for measure in of_signals().filter(|measure| measure.name != "relative_l2") {
        assert!(why(&still, &b, measure.name).starts_with("the front's signal is the same"), "{}", measure.name);
        assert!(why(&a, &still, measure.name).starts_with("the end's signal is the same"), "{}", measure.name);
    }
    assert_eq!(why(&still, &b, "relative_l2"), "");
    assert!(why(&a, &random(20, 2, 5), "relative_l2").contains("3 and 2 channels"));
    assert!(why(&a, &vec![vec![0.0; 3]; 20], "relative_l2").contains("zero on every image"));
    // Five examples span four directions, all of them on a side of four channels or more.
    let (wide, narrow) = (random(5, 6, 7), random(5, 2, 8));
    for name in ["cca", "cca_squared", "pwcca", "r2"] {
        assert!(why(&wide, &narrow, name).starts_with("5 examples for 4 directions"), "{name}");
    }
    // SVCCA is about the directions that it keeps: here both of two, above three of four.
    assert_eq!(why(&wide, &narrow, "svcca"), "");
    assert!(why(&random(3, 6, 11), &narrow[..3].to_vec(), "svcca").starts_with("3 examples for 2 directions"));
    assert_eq!([why(&narrow, &wide, "r2"), why(&wide, &narrow, "procrustes")], ["", ""]);
    assert!(why(&narrow, &wide, "cca").starts_with("5 examples"));
    assert!(why(&random(3, 1, 9), &random(3, 1, 10), "cka_unbiased").starts_with("3 examples"));
    let mut broken = a.clone();
    broken[3][1] = f64::INFINITY;
    assert!(of_signals().all(|measure| why(&broken, &b, measure.name).contains("not finite numbers")));
}
