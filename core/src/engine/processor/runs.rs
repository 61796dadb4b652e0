//! Broadcasting as runs: where two tensors meet in a third, the last axes are a run along which each lies whole or stands still.

/// Where an argument is for one run of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    at: usize,
    /// Whether one element stands for the whole run.
    still: bool,
}

impl Place {
    /// The argument's part in a run.
    pub(super) fn run(self, cells: &[f32], length: usize) -> &[f32] {
        &cells[self.at..][..if self.still { 1 } else { length }]
    }
}

/// The length of runs, and for each of them, in the result's order, where both arguments are; `None` where `a` and `b` cannot be
/// broadcast to `shape` or sizes of 0 occur.
pub(super) fn runs(a: &[usize], b: &[usize], shape: &[usize]) -> Option<(usize, impl Iterator<Item = [Place; 2]>)> {
    let [left, right] = [steps(a, shape)?, steps(b, shape)?];
    if shape.contains(&0) {
        return None;
    }
    // Axes of size 1 do not matter; the run goes as far as neither argument changes its ways.
    let moves = |steps: &[usize], axis: usize| steps[axis] > 0;
    let mut ways: Option<(bool, bool)> = None;
    let mut first = shape.len();
    while first > 0 {
        let axis = first - 1;
        let way = (moves(&left, axis), moves(&right, axis));
        if shape[axis] > 1 && *ways.get_or_insert(way) != way {
            break;
        }
        first = axis;
    }
    let length: usize = shape[first..].iter().product();
    let (in_a, in_b) = ways.unwrap_or((false, false));
    let outer = shape[..first].to_vec();
    let count: usize = outer.iter().product();
    let places = (0..count).map(move |index| {
        let place = |steps: &[usize], moving: bool| {
            let mut rest = index;
            let mut at = 0;
            for (size, step) in outer.iter().zip(steps).rev() {
                at += rest % size * step;
                rest /= size;
            }
            Place { at, still: !moving }
        };
        [place(&left, in_a), place(&right, in_b)]
    });
    Some((length, places))
}

/// What a step along each axis of `shape` adds to a place in a tensor of sizes `own`, 0 where it is broadcast.
fn steps(own: &[usize], shape: &[usize]) -> Option<Vec<usize>> {
    let missing = shape.len().checked_sub(own.len())?;
    let mut steps = vec![0; shape.len()];
    let mut step = 1;
    for (axis, size) in own.iter().enumerate().rev() {
        if *size != 1 && *size != shape[axis + missing] {
            return None;
        }
        steps[axis + missing] = if *size == 1 { 0 } else { step };
        step *= size;
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_as_long_as_neither_argument_changes_its_ways() {
        let of = |a: &[usize], b: &[usize], shape: &[usize]| {
            let (length, places) = runs(a, b, shape).unwrap();
            (length, places.map(|[a, b]| [(a.at, a.still), (b.at, b.still)]).collect::<Vec<_>>())
        };
        let still = |at| (at, true);
        let (length, places) = of(&[2, 3, 4, 5], &[2, 1, 1, 1], &[2, 3, 4, 5]);
        assert_eq!((length, places), (60, vec![[(0, false), still(0)], [(60, false), still(1)]]));
        let (length, places) = of(&[3, 1, 1], &[2, 3, 4, 5], &[2, 3, 4, 5]);
        assert_eq!((length, places.len(), places[4]), (20, 6, [still(1), (80, false)]));
        let (length, places) = of(&[4, 1], &[5], &[4, 5]);
        assert_eq!((length, places[3]), (5, [still(3), (0, false)]));
        assert_eq!(of(&[1], &[1, 1], &[1, 1]), (1, vec![[still(0), still(0)]]));
        assert!(runs(&[2], &[3], &[3]).is_none());
    }
}
