//! What a kernel binds, by its naga module: parameters, overrides, storage, the emit block's place; with the rules on these.

use naga::{
    AddressSpace, ArraySize, GlobalVariable, Handle, Module, ScalarKind, Span, StorageAccess, TypeInner, VectorSize,
};

use super::assemble::Assembled;
use super::fault::Fault;

/// WebGPU's least limit on storage buffers of a stage.
const STORAGE_BUFFERS: usize = 8;

/// A kernel, ready to be written down.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// `family/name`.
    pub name: String,
    /// What it computes.
    pub doc: String,
    /// What every variant binds.
    pub interface: Interface,
    /// The variants, in the order of `variants.txt`.
    pub variants: Vec<Variant>,
}

/// One variant's text.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name, in small letters.
    pub name: String,
    /// Text before the emit block, or all of it.
    pub head: String,
    /// The emit block.
    pub emit: Option<String>,
    /// Text after the emit block.
    pub tail: String,
    /// Fragments in `head` and `tail`.
    pub imports: Vec<String>,
    /// Invocations along x, y, z.
    pub workgroup: [u32; 3],
}

/// What a kernel binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Fields of `Params`.
    pub params: Vec<Field>,
    /// Size of `Params` in words.
    pub words: u32,
    /// The `override` constants.
    pub overrides: Vec<(String, ScalarType)>,
    /// Storage bindings but the emit block's, from binding 1.
    pub bindings: Vec<Binding>,
}

/// A field of `Params`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What its comment says.
    pub doc: String,
    /// The type of each word.
    pub scalar: ScalarType,
    /// Count of words; `None` for a scalar.
    pub count: Option<u32>,
    /// Where it begins, in words.
    pub offset: u32,
}

/// A storage buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub name: String,
    /// Whether the kernel writes it.
    pub writes: bool,
}

/// Type of a 32-bit word, or of an override.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarType {
    U32,
    I32,
    F32,
    Bool,
}

impl Variant {
    /// The variant whose text and module these are.
    pub fn of(name: &str, module: &Module, text: &Assembled) -> Self {
        let all = text.text.as_str();
        let (head, emit, tail) = match &text.emit {
            None => (all, None, ""),
            Some(range) => (&all[..range.start], Some(all[range.clone()].to_owned()), &all[range.end..]),
        };
        let workgroup = module.entry_points.first().map_or([1; 3], |entry| entry.workgroup_size);
        let (name, imports) = (name.to_owned(), text.imports.clone());
        Self { name, head: head.to_owned(), emit, tail: tail.to_owned(), imports, workgroup }
    }
}

impl Interface {
    /// What the kernel binds, checked.
    ///
    /// # Errors
    /// The first rule that is broken, with its line.
    pub fn of(module: &Module, text: &Assembled) -> Result<Self, Fault> {
        let mut globals = bound(module, text)?;
        globals.sort_by_key(|global| global.binding);
        for (expected, global) in globals.iter().enumerate() {
            if global.binding as usize != expected {
                let message = format!("is binding {}, where {expected} is due: they are consecutive", global.binding);
                return Err(global.fault(text, &message));
            }
        }
        let Some((first, storage)) = globals.split_first() else {
            return Err(Fault::new(text.path(), 1, "binds nothing: binding 0 must be `var<uniform> p: Params`"));
        };
        let (params, words) = params(module, first, text)?;
        let bindings = storage_bindings(storage, text)?;
        Ok(Self { params, words, overrides: overrides(module, text)?, bindings })
    }
}

/// A global that is bound.
struct Global<'a> {
    name: &'a str,
    binding: u32,
    variable: &'a GlobalVariable,
    offset: usize,
}

impl Global<'_> {
    fn fault(&self, text: &Assembled, message: &str) -> Fault {
        text.fault(self.offset, format!("`{}` {message}", self.name))
    }

    fn is_emitted(&self, text: &Assembled) -> bool {
        text.emit.as_ref().is_some_and(|range| range.contains(&self.offset))
    }
}

fn bound<'a>(module: &'a Module, text: &Assembled) -> Result<Vec<Global<'a>>, Fault> {
    let mut found = Vec::new();
    for (handle, variable) in module.global_variables.iter() {
        let offset = offset(module.global_variables.get_span(handle));
        let name = variable.name.as_deref().unwrap_or("_");
        let Some(binding) = &variable.binding else {
            continue;
        };
        let global = Global { name, binding: binding.binding, variable, offset };
        if binding.group != 0 {
            return Err(global.fault(text, "is in another group than 0"));
        }
        found.push(global);
    }
    Ok(found)
}

/// The storage bindings; the emit block's is the last and left out.
fn storage_bindings(globals: &[Global<'_>], text: &Assembled) -> Result<Vec<Binding>, Fault> {
    let mut bindings = Vec::new();
    for (index, global) in globals.iter().enumerate() {
        let AddressSpace::Storage { access } = global.variable.space else {
            return Err(global.fault(text, "must be `var<storage, ..>`: only binding 0 is uniform"));
        };
        let last = index + 1 == globals.len();
        if global.is_emitted(text) != (last && text.emit.is_some()) {
            return Err(global.fault(text, "breaks the rule that the emit block holds one binding, the last"));
        }
        if !global.is_emitted(text) {
            let writes = access.contains(StorageAccess::STORE);
            bindings.push(Binding { name: global.name.to_owned(), writes });
        }
    }
    if globals.len() > STORAGE_BUFFERS {
        let message = format!("binds {} storage buffers, more than {STORAGE_BUFFERS}", globals.len());
        return Err(Fault::new(text.path(), 1, message));
    }
    if text.emit.is_none() && bindings.iter().all(|binding| !binding.writes) {
        return Err(Fault::new(text.path(), 1, "writes nothing: no `read_write` binding and no emit block"));
    }
    if text.emit.is_some() && globals.is_empty() {
        return Err(Fault::new(text.path(), 1, "has an emit block that binds nothing"));
    }
    Ok(bindings)
}

fn params(module: &Module, global: &Global<'_>, text: &Assembled) -> Result<(Vec<Field>, u32), Fault> {
    let ty = &module.types[global.variable.ty];
    let named = ty.name.as_deref() == Some("Params") && global.name == "p";
    let (TypeInner::Struct { members, span }, true, AddressSpace::Uniform) = (&ty.inner, named, global.variable.space)
    else {
        return Err(global.fault(text, "must be `var<uniform> p: Params`, a struct, as binding 0"));
    };
    let mut fields = Vec::new();
    for member in members {
        let name = member.name.clone().unwrap_or_default();
        let Some((scalar, count)) = words(module, member.ty) else {
            let message = format!("has a field `{name}` that is no u32, i32, f32, vec4 or array of vec4 of these");
            return Err(global.fault(text, &message));
        };
        let doc = comment(&text.text, &name);
        fields.push(Field { name, doc, scalar, count, offset: member.offset / 4 });
    }
    Ok((fields, span / 4))
}

/// Type and count of the words of a field.
fn words(module: &Module, ty: Handle<naga::Type>) -> Option<(ScalarType, Option<u32>)> {
    match module.types[ty].inner {
        TypeInner::Scalar(scalar) => Some((word(scalar)?, None)),
        TypeInner::Vector { size: VectorSize::Quad, scalar } => Some((word(scalar)?, Some(4))),
        TypeInner::Array { base, size: ArraySize::Constant(count), stride: 16 } => match words(module, base)? {
            (scalar, Some(4)) => Some((scalar, Some(4 * count.get()))),
            _ => None,
        },
        _ => None,
    }
}

fn word(scalar: naga::Scalar) -> Option<ScalarType> {
    match (scalar.kind, scalar.width) {
        (ScalarKind::Uint, 4) => Some(ScalarType::U32),
        (ScalarKind::Sint, 4) => Some(ScalarType::I32),
        (ScalarKind::Float, 4) => Some(ScalarType::F32),
        _ => None,
    }
}

fn overrides(module: &Module, text: &Assembled) -> Result<Vec<(String, ScalarType)>, Fault> {
    let mut found = Vec::new();
    for (handle, constant) in module.overrides.iter() {
        let name = constant.name.clone().unwrap_or_default();
        let scalar = match module.types[constant.ty].inner {
            TypeInner::Scalar(scalar) if scalar.kind == ScalarKind::Bool => Some(ScalarType::Bool),
            TypeInner::Scalar(scalar) => word(scalar),
            _ => None,
        };
        let place = offset(module.overrides.get_span(handle));
        let fault = |message: &str| text.fault(place, format!("override `{name}` {message}"));
        let scalar = scalar.ok_or_else(|| fault("is no u32, i32, f32 or bool"))?;
        if constant.id.is_some() {
            return Err(fault("has an @id: it is passed by name"));
        }
        found.push((name, scalar));
    }
    Ok(found)
}

fn offset(span: Span) -> usize {
    span.to_range().map_or(0, |range| range.start)
}

/// The comment before or after a field of `Params`, which naga passes over.
fn comment(text: &str, field: &str) -> String {
    let start = text.find("struct Params").unwrap_or(0);
    let mut before: Vec<&str> = Vec::new();
    for line in text[start..].lines().skip(1).map(str::trim) {
        if let Some(said) = line.strip_prefix("//") {
            before.push(said.trim_start_matches('/').trim());
            continue;
        }
        let declared = line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':'));
        if declared {
            before.extend(line.split_once("//").map(|(_, said)| said.trim()));
            return before.join(" ");
        }
        if line.starts_with('}') {
            break;
        }
        before.clear();
    }
    String::new()
}
