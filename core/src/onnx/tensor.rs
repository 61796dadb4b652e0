//! `TensorProto` to and from [`Tensor`]: every encoding that exporters use, sizes checked before memory is taken.

mod narrow;

use bytes::Bytes;

use super::OnnxError;
use super::proto::{TensorProto, data_type as code};
use crate::tensor::{DType, Data, Tensor};

/// Fetches `length` bytes at `offset` of the file `location` beside the model, as many as the tensor needs. The caller brings this; see
/// [`super::external`] for one that stays inside the model's folder.
pub type External<'a> = &'a dyn Fn(&str, u64, u64) -> Result<Bytes, String>;

/// Decodes one tensor that is part of a network: as [`decode`], but a NaN is an error.
///
/// # Errors
/// As [`decode`], and for a NaN.
pub(super) fn finite(proto: &TensorProto, external: External<'_>) -> Result<Tensor, OnnxError> {
    let tensor = decode(proto, external)?;
    match nan_at(tensor.data()) {
        None => Ok(tensor),
        Some(index) => Err(OnnxError::Tensor {
            tensor: proto.name.clone(),
            why: format!(
                "it holds NaN (not a number) at index {index}, so every result would be NaN; export the model again from a \
                 checkpoint whose weights are finite"
            ),
        }),
    }
}

/// Decodes one tensor. Halves and floats of eight bits and fewer become f32, integers i64.
///
/// # Errors
/// [`OnnxError::Tensor`] for an unknown type, sizes that do not fit the data, or missing external data.
pub(super) fn decode(proto: &TensorProto, external: External<'_>) -> Result<Tensor, OnnxError> {
    let refuse = |why: String| OnnxError::Tensor { tensor: proto.name.clone(), why };
    if proto.segment.is_some() {
        return Err(refuse("it is stored in segments; export the model again".to_owned()));
    }
    let shape = sizes(&proto.dims).map_err(refuse)?;
    let count = shape.iter().try_fold(1_usize, |all, d| all.checked_mul(*d));
    let count = count.ok_or_else(|| refuse(format!("its sizes {} are too large", few(&proto.dims))))?;
    let raw = match proto.data_location {
        0 => proto.raw_data.clone(),
        _ => Some(external_bytes(proto, count, external).map_err(refuse)?),
    };
    let data = match raw {
        Some(raw) => from_raw(proto.data_type, &raw, count),
        None => from_fields(proto, count),
    };
    Tensor::new(&shape, data.map_err(refuse)?).map_err(|e| refuse(e.to_string()))
}

/// Encodes a tensor as raw little-endian bytes.
pub(super) fn encode(name: &str, tensor: &Tensor) -> TensorProto {
    let raw: Vec<u8> = match tensor.data() {
        Data::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::F64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::I64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::Bool(v) => v.iter().map(|x| u8::from(*x)).collect(),
    };
    TensorProto {
        name: name.to_owned(),
        dims: tensor.shape().iter().map(|d| i64::try_from(*d).unwrap_or(i64::MAX)).collect(),
        data_type: code_of(tensor.dtype()),
        raw_data: Some(raw.into()),
        ..TensorProto::default()
    }
}

/// `TensorProto.DataType` of our element type.
pub(super) const fn code_of(dtype: DType) -> i32 {
    match dtype {
        DType::F32 => code::FLOAT,
        DType::F64 => code::DOUBLE,
        DType::I64 => code::INT64,
        DType::Bool => code::BOOL,
    }
}

fn sizes(dims: &[i64]) -> Result<Vec<usize>, String> {
    dims.iter()
        .map(|d| usize::try_from(*d).map_err(|_| format!("its sizes {} are not all zero or larger", few(dims))))
        .collect()
}

/// The first sizes, for a message: a file may name a million.
fn few(dims: &[i64]) -> String {
    const MOST: usize = 8;
    let shown: Vec<String> = dims.iter().take(MOST).map(i64::to_string).collect();
    let more = if dims.len() > MOST { format!(", ... ({} in all)", dims.len()) } else { String::new() };
    format!("[{}{more}]", shown.join(", "))
}

/// Where a tensor's bytes lie in another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place<'a> {
    pub location: &'a str,
    pub offset: u64,
    /// As the file says it, where it does.
    pub length: Option<u64>,
}

impl<'a> Place<'a> {
    /// Of a tensor that is stored outside.
    pub(super) fn of(proto: &'a TensorProto) -> Result<Self, String> {
        let entry = |key: &str| proto.external_data.iter().find(|e| e.key == key).map(|e| e.value.as_str());
        let number = |key: &str| {
            let read = |text: &str| text.parse().map_err(|_| format!("its external {key} `{text}` is no number"));
            entry(key).map(read).transpose()
        };
        let location = entry("location").ok_or("its data is external, but the model does not say where")?;
        Ok(Self { location, offset: number("offset")?.unwrap_or(0), length: number("length")? })
    }
}

/// Bytes of one element in a file, 0 for types that are not read.
pub(super) const fn width(kind: i32) -> u64 {
    match kind {
        code::BOOL | code::UINT8 | code::INT8 => 1,
        code::FLOAT16 | code::BFLOAT16 | code::UINT16 | code::INT16 => 2,
        code::FLOAT | code::INT32 | code::UINT32 => 4,
        code::DOUBLE | code::INT64 | code::UINT64 => 8,
        _ => 0,
    }
}

fn external_bytes(proto: &TensorProto, count: usize, external: External<'_>) -> Result<Bytes, String> {
    let place = Place::of(proto)?;
    let bits = narrow::bits(proto.data_type).map_or_else(|| 8 * width(proto.data_type), u64::from);
    if bits == 0 {
        return Err(unknown(proto.data_type));
    }
    // What the tensor needs decides, so that a file that promises gigabytes takes no memory.
    let needed = (count as u64).checked_mul(bits).ok_or("its sizes are too large")?.div_ceil(8);
    match place.length {
        Some(length) if length != needed => Err(format!(
            "its sizes need {needed} bytes, and its external data in `{}` has {length}; the file is damaged, export the model again",
            place.location
        )),
        _ => (external)(place.location, place.offset, needed),
    }
}

fn from_raw(kind: i32, raw: &[u8], count: usize) -> Result<Data, String> {
    fn items<const K: usize, T>(raw: &[u8], count: usize, f: impl Fn([u8; K]) -> T) -> Result<Vec<T>, String> {
        let (chunks, rest) = raw.as_chunks::<K>();
        if chunks.len() != count || !rest.is_empty() {
            let needed = count.saturating_mul(K);
            return Err(format!("its sizes need {needed} bytes, {} are there; the file is damaged", raw.len()));
        }
        Ok(chunks.iter().copied().map(f).collect())
    }
    if let Some(data) = narrow::packed(kind, raw, count) {
        return data;
    }
    Ok(match kind {
        code::FLOAT => Data::F32(items(raw, count, f32::from_le_bytes)?.into()),
        code::FLOAT16 => Data::F32(items(raw, count, |b| half(u16::from_le_bytes(b)))?.into()),
        code::BFLOAT16 => Data::F32(items(raw, count, |b| brain(u16::from_le_bytes(b)))?.into()),
        code::DOUBLE => Data::F64(items(raw, count, f64::from_le_bytes)?.into()),
        code::BOOL => Data::Bool(items(raw, count, |[b]: [u8; 1]| b != 0)?.into()),
        code::UINT8 => Data::I64(items(raw, count, |b| i64::from(u8::from_le_bytes(b)))?.into()),
        code::INT8 => Data::I64(items(raw, count, |b| i64::from(i8::from_le_bytes(b)))?.into()),
        code::UINT16 => Data::I64(items(raw, count, |b| i64::from(u16::from_le_bytes(b)))?.into()),
        code::INT16 => Data::I64(items(raw, count, |b| i64::from(i16::from_le_bytes(b)))?.into()),
        code::INT32 => Data::I64(items(raw, count, |b| i64::from(i32::from_le_bytes(b)))?.into()),
        code::UINT32 => Data::I64(items(raw, count, |b| i64::from(u32::from_le_bytes(b)))?.into()),
        code::INT64 => Data::I64(items(raw, count, i64::from_le_bytes)?.into()),
        code::UINT64 => Data::I64(items(raw, count, |b| signed(u64::from_le_bytes(b)))?.into()),
        other => return Err(unknown(other)),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ONNX keeps the bits of narrow types in the low bits of int32_data"
)]
fn from_fields(proto: &TensorProto, count: usize) -> Result<Data, String> {
    fn items<T: Copy, U>(stored: &[T], count: usize, f: impl Fn(T) -> U) -> Result<Vec<U>, String> {
        if stored.len() == count {
            return Ok(stored.iter().copied().map(f).collect());
        }
        Err(format!("its sizes need {count} elements, {} are there; the file is damaged", stored.len()))
    }
    let small = &proto.int32_data;
    let bytes = || small.iter().map(|x| *x as u8).collect::<Vec<_>>();
    if narrow::bits(proto.data_type).is_some()
        && let Some(data) = narrow::packed(proto.data_type, &bytes(), count)
    {
        return data;
    }
    Ok(match proto.data_type {
        code::FLOAT => Data::F32(items(&proto.float_data, count, |x| x)?.into()),
        code::FLOAT16 => Data::F32(items(small, count, |x| half(x as u16))?.into()),
        code::BFLOAT16 => Data::F32(items(small, count, |x| brain(x as u16))?.into()),
        code::DOUBLE => Data::F64(items(&proto.double_data, count, |x| x)?.into()),
        code::BOOL => Data::Bool(items(small, count, |x| x != 0)?.into()),
        code::UINT8 | code::INT8 | code::UINT16 | code::INT16 | code::INT32 => {
            Data::I64(items(small, count, i64::from)?.into())
        }
        code::INT64 => Data::I64(items(&proto.int64_data, count, |x| x)?.into()),
        code::UINT32 | code::UINT64 => Data::I64(items(&proto.uint64_data, count, signed)?.into()),
        other => return Err(unknown(other)),
    })
}

fn unknown(kind: i32) -> String {
    format!("element type {kind} of ONNX is not supported; export floats, integers or truth values")
}

/// Integers beyond 2^63 do not occur in networks; the largest value still sorts behind all others.
fn signed(x: u64) -> i64 {
    i64::try_from(x).unwrap_or(i64::MAX)
}

/// IEEE half precision: 1 sign, 5 exponent, 10 fraction bits.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let fraction = f32::from(bits & 0x3ff);
    match (bits >> 10) & 0x1f {
        0 => sign * fraction * 2.0_f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        exponent => sign * (1.0 + fraction / 1024.0) * 2.0_f32.powi(i32::from(exponent) - 15),
    }
}

/// Brain float: the upper half of an f32.
fn brain(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

fn nan_at(data: &Data) -> Option<usize> {
    match data {
        Data::F32(v) => v.iter().position(|x| x.is_nan()),
        Data::F64(v) => v.iter().position(|x| x.is_nan()),
        Data::I64(_) | Data::Bool(_) => None,
    }
}

/// How many elements are infinite.
pub(super) fn infinities(tensor: &Tensor) -> usize {
    match tensor.data() {
        Data::F32(v) => v.iter().filter(|x| x.is_infinite()).count(),
        Data::F64(v) => v.iter().filter(|x| x.is_infinite()).count(),
        Data::I64(_) | Data::Bool(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::proto::StringStringEntryProto;
    use super::*;

    fn no_files(location: &str, _: u64, _: u64) -> Result<Bytes, String> {
        Err(format!("there is no {location}"))
    }

    fn raw(kind: i32, dims: &[i64], bytes: &[u8]) -> TensorProto {
        TensorProto {
            name: "w".into(),
            dims: dims.to_vec(),
            data_type: kind,
            raw_data: Some(Bytes::copy_from_slice(bytes)),
            ..TensorProto::default()
        }
    }

    #[test]
    fn every_encoding_gives_its_numbers() {
        let read = |p: &TensorProto| decode(p, &no_files).unwrap().to_f64();
        assert_eq!(read(&raw(code::FLOAT16, &[3], &[0, 0x3c, 0, 0xc0, 1, 0])), [1.0, -2.0, 2.0_f64.powi(-24)]);
        assert_eq!(read(&raw(code::BFLOAT16, &[1], &[0x80, 0x3f])), [1.0]);
        assert_eq!(read(&raw(code::INT8, &[2], &[0xff, 3])), [-1.0, 3.0]);
        assert_eq!(read(&raw(code::BOOL, &[2], &[0, 1])), [0.0, 1.0]);
        let fields = TensorProto {
            dims: vec![2],
            data_type: code::FLOAT16,
            int32_data: vec![0x3c00, 0x4000],
            ..TensorProto::default()
        };
        assert_eq!(read(&fields), [1.0, 2.0]);
        let unsigned =
            TensorProto { dims: vec![1], data_type: code::UINT32, uint64_data: vec![7], ..TensorProto::default() };
        assert_eq!(read(&unsigned), [7.0]);
        let tensor = Tensor::f64(&[2, 1], vec![0.5, -3.0]).unwrap();
        assert_eq!(decode(&encode("x", &tensor), &no_files).unwrap(), tensor);
    }

    #[test]
    fn sizes_that_lie_are_refused_before_memory_is_taken() {
        for dims in [&[1 << 40][..], &[i64::MAX, 4], &[-1], &[3]] {
            let error = decode(&raw(code::FLOAT, dims, &[0; 8]), &no_files).unwrap_err();
            assert!(error.to_string().contains("`w`"), "{error}");
        }
    }

    #[test]
    fn a_nan_is_named_with_its_place() {
        let mut bytes = 1.0_f32.to_le_bytes().to_vec();
        bytes.extend(f32::NAN.to_le_bytes());
        let error = finite(&raw(code::FLOAT, &[2], &bytes), &no_files).unwrap_err().to_string();
        assert!(error.contains("`w`") && error.contains("NaN") && error.contains("index 1"), "{error}");
    }

    #[test]
    fn external_data_comes_through_the_callback() {
        let entry = |key: &str, value: &str| StringStringEntryProto { key: key.into(), value: value.into() };
        let mut proto = raw(code::FLOAT, &[1], &[]);
        proto.raw_data = None;
        proto.data_location = 1;
        proto.external_data = vec![entry("location", "w.bin"), entry("offset", "4"), entry("length", "4")];
        let files = |location: &str, offset: u64, length: u64| {
            assert_eq!((location, offset, length), ("w.bin", 4, 4));
            Ok(Bytes::copy_from_slice(&2.5_f32.to_le_bytes()))
        };
        assert_eq!(decode(&proto, &files).unwrap().as_f32().unwrap(), [2.5]);
        assert!(decode(&proto, &no_files).unwrap_err().to_string().contains("no w.bin"));
        // A length that does not fit is refused and nothing is fetched.
        proto.external_data[2] = entry("length", "10737418240");
        let said = decode(&proto, &|_, _, _| panic!("fetched")).unwrap_err().to_string();
        assert!(said.contains("need 4 bytes") && said.contains("10737418240"), "{said}");
        // Without one, it is what the tensor needs.
        proto.external_data.pop();
        assert_eq!(decode(&proto, &files).unwrap().as_f32().unwrap(), [2.5]);
    }
}
