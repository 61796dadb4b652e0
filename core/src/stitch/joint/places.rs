//! Where activations lie in the plane, and what brings them from one place to another.

use serde::{Deserialize, Serialize};

use super::Interpolation;
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::resize::Resize;
use crate::tensor::{Dim, TensorType};

/// Positions in the plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Grid {
    /// Rows and columns.
    pub size: [usize; 2],
    /// [N, T, C], row by row, in place of [N, C, H, W].
    pub tokens: bool,
    /// The first token stands for the whole image.
    pub class: bool,
}

impl Grid {
    /// The positions of a tap; `None` where they are no plane.
    pub(super) fn of(ty: &TensorType, image: [usize; 2]) -> Option<Self> {
        if ty.shape.first() != Some(&Dim::BATCH) {
            return None;
        }
        match *ty.at(1).as_slice() {
            [_, _, rows, columns] => Some(Self { size: [rows, columns], tokens: false, class: false }),
            [_, count, _] => {
                let all = plane(count, image).map(|size| (size, false));
                let (size, class) = all.or_else(|| Some((plane(count.checked_sub(1)?, image)?, true)))?;
                Some(Self { size, tokens: true, class })
            }
            _ => None,
        }
    }
}

/// Rows and columns of so many square patches of an image, or of a square.
pub(super) fn plane(count: usize, [rows, columns]: [usize; 2]) -> Option<[usize; 2]> {
    if count == 0 {
        return None;
    }
    let patches = |side: &usize| rows.is_multiple_of(*side) && columns.is_multiple_of(*side);
    let fitting = |side: usize| (rows / side) * (columns / side) == count;
    let side = (1..=rows.min(columns)).filter(patches).find(|side| fitting(*side));
    let square = count.isqrt();
    side.map(|side| [rows / side, columns / side]).or_else(|| (square * square == count).then_some([square, square]))
}

/// Positions of one grid at those of another. Tokens keep their class token where both have one; where only the end has one it is the
/// mean of the patches that went there; where only the front has one it is dropped.
pub(super) fn moved(
    b: &mut Builder,
    x: ValueId,
    (from, to): (Grid, Grid),
    by: Interpolation,
) -> Result<ValueId, GraphError> {
    let patches = from.size[0] * from.size[1];
    let class = if from.class && to.class { Some(b.slice(x, 1, 0, 1)?) } else { None };
    let first = usize::from(from.class);
    let mut tokens = if from.tokens { b.slice(x, 1, first, patches)? } else { x };
    if from.size != to.size || !to.tokens {
        let map = if from.tokens { as_map(b, tokens, from.size)? } else { x };
        let map = if from.size == to.size { map } else { resized(b, map, to.size, by)? };
        if !to.tokens {
            return Ok(map);
        }
        tokens = as_tokens(b, map)?;
    } else if !from.tokens {
        tokens = as_tokens(b, x)?;
    }
    let class = match class {
        None if to.class => Some(b.reduce_mean(tokens, &[1], true)?),
        kept => kept,
    };
    class.map_or(Ok(tokens), |class| b.concat(&[class, tokens], 1))
}

/// [N, T, C] as [N, C, H, W].
fn as_map(b: &mut Builder, tokens: ValueId, size: [usize; 2]) -> Result<ValueId, GraphError> {
    let turned = b.transpose(tokens, &[0, 2, 1])?;
    let shape = b.ty(turned).shape.clone();
    b.reshape(turned, &[shape[0], shape[1], size[0].into(), size[1].into()])
}

/// [N, C, H, W] as [N, T, C].
fn as_tokens(b: &mut Builder, map: ValueId) -> Result<ValueId, GraphError> {
    let ty = b.ty(map).clone();
    let count: usize = ty.at(1)[2..].iter().product();
    let flat = b.reshape(map, &[ty.shape[0], ty.shape[1], Dim::fixed(count)])?;
    b.transpose(flat, &[0, 2, 1])
}

fn resized(b: &mut Builder, map: ValueId, size: [usize; 2], by: Interpolation) -> Result<ValueId, GraphError> {
    let resize = match by {
        Interpolation::Bilinear => Resize::bilinear(size),
        Interpolation::Nearest => Resize::nearest(size),
    };
    b.apply1(resize, &[map])
}
