//! Places that are counted from image to image, as strided views become in a file: `Gather` from values of all images in a row, at
//! `stride * image + place`. Where the stride is one image's values, that is a `Gather` within each image.

use ndarray::{ArrayD, IxDyn};

use super::{Item, Reader};
use crate::graph::ValueId;
use crate::onnx::{AttributeValue, NodeInfo, OnnxError, SymbolicInt};
use crate::tensor::{DType, Dim, Tensor};

/// Most places within an image.
const MOST_PLACES: usize = 1 << 24;

/// `[N, places..]`: those of image `i` are `stride * i + places`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::onnx::read) struct Places {
    stride: i64,
    places: ArrayD<i64>,
}

impl Reader {
    /// The result of a node that counts from image to image; `None` where it does not.
    pub(super) fn placed(&mut self, info: &NodeInfo, inputs: &[Option<Item>]) -> Result<Option<Item>, OnnxError> {
        let given: Vec<&Item> = inputs.iter().flatten().collect();
        let made = match (info.op_type.as_str(), given.as_slice()) {
            ("Range", [start, limit, step]) => return Ok(self.counted([start, limit, step]).map(Item::Places)),
            ("Identity", [Item::Places(places)]) => Some(places.clone()),
            ("Cast", [Item::Places(places)]) => whole(info).then(|| places.clone()),
            ("Mul", [Item::Places(places), other] | [other, Item::Places(places)]) => {
                self.known_ints(other).and_then(|factor| places.times(&factor))
            }
            ("Add", [Item::Places(places), other] | [other, Item::Places(places)]) => {
                self.known_ints(other).and_then(|more| places.plus(&more))
            }
            ("Unsqueeze", [Item::Places(places), rest @ ..]) => match info.attributes.get("axes") {
                Some(AttributeValue::Ints(axes)) => places.wider(axes),
                _ => rest.first().and_then(|axes| self.known_ints(axes)).and_then(|a| places.wider(a.as_slice()?)),
            },
            ("Gather", [Item::Value(x), Item::Places(places)]) if first_axis(info) => {
                return match self.per_image(*x) {
                    Some(size) if places.within(size) => self.gathered(info, (*x, size), places).map(Some),
                    _ => Err(refused(info)),
                };
            }
            ("Gather", [Item::Value(x), indices @ Item::Value(_)]) if self.freed.is_some() && first_axis(info) => {
                let found = self.per_image(*x).zip(self.known_ints(indices));
                let found =
                    found.and_then(|(size, indices)| Some((size, Places::of_rows(&indices, self.freed?, size)?)));
                return match found {
                    Some((size, places)) => self.gathered(info, (*x, size), &places).map(Some),
                    None => Ok(None),
                };
            }
            (_, given) if given.iter().any(|item| matches!(item, Item::Places(_))) => None,
            _ => return Ok(None),
        };
        made.map(|places| Some(Item::Places(places))).ok_or_else(|| refused(info))
    }

    /// `0, 1, 2, ...` before N.
    fn counted(&self, [start, limit, step]: [&Item; 3]) -> Option<Places> {
        let one = |item: &Item| self.symbols(item)?.flat().first().copied();
        let counts = (one(start)?, one(limit)?, one(step)?)
            == (SymbolicInt::fixed(0), SymbolicInt { batch: 1, fixed: 0 }, SymbolicInt::fixed(1));
        counts.then(|| Places { stride: 1, places: ArrayD::zeros(IxDyn(&[])) })
    }

    /// Integers that depend on nothing.
    fn known_ints(&self, item: &Item) -> Option<ArrayD<i64>> {
        match item {
            Item::Symbols(symbols) => ArrayD::from_shape_vec(IxDyn(symbols.array.shape()), symbols.known()?).ok(),
            Item::Value(value) => {
                let tensor = self.builder.graph().constant(*value)?;
                ArrayD::from_shape_vec(IxDyn(tensor.shape()), tensor.as_i64().ok()?.to_vec()).ok()
            }
            Item::Places(_) => None,
        }
    }

    /// How many values each image has, of a tensor with those of all images in a row.
    fn per_image(&self, x: ValueId) -> Option<usize> {
        match self.builder.ty(x).shape.as_slice() {
            [Dim { batch, fixed: 0 }] if *batch > 0 => Some(*batch),
            _ => None,
        }
    }

    fn gathered(&mut self, info: &NodeInfo, (x, size): (ValueId, usize), at: &Places) -> Result<Item, OnnxError> {
        let flat: Vec<i64> = at.places.iter().copied().collect();
        self.builder.set_scope(&format!("{}{}", info.name, super::super::PARTS.trim_end_matches('/')));
        let mut value = self.builder.reshape(x, &[Dim::BATCH, Dim::fixed(size)])?;
        let in_order = flat.len() == size && flat.iter().zip(0_i64..).all(|(place, index)| *place == index);
        if !in_order {
            let places = self.builder.constant(Tensor::indices(&flat));
            value = self.builder.gather(value, places, 1)?;
        }
        let shape: Vec<Dim> =
            std::iter::once(Dim::BATCH).chain(at.places.shape().iter().copied().map(Dim::fixed)).collect();
        value = self.builder.reshape(value, &shape)?;
        self.builder.name_maker(value, &info.name);
        self.builder.set_scope("");
        if let Some(name) = info.outputs.first().filter(|name| !name.is_empty()) {
            self.builder.rename(value, name);
        }
        Ok(Item::Value(value))
    }
}

impl Places {
    /// Constant places of `images` images that are those of the first, each image's values further.
    fn of_rows(indices: &ArrayD<i64>, images: usize, size: usize) -> Option<Self> {
        let (rows, rest) = indices.shape().split_first()?;
        let (all, count) = (indices.as_slice()?, rest.iter().product::<usize>());
        let stride = i64::try_from(size).ok()?;
        let first = all.get(..count)?;
        let whole = *rows == images
            && all.chunks(count.max(1)).zip(0_i64..).all(|(row, image)| {
                row.iter().zip(first).all(|(place, base)| {
                    Some(*place) == stride.checked_mul(image).and_then(|far| far.checked_add(*base))
                })
            });
        let places = ArrayD::from_shape_vec(IxDyn(rest), first.to_vec()).ok()?;
        Some(Self { stride, places }).filter(|places| whole && places.within(size))
    }

    /// Whether no image looks into another, where each has so many values.
    fn within(&self, size: usize) -> bool {
        usize::try_from(self.stride) == Ok(size)
            && self.places.iter().all(|place| usize::try_from(*place).is_ok_and(|place| place < size))
    }

    fn times(&self, factor: &ArrayD<i64>) -> Option<Self> {
        let factor = *factor.iter().next().filter(|_| factor.len() == 1 && factor.ndim() <= 1 + self.places.ndim())?;
        let places = self.places.iter().map(|place| place.checked_mul(factor)).collect::<Option<Vec<_>>>()?;
        let places = ArrayD::from_shape_vec(IxDyn(self.places.shape()), places).ok()?;
        Some(Self { stride: self.stride.checked_mul(factor)?, places })
    }

    /// With the same added for every image.
    fn plus(&self, more: &ArrayD<i64>) -> Option<Self> {
        let rank = self.places.ndim();
        // An axis of one may stand where the images are.
        let own = match more.shape() {
            [1, rest @ ..] if rest.len() == rank => rest,
            shape if shape.len() <= rank => shape,
            _ => return None,
        };
        let more = ArrayD::from_shape_vec(IxDyn(own), more.iter().copied().collect()).ok()?;
        let mut shape = self.places.shape().to_vec();
        for (size, other) in shape.iter_mut().rev().zip(own.iter().rev()) {
            *size = if *size == 1 { *other } else { *size };
        }
        shape.iter().try_fold(1_usize, |all, size| all.checked_mul(*size)).filter(|all| *all <= MOST_PLACES)?;
        let (a, b) = (self.places.broadcast(IxDyn(&shape))?, more.broadcast(IxDyn(&shape))?);
        let sums = a.iter().zip(b.iter()).map(|(a, b)| a.checked_add(*b)).collect::<Option<Vec<_>>>()?;
        Some(Self { stride: self.stride, places: ArrayD::from_shape_vec(IxDyn(&shape), sums).ok()? })
    }

    /// With more axes of one, none of them before the images.
    fn wider(&self, axes: &[i64]) -> Option<Self> {
        let rank = i64::try_from(1 + self.places.ndim() + axes.len()).ok().filter(|rank| *rank <= 64)?;
        let mut at = Vec::with_capacity(axes.len());
        for axis in axes {
            let axis = if *axis < 0 { axis.checked_add(rank)? } else { *axis };
            at.push(usize::try_from(axis - 1).ok()?);
        }
        at.sort_unstable();
        let mut shape = self.places.shape().to_vec();
        for place in at {
            (place <= shape.len()).then(|| shape.insert(place, 1))?;
        }
        let places = self.places.iter().copied().collect();
        Some(Self { stride: self.stride, places: ArrayD::from_shape_vec(IxDyn(&shape), places).ok()? })
    }
}

/// Whether a `Cast` keeps whole numbers.
fn whole(info: &NodeInfo) -> bool {
    let _others = ["saturate", "round_mode"].map(|name| info.attributes.get(name).is_some());
    matches!(info.attributes.get("to"), Some(AttributeValue::Int(to)) if crate::onnx::dtype_of(*to) == Some(DType::I64))
}

fn first_axis(info: &NodeInfo) -> bool {
    matches!(info.attributes.get("axis"), None | Some(AttributeValue::Int(0)))
}

fn refused(info: &NodeInfo) -> OnnxError {
    info.error(
        "it works with places that are counted from image to image, which are understood only where each image's own values are \
         gathered by them (a strided view); export the layer without as_strided, or for a fixed batch",
    )
}
