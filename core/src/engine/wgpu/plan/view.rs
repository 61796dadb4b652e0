//! Where the elements of a value lie in a stored tensor: layout operators that cost nothing.
//!
//! A view maps a row-major index of a value to a place in a dense tensor. Each axis is a list of digits (size, stride), outermost
//! first, so that transposing, broadcasting, slicing and reshaping only rearrange digits; a kernel that can read through digits
//! never needs the rearranged copy.

/// One digit of an axis: `size` steps of `stride` elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digit {
    /// How many values it takes.
    pub size: usize,
    /// Elements between two of them; 0 where a value is repeated.
    pub stride: usize,
}

/// A map from row-major indices to places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    axes: Vec<Vec<Digit>>,
    offset: usize,
}

impl View {
    /// The elements as they lie.
    pub(crate) fn dense(shape: &[usize]) -> Self {
        let mut stride = 1;
        let mut axes = Vec::with_capacity(shape.len());
        for size in shape.iter().rev() {
            axes.push(if *size == 1 { Vec::new() } else { vec![Digit { size: *size, stride }] });
            stride *= size;
        }
        axes.reverse();
        Self { axes, offset: 0 }
    }

    /// Sizes of the axes.
    #[cfg(test)]
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.iter().map(|d| d.size).product()).collect()
    }

    /// The place of the first element.
    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    /// All digits, outermost first, neighbours that run on joined.
    pub(crate) fn digits(&self) -> Vec<Digit> {
        let mut joined: Vec<Digit> = Vec::new();
        for digit in self.axes.iter().flatten() {
            match joined.last_mut() {
                Some(last) if last.stride == digit.stride * digit.size => {
                    *last = Digit { size: last.size * digit.size, stride: digit.stride };
                }
                _ => joined.push(*digit),
            }
        }
        joined
    }

    /// Whether index and place are the same.
    pub(crate) fn is_dense(&self) -> bool {
        self.offset == 0 && matches!(self.digits()[..], [] | [Digit { stride: 1, .. }])
    }

    /// Whether every index leads to the first element.
    pub(crate) fn repeats_one(&self) -> bool {
        self.offset == 0 && self.digits().iter().all(|digit| digit.stride == 0)
    }

    /// Whether this is a dense tensor with its last two axes exchanged.
    pub(crate) fn is_dense_transposed(&self) -> bool {
        let rank = self.axes.len();
        rank >= 2 && self.transposed(&swapped(rank)).is_dense()
    }

    /// Axis `i` of the result is axis `order[i]` of this one.
    pub(crate) fn transposed(&self, order: &[usize]) -> Self {
        Self { axes: order.iter().map(|i| self.axes[*i].clone()).collect(), offset: self.offset }
    }

    /// Repeated to `shape`: aligned at the last axis, axes of size 1 are stretched.
    pub(crate) fn broadcast(&self, shape: &[usize]) -> Self {
        let missing = shape.len().saturating_sub(self.axes.len());
        let repeat = |size: usize| if size == 1 { Vec::new() } else { vec![Digit { size, stride: 0 }] };
        let axes = shape.iter().enumerate().map(|(i, size)| match i.checked_sub(missing).map(|k| &self.axes[k]) {
            Some(axis) if !axis.is_empty() || *size == 1 => axis.clone(),
            _ => repeat(*size),
        });
        Self { axes: axes.collect(), offset: self.offset }
    }

    /// `len` steps of an axis from `start`; `None` where the axis has several digits.
    pub(crate) fn sliced(&self, axis: usize, start: usize, len: usize) -> Option<Self> {
        let mut view = self.clone();
        match self.axes[axis][..] {
            [] => {}
            [Digit { stride, .. }] => {
                view.offset += start * stride;
                view.axes[axis] = if len == 1 { Vec::new() } else { vec![Digit { size: len, stride }] };
            }
            _ => return None,
        }
        Some(view)
    }

    /// The same elements in the same order under another shape; `None` where a new axis would cut through a digit.
    pub(crate) fn reshaped(&self, shape: &[usize]) -> Option<Self> {
        if shape.contains(&0) {
            // No index leads anywhere.
            return Some(Self::dense(shape));
        }
        let mut rest = self.digits();
        let mut axes = Vec::with_capacity(shape.len());
        for size in shape.iter().rev() {
            axes.push(take(&mut rest, *size)?);
        }
        axes.reverse();
        rest.is_empty().then_some(Self { axes, offset: self.offset })
    }
}

/// The order that exchanges the last two of `rank` axes.
fn swapped(rank: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rank).collect();
    order.swap(rank - 1, rank - 2);
    order
}

/// Takes the innermost digits that make up `size`.
fn take(digits: &mut Vec<Digit>, size: usize) -> Option<Vec<Digit>> {
    let mut missing = size;
    let mut taken = Vec::new();
    while missing != 1 {
        let digit = digits.pop()?;
        if missing.is_multiple_of(digit.size) {
            missing /= digit.size;
            taken.push(digit);
        } else if digit.size.is_multiple_of(missing) {
            digits.push(Digit { size: digit.size / missing, stride: digit.stride * missing });
            taken.push(Digit { size: missing, stride: digit.stride });
            missing = 1;
        } else {
            return None;
        }
    }
    taken.reverse();
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_be_reshaped() {
        let empty = View::dense(&[0, 3]).reshaped(&[3, 0]).unwrap();
        assert_eq!(empty.shape(), [3, 0]);
    }

    /// Places of all elements in order.
    fn places(view: &View) -> Vec<usize> {
        let count: usize = view.shape().iter().product();
        (0..count)
            .map(|index| {
                let mut rest = index;
                view.digits().iter().rev().fold(view.offset(), |place, d| {
                    let step = rest % d.size;
                    rest /= d.size;
                    place + step * d.stride
                })
            })
            .collect()
    }

    #[test]
    fn layouts_compose() {
        let view = View::dense(&[2, 3, 4]);
        assert!(view.is_dense());
        let turned = view.transposed(&[2, 0, 1]);
        assert_eq!(turned.shape(), [4, 2, 3]);
        assert_eq!(places(&turned)[..7], [0, 4, 8, 12, 16, 20, 1]);
        let flat = turned.reshaped(&[4, 6]).unwrap();
        assert_eq!(places(&flat), places(&turned));
        assert!(flat.transposed(&[1, 0]).is_dense());
        assert!(flat.is_dense_transposed());
        let cut = flat.sliced(0, 1, 2).unwrap();
        assert_eq!(places(&cut), [1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22]);
    }

    #[test]
    fn broadcasting_repeats() {
        let bias = View::dense(&[3]).reshaped(&[3, 1]).unwrap().broadcast(&[2, 3, 2]);
        assert_eq!(places(&bias), [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]);
        assert_eq!(places(&View::dense(&[]).broadcast(&[2, 2])), [0; 4]);
    }

    #[test]
    fn depth_to_space_needs_no_copy() {
        // [1, 4, 2, 2] in blocks of 2: channels (b1, b2) go to rows and columns.
        let view = View::dense(&[1, 4, 2, 2]).reshaped(&[1, 2, 2, 1, 2, 2]).unwrap();
        let woven = view.transposed(&[0, 3, 4, 1, 5, 2]).reshaped(&[1, 1, 4, 4]).unwrap();
        assert_eq!(places(&woven)[..8], [0, 4, 1, 5, 8, 12, 9, 13]);
    }

    #[test]
    fn what_cannot_be_expressed_says_so() {
        let turned = View::dense(&[2, 3]).transposed(&[1, 0]);
        assert!(turned.reshaped(&[2, 3]).is_none());
        assert!(turned.reshaped(&[6]).unwrap().sliced(0, 1, 2).is_none());
    }
}
