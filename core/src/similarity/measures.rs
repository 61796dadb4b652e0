//! What to know of a measure of likeness before reading it: which value means *the same*, which direction is *closer*, and why there may
//! be no value at all.

use serde::{Deserialize, Serialize};

use super::cka::{Cka, cka};
use super::gram::{PairSums, SelfSums};
use super::linear::{Likeness, likeness};

/// Channels up to which likenesses beyond CKA are decomposed from the sums; wider taps would take minutes per pair.
pub(crate) const WIDEST: usize = 1024;
/// A tap whose variance is a smaller share of its mean square than this does not vary: what is left is rounding.
const STILL: f64 = 1e-12;
/// Rows that the unbiased estimate divides by the number of less three.
const LEAST: usize = 4;

/// Which way a measure goes when signals become more alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closer {
    /// It is a similarity.
    Higher,
    /// It is a distance.
    Lower,
}

/// A measure of likeness between two taps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// The field of the report that holds it.
    pub name: &'static str,
    /// As people write it.
    pub title: &'static str,
    /// Its value between a signal and itself.
    pub same: f64,
    /// Its direction.
    pub closer: Closer,
}

/// All that a study measures between its taps; the last one is of the least-squares stitch, on the images that it was fitted on.
pub const MEASURES: [Measure; 10] = [
    Measure::new("cka", "CKA", 1.0, Closer::Higher),
    Measure::new("cka_unbiased", "CKA, unbiased", 1.0, Closer::Higher),
    Measure::new("cca", "CCA", 1.0, Closer::Higher),
    Measure::new("cca_squared", "CCA, squared", 1.0, Closer::Higher),
    Measure::new("svcca", "SVCCA", 1.0, Closer::Higher),
    Measure::new("pwcca", "PWCCA", 1.0, Closer::Higher),
    Measure::new("procrustes", "Procrustes", 0.0, Closer::Lower),
    Measure::new("r2", "R2", 1.0, Closer::Higher),
    Measure::new("relative_l2", "relative L2", 0.0, Closer::Lower),
    Measure::new("residual", "residual of the fit", 0.0, Closer::Lower),
];

impl Measure {
    const fn new(name: &'static str, title: &'static str, same: f64, closer: Closer) -> Self {
        Self { name, title, same, closer }
    }

    /// `1 = same, higher is closer`.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{} = same, {} is closer", self.same, self.closer.word())
    }
}

impl Closer {
    /// `higher` or `lower`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }

    /// A value turned so that higher is closer.
    #[must_use]
    pub(crate) fn closeness(self, value: f64) -> f64 {
        match self {
            Self::Higher => value,
            Self::Lower => -value,
        }
    }
}

/// What measures of a pair of taps stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// Examples: images times positions.
    pub rows: usize,
    /// Channels of front and end.
    pub channels: [usize; 2],
    /// Whether front and end are the same at every row.
    pub still: [bool; 2],
    /// Whether the end is zero at every row.
    pub empty: bool,
    /// Whether all sums are numbers.
    pub finite: bool,
    /// Directions in which front and end vary, and those that hold 99 % of each side's variance; absent where they were not decomposed.
    pub directions: Option<[[usize; 2]; 2]>,
}

/// How alike a pair of taps is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Alike {
    /// Linear CKA.
    pub cka: Cka,
    /// Further likenesses, where the taps are not too wide for them.
    pub likeness: Option<Likeness>,
    /// What decides which of them have a value.
    pub grounds: Grounds,
}

/// All measures of a pair of taps. One that has no value is NaN; a report says why (`not_computed`).
#[must_use]
pub fn compared(pair: PairSums<'_>) -> Alike {
    let channels = [pair.a.sum.len(), pair.b.sum.len()];
    let likeness = if channels[0].max(channels[1]) <= WIDEST { likeness(pair).ok() } else { None };
    let sums = [pair.a, pair.b].map(|side| Spread::of(side, pair.rows));
    let finite = sums.iter().all(|side| side.square.is_finite() && side.variance.is_finite());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
    let grounds = Grounds {
        rows: pair.rows as usize,
        channels,
        still: [&sums[0], &sums[1]].map(Spread::still),
        empty: sums[1].square <= 0.0,
        finite,
        directions: likeness.map(|found| [found.directions, found.leading]),
    };
    let mut alike = Alike { cka: cka(pair), likeness, grounds };
    alike.withhold();
    alike
}

/// Mean square and variance of a side, times rows.
struct Spread {
    square: f64,
    variance: f64,
}

impl Spread {
    fn of(sums: &SelfSums, rows: f64) -> Self {
        let square: f64 = sums.gram.iter().step_by(sums.sum.len() + 1).sum();
        let mean: f64 = sums.sum.iter().map(|s| s * s).sum::<f64>() / rows;
        Self { square, variance: square - mean }
    }

    fn still(&self) -> bool {
        self.variance <= STILL * self.square
    }
}

impl Alike {
    /// A measure by its name in [`MEASURES`]; `None` where it has no value or is not one of two signals.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        let of = |read: fn(&Likeness) -> f64| self.likeness.as_ref().map(read);
        let value = match name {
            "cka" => Some(self.cka.biased),
            "cka_unbiased" => Some(self.cka.unbiased),
            "cca" => of(|l| l.cca),
            "cca_squared" => of(|l| l.cca_squared),
            "svcca" => of(|l| l.svcca),
            "pwcca" => of(|l| l.pwcca),
            "procrustes" => of(|l| l.procrustes),
            "r2" => of(|l| l.r2),
            "relative_l2" => self.likeness.as_ref().and_then(|l| l.relative_l2),
            _ => None,
        };
        value.filter(|value| value.is_finite())
    }

    /// Why a measure has no value, in words; `None` where it has one or is not one of two signals.
    #[must_use]
    pub(crate) fn why_not(&self, name: &str) -> Option<String> {
        if name == "residual" || self.value(name).is_some() {
            return None;
        }
        let none = || "its quotient has no value on these images: take more of them".to_owned();
        Some(self.grounds.why_not(name).unwrap_or_else(none))
    }

    /// Takes away what its grounds cannot carry, such as correlations that are 1 whatever the signals.
    fn withhold(&mut self) {
        let grounds = self.grounds;
        let clear = |name: &str, value: &mut f64| {
            if grounds.why_not(name).is_some() {
                *value = f64::NAN;
            }
        };
        clear("cka", &mut self.cka.biased);
        clear("cka_unbiased", &mut self.cka.unbiased);
        let Some(found) = &mut self.likeness else { return };
        clear("cca", &mut found.cca);
        clear("cca_squared", &mut found.cca_squared);
        clear("svcca", &mut found.svcca);
        clear("pwcca", &mut found.pwcca);
        clear("procrustes", &mut found.procrustes);
        clear("r2", &mut found.r2);
        found.relative_l2 = found.relative_l2.filter(|_| grounds.why_not("relative_l2").is_none());
    }
}

impl Grounds {
    /// Why a measure cannot have a value that says something.
    fn why_not(&self, name: &str) -> Option<String> {
        if !self.finite {
            return Some(
                "the activations hold values that are not finite numbers: check networks and images".to_owned(),
            );
        }
        let [front, end] = self.channels;
        if name == "relative_l2" {
            let unequal = (front != end)
                .then(|| format!("the taps have {front} and {end} channels, which cannot be compared one by one"));
            return unequal.or_else(|| self.undecomposed()).or_else(|| {
                self.empty.then(|| "the end's signal is zero on every image, and it is relative to that".to_owned())
            });
        }
        if let Some(side) = self.still.iter().position(|still| *still) {
            let side = ["front", "end"][side];
            return Some(format!("the {side}'s signal is the same on every image, so there is nothing to be alike"));
        }
        match name {
            "cka" => None,
            "cka_unbiased" => (self.rows < LEAST).then(|| {
                format!("{} examples, and the unbiased estimate needs {LEAST} or more: take more images", self.rows)
            }),
            _ => self.undecomposed().or_else(|| self.few(name)),
        }
    }

    fn undecomposed(&self) -> Option<String> {
        let [front, end] = self.channels;
        match self.directions {
            Some(_) => None,
            None if front.max(end) > WIDEST => Some(format!(
                "the taps have {front} and {end} channels, and wider ones than {WIDEST} are not decomposed"
            )),
            None => Some("the sums over the activations could not be decomposed: check networks and images".to_owned()),
        }
    }

    /// Centred rows have one direction fewer than there are rows: a side that has them all explains everything.
    fn few(&self, name: &str) -> Option<String> {
        let [all, leading] = self.directions?;
        let most = match name {
            "cca" | "cca_squared" | "pwcca" => all[0].max(all[1]),
            "svcca" => leading[0].max(leading[1]),
            "r2" => all[0],
            _ => return None,
        };
        (most + 1 >= self.rows).then(|| {
            format!(
                "{} examples for {most} directions: with so few it is 1 whatever the signals are, take more images",
                self.rows
            )
        })
    }
}
