//! Node by node: shape arithmetic is folded, everything else goes to its operator file.

mod places;

use std::collections::{HashMap, HashSet};

use super::attributes::info;
use super::freed;
use super::inputs::Typed;
use super::legacy;
use super::order::shown;
use crate::graph::{Builder, Graph, ValueId};
use crate::onnx::proto::NodeProto;
use crate::onnx::shape_arithmetic::{self, part};
use crate::onnx::symbols::{MOST_SYMBOLS, Symbols};
use crate::onnx::{AttributeValue, NodeContext, NodeInfo, NodeInput, OnnxError, SymbolicInt, dtype_of};
use crate::ops::Import;
use crate::tensor::{DType, Data, Tensor};

/// What a tensor name of the file stands for.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// A tensor of the graph.
    Value(ValueId),
    /// Integers known while reading.
    Symbols(Symbols),
    /// Integers that grow from image to image.
    Places(places::Places),
}

/// A graph being read.
pub(super) struct Reader {
    pub(super) builder: Builder,
    pub(super) items: HashMap<String, Item>,
    /// Branches and loops around what is being read.
    pub(super) depth: usize,
    opset: i64,
    imports: HashMap<&'static str, Import>,
    /// ONNX element types of tensors, where the file has them.
    kinds: HashMap<String, i32>,
    /// The batch that the file fixes and we let go.
    freed: Option<usize>,
}

impl Reader {
    pub(super) fn new(opset: i64, freed: Option<usize>) -> Self {
        let imports = crate::ops::imports().into_iter().map(|import| (import.0, import)).collect();
        let (items, kinds) = (HashMap::new(), HashMap::new());
        Self { builder: Builder::new(), items, depth: 0, opset, imports, kinds, freed }
    }

    /// Notes a tensor's ONNX element type (`TensorProto.DataType`).
    pub(super) fn kind(&mut self, name: &str, kind: i32) {
        self.kinds.insert(name.to_owned(), kind);
    }

    /// Declares an input.
    pub(super) fn input(&mut self, input: &Typed) {
        let value = self.builder.input(&input.name, input.ty.clone());
        self.items.insert(input.name.clone(), Item::Value(value));
    }

    /// Declares a weight.
    pub(super) fn weight(&mut self, name: &str, tensor: &Tensor) {
        let value = self.builder.named_constant(name, tensor.clone());
        self.items.insert(name.to_owned(), Item::Value(value));
    }

    /// Reads one node; what it needs has been read. `used`: names of all tensors that somebody reads.
    ///
    /// # Errors
    /// [`OnnxError::Node`].
    pub(super) fn node(&mut self, node: &NodeProto, used: &HashSet<String>) -> Result<(), OnnxError> {
        if is_standard(node) && matches!(node.op_type.as_str(), "If" | "Loop") {
            return self.control(node);
        }
        self.check_domain(node)?;
        let mut info = info(node, self.opset, used)?;
        info.kinds = node.input.iter().map(|name| self.kinds.get(name).copied()).collect();
        self.note_kind(node);
        let mut inputs = Vec::with_capacity(node.input.len());
        for name in &node.input {
            inputs.push(match name.as_str() {
                "" => None,
                name => {
                    Some(self.items.get(name).cloned().ok_or_else(|| info.error("one of its inputs was not read"))?)
                }
            });
        }
        let results = match self.known(&info, &inputs)? {
            Some(item) => {
                info.check_attributes()?;
                vec![item]
            }
            None => self.operator(&info, inputs)?,
        };
        let given = results.len();
        for (name, item) in info.outputs.iter().zip(results).filter(|(name, _)| !name.is_empty()) {
            self.items.insert(name.clone(), item);
        }
        // A further result that nobody reads (a dropout's mask) may be missing.
        match (given..info.outputs.len()).find(|index| info.wants(*index)) {
            Some(index) => Err(info.error(format!(
                "its result {index}, `{}`, is not supported; export the model without what reads it",
                info.outputs[index]
            ))),
            None => Ok(()),
        }
    }

    /// The finished graph with these outputs of the file.
    ///
    /// # Errors
    /// When an output is not there or is no tensor.
    pub(super) fn finish(mut self, outputs: &[&str]) -> Result<Graph, OnnxError> {
        for name in outputs {
            let value = match self.items.get(*name).cloned() {
                Some(Item::Value(value)) => value,
                Some(Item::Symbols(symbols)) => self.constant(&symbols, name).ok_or_else(|| {
                    OnnxError::Graph(format!("output `{name}` is a shape that depends on the batch; export without it"))
                })?,
                Some(Item::Places(_)) => return Err(OnnxError::Graph(format!("output `{name}` counts the images"))),
                None => {
                    return Err(OnnxError::Graph(format!(
                        "output `{name}` is made by no node; the file is damaged, export the model again"
                    )));
                }
            };
            let value = self.as_declared(value, name)?;
            self.builder.output(name, value);
        }
        Ok(self.builder.finish())
    }

    /// Whole numbers that stayed real, as quantised ones do, become integers where the file declares its output so.
    fn as_declared(&mut self, value: ValueId, output: &str) -> Result<ValueId, OnnxError> {
        let declared = self.kinds.get(output).and_then(|kind| dtype_of(i64::from(*kind)));
        match (declared, self.builder.ty(value).dtype.is_real()) {
            (Some(DType::I64), true) => Ok(self.builder.cast(value, DType::I64)?),
            _ => Ok(value),
        }
    }

    /// What a constant or a cast says of its result's element type.
    fn note_kind(&mut self, node: &NodeProto) {
        let attribute = |name: &str| node.attribute.iter().find(|a| a.name == name);
        let kind = match node.op_type.as_str() {
            "Constant" => attribute("value").and_then(|a| a.t.as_ref()).map(|t| t.data_type),
            "Cast" => attribute("to").and_then(|a| a.i).and_then(|to| i32::try_from(to).ok()),
            "Identity" => node.input.first().and_then(|name| self.kinds.get(name)).copied(),
            _ => None,
        };
        if let (Some(kind), Some(name)) = (kind, node.output.first()) {
            self.kind(name, kind);
        }
    }

    pub(super) fn constant(&mut self, symbols: &Symbols, name: &str) -> Option<ValueId> {
        symbols.tensor().map(|tensor| self.builder.named_constant(name, tensor))
    }

    fn check_domain(&self, node: &NodeProto) -> Result<(), OnnxError> {
        if is_standard(node) || self.imports.contains_key(operator_name(node).as_str()) {
            return Ok(());
        }
        let domain = node.domain.as_str();
        let why = if domain.starts_with("com.microsoft") {
            "it was made by ONNX Runtime's optimiser; give the model as it was before that".to_owned()
        } else {
            format!(
                "it comes from the domain `{domain}`, of which nothing is known; export with standard operators only"
            )
        };
        Err(OnnxError::Node { node: shown(node).to_owned(), op_type: node.op_type.clone(), why })
    }

    /// The node's result, if it is known without computing anything.
    fn known(&mut self, info: &NodeInfo, inputs: &[Option<Item>]) -> Result<Option<Item>, OnnxError> {
        if let Some(item) = self.placed(info, inputs)? {
            return Ok(Some(item));
        }
        match (info.op_type.as_str(), inputs) {
            ("Identity", [Some(item)]) => return Ok(Some(item.clone())),
            ("Constant", []) => {
                let tensor = constant_node(info)?;
                let name = info.outputs.first().map_or("const", String::as_str);
                return Ok(Some(Item::Value(self.builder.named_constant(name, tensor))));
            }
            ("Shape" | "Size", [Some(item)]) => {
                return self.shape(info, item).map(|s| Some(Item::Symbols(s)));
            }
            ("ConstantOfShape", [Some(item)]) => return self.filled(info, item),
            _ => {}
        }
        let symbols: Vec<Option<Symbols>> = inputs.iter().map(|i| i.as_ref().and_then(|i| self.symbols(i))).collect();
        let all_known = symbols.iter().zip(inputs).all(|(s, i)| s.is_some() == i.is_some());
        if inputs.is_empty() || !all_known {
            return Ok(None);
        }
        match shape_arithmetic::fold(info, &symbols) {
            // Plain integer constants may still be data for an operator.
            Err(_) if symbols.iter().flatten().all(|s| s.known().is_some()) => Ok(None),
            other => other.map(|s| s.map(Item::Symbols)),
        }
    }

    pub(super) fn symbols(&self, item: &Item) -> Option<Symbols> {
        match item {
            Item::Symbols(symbols) => Some(symbols.clone()),
            Item::Value(value) => self.builder.graph().constant(*value).and_then(Symbols::of),
            Item::Places(_) => None,
        }
    }

    /// `Shape` (with its `start` and `end`) and `Size`.
    fn shape(&self, info: &NodeInfo, item: &Item) -> Result<Symbols, OnnxError> {
        let dims: Vec<SymbolicInt> = match item {
            Item::Value(value) => self.builder.ty(*value).shape.iter().copied().map(SymbolicInt::from).collect(),
            Item::Symbols(s) => {
                s.array.shape().iter().map(|d| SymbolicInt::fixed(i64::try_from(*d).unwrap_or(i64::MAX))).collect()
            }
            Item::Places(_) => return Err(info.error("nothing is known of its input")),
        };
        if info.op_type == "Size" {
            let elements = match item {
                Item::Value(value) => self.builder.ty(*value).elements().map(SymbolicInt::from),
                Item::Symbols(s) => i64::try_from(s.array.len()).ok().map(SymbolicInt::fixed),
                Item::Places(_) => None,
            };
            return elements
                .map(Symbols::scalar)
                .ok_or_else(|| info.error("the number of elements grows with the square of the batch"));
        }
        let rank = dims.len();
        let place = |name: &str, default: usize| match info.attributes.get(name) {
            Some(AttributeValue::Int(at)) if *at < 0 => {
                rank.saturating_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX))
            }
            Some(AttributeValue::Int(at)) => usize::try_from(*at).unwrap_or(usize::MAX),
            _ => default,
        };
        Ok(part(&Symbols::list(dims), place("start", 0), place("end", rank)))
    }

    /// `ConstantOfShape`: integers of a known shape stay known; else one number, expanded.
    fn filled(&mut self, info: &NodeInfo, item: &Item) -> Result<Option<Item>, OnnxError> {
        let refuse = |why: &str| info.error(why);
        let dims = self.symbols(item).ok_or_else(|| refuse("its shape is known only at run time"))?;
        let value = match info.attributes.get("value") {
            Some(AttributeValue::Tensor(tensor)) => tensor.reshaped(&[]).map_err(|e| refuse(&e.to_string()))?,
            _ => Tensor::scalar(0.0),
        };
        let known =
            dims.known().and_then(|d| d.into_iter().map(|d| usize::try_from(d).ok()).collect::<Option<Vec<_>>>());
        let count = known.as_ref().and_then(|d| d.iter().try_fold(1_usize, |all, d| all.checked_mul(*d)));
        if let (Some(sizes), Some(symbols), Some(count)) = (&known, Symbols::of(&value), count)
            && count <= MOST_SYMBOLS
        {
            let array = symbols.array.broadcast(ndarray::IxDyn(sizes)).map(|w| w.to_owned());
            return Ok(array.map(|array| Item::Symbols(Symbols { array, boolean: symbols.boolean })));
        }
        let inputs = [NodeInput::Absent, NodeInput::Symbolic(dims.flat())];
        let scalar = self.builder.constant(value);
        let mut context = NodeContext { b: &mut self.builder, info, inputs: &inputs };
        let shape = context.dims_input(1)?;
        let made = context.apply_to(crate::ops::expand::Expand { shape }, &[scalar])?;
        Ok(made.first().copied().map(Item::Value))
    }

    /// Hands the node to its operator file.
    fn operator(&mut self, info: &NodeInfo, items: Vec<Option<Item>>) -> Result<Vec<Item>, OnnxError> {
        let Some(import) = self.imports.get(info.op_type.as_str()).copied() else {
            return Err(unsupported(info));
        };
        let mut inputs = Vec::with_capacity(items.len());
        for item in items {
            inputs.push(match item {
                None => NodeInput::Absent,
                Some(Item::Value(value)) => NodeInput::Value(value),
                Some(Item::Symbols(symbols)) => match self.constant(&symbols, "") {
                    Some(value) => NodeInput::Value(value),
                    None => NodeInput::Symbolic(symbols.flat()),
                },
                Some(Item::Places(_)) => return Err(info.error("it takes no places that grow from image to image")),
            });
        }
        if let Some((place, target)) = self.freed.and_then(|n| freed::target(&self.builder, &info.op_type, &inputs, n))
        {
            inputs[place] = target;
        }
        legacy::modern(&mut self.builder, info, &mut inputs)?;
        let before = self.builder.graph().values().len();
        self.builder.set_scope(&format!("{}{}", info.name, super::PARTS.trim_end_matches('/')));
        let mut results = (import.1)(&mut NodeContext { b: &mut self.builder, info, inputs: &inputs });
        if let (Err(_), Some(batch)) = (&results, self.freed)
            && let Some(inputs) = freed::repeated(&mut self.builder, &inputs, batch)?
        {
            results = (import.1)(&mut NodeContext { b: &mut self.builder, info, inputs: &inputs });
        }
        let results = results?;
        if let Some(last) = results.first().filter(|value| value.index() >= before) {
            self.builder.name_maker(*last, &info.name);
        }
        self.builder.set_scope("");
        info.check_read(&inputs)?;
        for (name, value) in info.outputs.iter().zip(&results) {
            // A reader of several steps may have given the file's name to an earlier one.
            if !name.is_empty() && value.index() >= before {
                self.builder.rename(*value, name);
            }
        }
        Ok(results.into_iter().map(Item::Value).collect())
    }
}

/// Whether a node is of the standard's own operators.
pub(super) fn is_standard(node: &NodeProto) -> bool {
    matches!(node.domain.as_str(), "" | "ai.onnx")
}

/// The operator's type, with its domain where that is not the standard's.
pub(super) fn operator_name(node: &NodeProto) -> String {
    if is_standard(node) { node.op_type.clone() } else { format!("{}.{}", node.domain, node.op_type) }
}

fn unsupported(info: &NodeInfo) -> OnnxError {
    let why = crate::onnx::refused(&info.op_type).map_or(
        "this operator is not supported; replace the layer by supported ones and export again (the documentation lists them), or \
         ask for the operator",
        |refused| refused.why,
    );
    info.error(why)
}

fn constant_node(info: &NodeInfo) -> Result<Tensor, OnnxError> {
    const NAMES: [&str; 5] = ["value", "value_float", "value_int", "value_floats", "value_ints"];
    let list = |len: usize, data| Tensor::new(&[len], data).ok();
    let tensor = NAMES.iter().find_map(|name| match info.attributes.get(name)? {
        AttributeValue::Tensor(tensor) => Some(tensor.clone()),
        AttributeValue::Float(x) => Some(Tensor::scalar(*x)),
        AttributeValue::Int(x) => Tensor::new(&[], Data::I64(vec![*x].into())).ok(),
        AttributeValue::Floats(v) => list(v.len(), Data::F32(v.clone().into())),
        AttributeValue::Ints(v) => list(v.len(), Data::I64(v.clone().into())),
        AttributeValue::Text(_) | AttributeValue::Texts(_) => None,
    });
    tensor.ok_or_else(|| info.error("only dense numbers are supported as constants"))
}
