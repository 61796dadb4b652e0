//! How a front's activations come to stand where the end's stand: resized, as tokens, as a map, or flattened.
//!
//! A stitch mixes channels at every position alike, so positions are brought together around it. Every change of positions here
//! weighs them with shares that sum to one, so it commutes with the stitch: before or after it, the two make the same map, and
//! direct matching solves both exactly on changed front activations.

mod places;

use serde::{Deserialize, Serialize};

use places::{Grid, moved};

use super::{Form, FormError};
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::ops::stitch::channel_axis;
use crate::tensor::{Dim, TensorType, show_shape};

/// Most features on a side of a dense stitch: its sums hold their square in f64, 128 MiB.
pub(crate) const MOST_DENSE: usize = 4096;

/// How positions between others are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Interpolation {
    /// Between the four neighbours, centres of pixels matching (PyTorch's `bilinear`, `align_corners` false).
    Bilinear,
    /// The pixel before (PyTorch's `nearest`).
    Nearest,
}

/// What a recipe asks of the stitch between two taps.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The form's word; `auto` takes what fits.
    pub form: &'a str,
    /// How unequal sizes are brought together; `None` refuses them.
    pub resize: Option<Interpolation>,
    /// Whether positions change after the stitch instead of before.
    pub late: bool,
    /// Rows and columns of the networks' images, which tell how tokens lie.
    pub image: [usize; 2],
}

/// What joins two taps beside the numbers of the stitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Joint {
    /// The shape of the linear map.
    pub form: Form,
    change: Option<Change>,
    late: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Change {
    /// Positions of `from` become those of `to`.
    Positions { from: Grid, to: Grid, by: Interpolation },
    /// All elements become one row of features, and such a row the end's sizes, the last ones filled up with 0.
    Flat([usize; 3]),
}

impl Joint {
    /// Nothing but the linear map.
    #[must_use]
    pub const fn plain(form: Form) -> Self {
        Self { form, change: None, late: false }
    }

    /// What joins two taps as the recipe asks. `end_taps` are the candidates that an error may recommend.
    ///
    /// # Errors
    /// [`FormError`] naming both taps and what would fit.
    pub fn between(
        asked: Asked<'_>,
        front: (&str, &TensorType),
        end: (&str, &TensorType),
        end_taps: &[(&str, &TensorType)],
    ) -> Result<Self, FormError> {
        let form = Form::of(front.0, front.1)?;
        Form::of(end.0, end.1)?;
        if asked.form == Form::Dense.word() {
            return dense(front, end);
        }
        let joint = if same_positions(front.1, end.1) {
            Self::plain(form)
        } else {
            let grids = Grid::of(front.1, asked.image).zip(Grid::of(end.1, asked.image));
            let form = match (front.1.rank(), end.1.rank()) {
                (4, 3) => Form::ConvToTokens,
                (3, 4) => Form::TokensToConv,
                _ => form,
            };
            let resized = |(from, to): (Grid, Grid)| {
                // Without a change of size no pixel lies between others.
                let by = if from.size == to.size { Some(Interpolation::Nearest) } else { asked.resize }?;
                Some(Self { form, change: Some(Change::Positions { from, to, by }), late: asked.late })
            };
            grids.and_then(resized).ok_or_else(|| spatial(asked, front, end, end_taps))?
        };
        if asked.form == "auto" || asked.form == joint.form.word() {
            return Ok(joint);
        }
        let named = |(tap, ty): (&str, &TensorType)| format!("`{tap}` {}", show_shape(&ty.shape));
        let taps = format!("{} and {}", named(front), named(end));
        Err(FormError::Asked { asked: asked.form.to_owned(), taps, fitting: joint.form.word() })
    }

    /// Whether the stitch is not alone between the halves: its input or its output has other positions than the taps.
    #[must_use]
    pub const fn changes(self) -> bool {
        self.change.is_some()
    }

    /// Whether what the stitch gives is not yet the end's activation.
    #[must_use]
    pub const fn leaves(self) -> bool {
        matches!((self.change, self.late), (Some(Change::Flat(_)), _) | (Some(_), true))
    }

    /// Channels that the stitch gives and takes between these taps.
    #[must_use]
    pub fn channels(self, front: &TensorType, end: &TensorType) -> (usize, usize) {
        let of = |ty: &TensorType| match self.change {
            Some(Change::Flat(_)) => features(ty),
            _ => ty.shape[channel_axis(ty.rank())].known().unwrap_or(1),
        };
        (of(end), of(front))
    }

    /// What makes the stitch's own input: of joints that make it alike from a tap, the same.
    #[must_use]
    pub const fn entry(self) -> Self {
        if self.late { Self::plain(self.form) } else { self }
    }

    /// What makes the rows that direct matching and CKA see: every change of positions is before the stitch.
    #[must_use]
    pub const fn early(self) -> Self {
        Self { late: false, ..self }
    }

    /// Whether both sides are rows of all their elements.
    #[must_use]
    pub const fn flat(self) -> bool {
        matches!(self.change, Some(Change::Flat(_)))
    }

    /// The stitch's input from the front's activation.
    ///
    /// # Errors
    /// [`GraphError`] when the activation is another than the joint was made for.
    pub fn enter(self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
        match self.change {
            Some(Change::Flat(_)) => flattened(b, x),
            Some(Change::Positions { from, to, by }) if !self.late => moved(b, x, (from, to), by),
            _ => Ok(x),
        }
    }

    /// The end's activation from what the stitch gives.
    ///
    /// # Errors
    /// [`GraphError`] when it is another than the joint was made for.
    pub fn leave(self, b: &mut Builder, y: ValueId) -> Result<ValueId, GraphError> {
        match self.change {
            Some(Change::Flat(sizes)) => {
                let sizes = sizes.into_iter().filter(|size| *size > 0).map(Dim::fixed);
                let shape: Vec<Dim> = [b.ty(y).shape[0]].into_iter().chain(sizes).collect();
                b.reshape(y, &shape)
            }
            Some(Change::Positions { from, to, by }) if self.late => moved(b, y, (from, to), by),
            _ => Ok(y),
        }
    }

    /// The end's own activation as the stitch of direct matching would give it.
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub fn wanted(self, b: &mut Builder, g: ValueId) -> Result<ValueId, GraphError> {
        if self.flat() { flattened(b, g) } else { Ok(g) }
    }

    /// The front's half up to the stitch's input.
    ///
    /// # Errors
    /// [`GraphError`] when the half ends at another tap.
    pub(crate) fn entering(self, front: &Graph) -> Result<Graph, GraphError> {
        let mut b = Builder::new();
        let inputs = declared(&mut b, front, front.inputs());
        let found = inline(&mut b, front, &inputs)?;
        for (index, (output, value)) in front.outputs().iter().zip(found).enumerate() {
            let value = if index == 0 { self.enter(&mut b, value)? } else { value };
            b.output(&output.name, value);
        }
        Ok(b.finish())
    }

    /// The end's half from what the stitch gives, `given` being its type. With `own` the end's activation at the tap comes first.
    ///
    /// # Errors
    /// [`GraphError`] when the half begins at another tap.
    pub(crate) fn leaving(self, end: &Graph, given: &TensorType, own: bool) -> Result<Graph, GraphError> {
        let mut b = Builder::new();
        let Some((tap, rest)) = end.inputs().split_first() else { return Ok(end.clone()) };
        let stitched = b.input(&end.value(*tap).name, given.clone());
        let mut inputs = vec![self.leave(&mut b, stitched)?];
        inputs.extend(declared(&mut b, end, rest));
        if own {
            b.output("tap", inputs[0]);
        }
        let found = inline(&mut b, end, &inputs)?;
        for (output, value) in end.outputs().iter().zip(found) {
            b.output(&output.name, value);
        }
        Ok(b.finish())
    }

    /// The type of what the stitch gives, from its input's and the number of channels it gives.
    #[must_use]
    pub fn given(entered: &TensorType, out: usize) -> TensorType {
        let mut ty = entered.clone();
        ty.shape[channel_axis(entered.rank())] = out.into();
        ty
    }
}

fn declared(b: &mut Builder, graph: &Graph, inputs: &[ValueId]) -> Vec<ValueId> {
    inputs.iter().map(|input| b.input(&graph.value(*input).name, graph.ty(*input).clone())).collect()
}

/// A dense stitch, if it is not too large.
fn dense(front: (&str, &TensorType), end: (&str, &TensorType)) -> Result<Joint, FormError> {
    for (tap, ty) in [front, end] {
        if features(ty) > MOST_DENSE || ty.shape.first() != Some(&Dim::BATCH) {
            return Err(FormError::Large {
                tap: tap.to_owned(),
                shape: show_shape(&ty.shape),
                features: features(ty),
                most: MOST_DENSE,
            });
        }
    }
    let mut sizes = [0; 3];
    sizes.iter_mut().zip(&end.1.at(1)[1..]).for_each(|(kept, size)| *kept = *size);
    Ok(Joint { form: Form::Dense, change: Some(Change::Flat(sizes)), late: false })
}

/// Elements per image.
fn features(ty: &TensorType) -> usize {
    ty.at(1).iter().skip(1).product()
}

/// Whether two activations agree in everything but their channels.
fn same_positions(a: &TensorType, b: &TensorType) -> bool {
    let axis = channel_axis(a.rank());
    a.rank() == b.rank() && (0..a.rank()).all(|i| i == axis || a.shape[i] == b.shape[i])
}

fn spatial(
    asked: Asked<'_>,
    front: (&str, &TensorType),
    end: (&str, &TensorType),
    end_taps: &[(&str, &TensorType)],
) -> FormError {
    let fits: Vec<&str> =
        end_taps.iter().filter(|(_, ty)| same_positions(front.1, ty)).map(|(name, _)| *name).collect();
    let fitting = if fits.is_empty() {
        "no tap of the end fits this front tap".to_owned()
    } else {
        format!("at this front tap fit: {}", fits.join(", "))
    };
    let planes = [front.1, end.1].iter().all(|ty| Grid::of(ty, asked.image).is_some());
    let remedy = if planes { "resize = \"bilinear\"" } else { "form = \"dense\"" };
    FormError::Spatial {
        front: front.0.to_owned(),
        front_shape: show_shape(&front.1.shape),
        end: end.0.to_owned(),
        end_shape: show_shape(&end.1.shape),
        fitting: format!("{fitting}; or write {remedy} in [stitch]"),
    }
}

/// [N, ...] as [N, features].
fn flattened(b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
    let ty = b.ty(x).clone();
    b.reshape(x, &[ty.shape[0], Dim::fixed(features(&ty))])
}

#[cfg(test)]
mod tests;
