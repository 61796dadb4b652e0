//! The scalar functions of pointwise operators: every function of `shared/pointwise.wgsl` from f32s to f32.

use naga::{Module, Scalar, TypeInner};

use super::POINTWISE;
use super::assemble::{Assembled, assemble};
use super::check;
use super::fault::Fault;
use super::source::Sources;

/// The functions, with the fragments that hold them.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    /// Name and count of arguments.
    pub functions: Vec<(String, usize)>,
    /// Name and text of the fragments, `pointwise` first.
    pub fragments: Vec<(String, String)>,
}

/// Reads and validates the fragment.
///
/// # Errors
/// If it is missing, no WGSL, or declares something that a generated block cannot call.
pub fn read(sources: &Sources) -> Result<Functions, Fault> {
    let Some(file) = sources.fragments.get(POINTWISE) else {
        return Err(Fault::new("shaders/wgsl/shared/pointwise.wgsl", 1, "is missing"));
    };
    let text = assemble(file, sources)?;
    let module = check::parsed(&text)?;
    check::validate(&module, &text)?;
    let own = module.functions.iter().filter(|(handle, _)| {
        let span = module.functions.get_span(*handle).to_range().map_or(0, |range| range.start);
        text.place(span).0 == file.path
    });
    let functions = own.map(|(_, function)| signature(&module, function, &text)).collect::<Result<_, _>>()?;
    let names = std::iter::once(POINTWISE.to_owned()).chain(text.imports.iter().cloned());
    let fragments = names.map(|name| (name.clone(), sources.fragments[&name].text.clone())).collect();
    Ok(Functions { functions, fragments })
}

fn signature(module: &Module, function: &naga::Function, text: &Assembled) -> Result<(String, usize), Fault> {
    let is_f32 = |ty| module.types[ty].inner == TypeInner::Scalar(Scalar::F32);
    let name = function.name.clone().unwrap_or_default();
    let result = function.result.as_ref().is_some_and(|result| is_f32(result.ty));
    if !result || !function.arguments.iter().all(|argument| is_f32(argument.ty)) {
        return Err(Fault::new(text.path(), 1, format!("`{name}` must take and return f32 alone")));
    }
    Ok((name, function.arguments.len()))
}
