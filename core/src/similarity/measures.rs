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
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// The field of the report that holds it.
    pub name: &'static str,
    /// As people write it.
    pub title: &'static str,
    /// Its value between a signal and itself.
    pub same: f64,
    /// Its direction.
    pub closer: Closer,
    /// Where a report keeps it.
    pub place: Place,
    /// What it needs of the signals to say something.
    needs: Needs,
    /// Its value, where what it needs is there.
    of: fn(&Alike) -> Option<f64>,
}

/// Where a report keeps a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A field of the cell by itself.
    Cell,
    /// A field of the cell's `similarity`.
    Similarity,
    /// A field of `direct`: it is of the least-squares stitch, on the images that it was fitted on.
    Direct,
}

/// What a measure needs of a pair of signals. All but those of stitches need finite sums, and all but the last need signals that vary.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// Nothing of the signals themselves.
    Nothing,
    /// At least so many examples.
    Rows(usize),
    /// Decomposed sums, and more examples than this number of the directions in which front and end vary, and of those that hold 99 % of the
    /// variance; none where any number will do.
    Directions(Option<Taken>),
    /// Decomposed sums, the same channels on both sides, and an end that is not zero.
    SameChannels,
}

/// Directions that a measure takes, given those in which front and end vary, and the leading ones.
type Taken = fn([usize; 2], [usize; 2]) -> usize;

/// All that a study measures between its taps, a line each: reports, tables and `foretell` go by this list.
pub const MEASURES: [Measure; 10] = [
    Measure {
        place: Place::Cell,
        ..Measure::new("cka", "CKA", 1.0, Closer::Higher, Needs::Rows(0), |a| Some(a.cka.biased))
    },
    Measure {
        place: Place::Cell,
        ..Measure::new("cka_unbiased", "CKA, unbiased", 1.0, Closer::Higher, Needs::Rows(LEAST), |a| {
            Some(a.cka.unbiased)
        })
    },
    Measure::new("cca", "CCA", 1.0, Closer::Higher, Needs::Directions(Some(most)), |a| Some(a.likeness?.cca)),
    Measure::new("cca_squared", "CCA, squared", 1.0, Closer::Higher, Needs::Directions(Some(most)), |a| {
        Some(a.likeness?.cca_squared)
    }),
    Measure::new(
        "svcca",
        "SVCCA",
        1.0,
        Closer::Higher,
        Needs::Directions(Some(|_, leading| most(leading, leading))),
        |a| Some(a.likeness?.svcca),
    ),
    Measure::new("pwcca", "PWCCA", 1.0, Closer::Higher, Needs::Directions(Some(most)), |a| Some(a.likeness?.pwcca)),
    Measure::new("procrustes", "Procrustes", 0.0, Closer::Lower, Needs::Directions(None), |a| {
        Some(a.likeness?.procrustes)
    }),
    Measure::new("r2", "R2", 1.0, Closer::Higher, Needs::Directions(Some(|[front, _], _| front)), |a| {
        Some(a.likeness?.r2)
    }),
    Measure::new("relative_l2", "relative L2", 0.0, Closer::Lower, Needs::SameChannels, |a| a.likeness?.relative_l2),
    Measure {
        place: Place::Direct,
        ..Measure::new("residual", "residual of the fit", 0.0, Closer::Lower, Needs::Nothing, |_| None)
    },
];

/// The directions of the side that has more of them.
const fn most(all: [usize; 2], _leading: [usize; 2]) -> usize {
    if all[0] > all[1] { all[0] } else { all[1] }
}

impl Measure {
    const fn new(
        name: &'static str,
        title: &'static str,
        same: f64,
        closer: Closer,
        needs: Needs,
        of: fn(&Alike) -> Option<f64>,
    ) -> Self {
        Self { name, title, same, closer, place: Place::Similarity, needs, of }
    }

    /// The measure of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| measure.name == name)
    }

    /// Whether only some pairs of taps can have it, whatever the images: a report leaves it out elsewhere.
    #[must_use]
    pub const fn of_some_pairs(&self) -> bool {
        matches!(self.needs, Needs::SameChannels)
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

/// What all measures of a pair of taps are taken from ([`Alike::value`]).
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
    Alike { cka: cka(pair), likeness, grounds }
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
    /// A measure by its name in [`MEASURES`]; `None` where it has no value that says something, or is not one of two signals.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        let measure = Measure::named(name).filter(|measure| self.grounds.lacking(measure.needs).is_none())?;
        (measure.of)(self).filter(|value| value.is_finite())
    }

    /// Why a measure has no value, in words; `None` where it has one or is not one of two signals.
    #[must_use]
    pub(crate) fn why_not(&self, measure: &Measure) -> Option<String> {
        if measure.place == Place::Direct || self.value(measure.name).is_some() {
            return None;
        }
        let none = || "its quotient has no value on these images: take more of them".to_owned();
        Some(self.grounds.lacking(measure.needs).unwrap_or_else(none))
    }
}

impl Grounds {
    /// What is missing for a measure to have a value that says something: correlations may be 1 whatever the signals.
    fn lacking(&self, needs: Needs) -> Option<String> {
        if matches!(needs, Needs::Nothing) {
            return None;
        }
        if !self.finite {
            return Some(
                "the activations hold values that are not finite numbers: check networks and images".to_owned(),
            );
        }
        if matches!(needs, Needs::SameChannels) {
            return self.unequal().or_else(|| self.undecomposed()).or_else(|| {
                self.empty.then(|| "the end's signal is zero on every image, and it is relative to that".to_owned())
            });
        }
        if let Some(side) = self.still.iter().position(|still| *still) {
            let side = ["front", "end"][side];
            return Some(format!("the {side}'s signal is the same on every image, so there is nothing to be alike"));
        }
        match needs {
            Needs::Nothing | Needs::SameChannels => None,
            Needs::Rows(least) => (self.rows < least).then(|| {
                format!("{} examples, and the unbiased estimate needs {least} or more: take more images", self.rows)
            }),
            Needs::Directions(taken) => self.undecomposed().or_else(|| self.few(taken?)),
        }
    }

    fn unequal(&self) -> Option<String> {
        let [front, end] = self.channels;
        (front != end).then(|| format!("the taps have {front} and {end} channels, which cannot be compared one by one"))
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
    fn few(&self, taken: Taken) -> Option<String> {
        let [all, leading] = self.directions?;
        let most = taken(all, leading);
        (most + 1 >= self.rows).then(|| {
            format!(
                "{} examples for {most} directions: with so few it is 1 whatever the signals are, take more images",
                self.rows
            )
        })
    }
}
