//! Shapes that depend on the batch: written as -1 or 1 where ONNX understands that, else computed at run time.

use super::nodes::{Call, Writer};
use crate::onnx::OnnxError;
use crate::ops::{Attribute, OnnxNode};
use crate::tensor::{Dim, Tensor};

impl Writer<'_> {
    /// The name of an int64 tensor that holds `shape` at run time; `node` is the node that takes it.
    pub(super) fn shape(&mut self, call: &Call<'_>, node: &mut OnnxNode, shape: &[Dim]) -> Result<String, OnnxError> {
        let empty = shape.contains(&Dim::fixed(0));
        if node.op_type == "Reshape" && empty {
            // A 0 would copy a dimension.
            node.attributes.push(("allowzero", Attribute::Int(1)));
        }
        let source = call.types.first().map_or(&[][..], |ty| &ty.shape);
        let symbolic = shape.iter().filter(|d| d.known().is_none()).count();
        let entry = |(axis, dim): (usize, &Dim)| match dim.known() {
            Some(size) => i64::try_from(size).ok(),
            None if node.op_type == "Reshape" && symbolic == 1 && !empty => Some(-1),
            // Broadcasting goes both ways: a dimension that is there already may be asked for as 1.
            None if node.op_type == "Expand" => {
                let from_end = shape.len() - axis;
                let own = source.len().checked_sub(from_end).map(|i| source[i]);
                (own == Some(*dim)).then_some(1)
            }
            None => None,
        };
        match shape.iter().enumerate().map(entry).collect::<Option<Vec<i64>>>() {
            Some(entries) => Ok(self.setting(&Tensor::indices(&entries))),
            None => self.computed(call, shape),
        }
    }

    /// `[a*N+b, ...]` from the size of an input.
    fn computed(&mut self, call: &Call<'_>, shape: &[Dim]) -> Result<String, OnnxError> {
        let batch = self.batch(call)?;
        let mut parts = Vec::with_capacity(shape.len());
        for dim in shape {
            parts.push(match dim.known() {
                Some(_) => self.number(dim.fixed),
                None => {
                    let factor = self.number(dim.batch);
                    let times = self.step("Mul", &batch, &factor);
                    let offset = self.number(dim.fixed);
                    if dim.fixed == 0 { times } else { self.step("Add", &times, &offset) }
                }
            });
        }
        let name = self.unique("shape");
        self.attributed("Concat", parts, &name, vec![("axis", Attribute::Int(0))]);
        Ok(name)
    }

    /// `[N]`, from the first input that has a dimension `a*N+b`.
    fn batch(&mut self, call: &Call<'_>) -> Result<String, OnnxError> {
        if let Some(name) = &self.batch {
            return Ok(name.clone());
        }
        let carrier = self.graph.inputs().iter().find_map(|input| {
            let shape = &self.graph.ty(*input).shape;
            let axis = shape.iter().position(|d| d.batch > 0)?;
            Some((self.name(*input), axis, shape[axis]))
        });
        let (input, axis, dim) =
            carrier.ok_or_else(|| call.error("its shape depends on the batch, but no input of the graph does"))?;
        let all = self.unique("shape");
        self.plain("Shape", vec![input], &all);
        let place = self.number(axis);
        let size = self.step("Gather", &all, &place);
        let (offset, factor) = (self.number(dim.fixed), self.number(dim.batch));
        let whole = if dim.fixed == 0 { size } else { self.step("Sub", &size, &offset) };
        let batch = if dim.batch == 1 { whole } else { self.step("Div", &whole, &factor) };
        self.batch = Some(batch.clone());
        Ok(batch)
    }

    fn step(&mut self, op_type: &str, a: &str, b: &str) -> String {
        let name = self.unique("shape");
        self.plain(op_type, vec![a.to_owned(), b.to_owned()], &name);
        name
    }

    fn number(&mut self, value: usize) -> String {
        self.setting(&Tensor::indices(&[i64::try_from(value).unwrap_or(i64::MAX)]))
    }
}
