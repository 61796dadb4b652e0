//! What a kernel must be, by naga and by our own contract: it has to run on base WebGPU, everywhere.

use naga::front::wgsl;
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ShaderStage, Span};

use super::assemble::Assembled;
use super::fault::Fault;

/// WebGPU's least limit on invocations of a workgroup.
const INVOCATIONS: u32 = 256;

/// WebGPU's least limit on workgroup memory, in bytes.
const WORKGROUP_BYTES: u32 = 16 * 1024;

/// The module of a kernel that keeps every rule but those on bindings, which [`super::reflect`] checks.
///
/// # Errors
/// What naga says, or the rule that is broken.
pub fn validated(text: &Assembled) -> Result<Module, Fault> {
    let module = parsed(text)?;
    validate(&module, text)?;
    entry(&module, text)?;
    workgroup_memory(&module, text)?;
    Ok(module)
}

/// Parses, with naga's marked excerpt as message.
///
/// # Errors
/// If the text is no WGSL.
pub fn parsed(text: &Assembled) -> Result<Module, Fault> {
    wgsl::parse_str(&text.text).map_err(|error| {
        let offset = first(error.labels().map(|(span, _)| span));
        text.fault(offset, error.emit_to_string_with_path(&text.text, &shown(text, offset)))
    })
}

/// Validates with every flag and no capability beyond the base.
///
/// # Errors
/// naga's marked excerpt.
pub fn validate(module: &Module, text: &Assembled) -> Result<ModuleInfo, Fault> {
    Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(module).map_err(|error| {
        let offset = first(error.spans().map(|(span, _)| *span));
        text.fault(offset, error.emit_to_string_with_path(&text.text, &shown(text, offset)))
    })
}

/// Where the first of the marked places begins; a conversion marks one that is nowhere.
fn first(mut spans: impl Iterator<Item = Span>) -> usize {
    spans.find_map(|span| span.to_range()).map_or(0, |range| range.start)
}

/// The name above naga's excerpt, whose lines are counted through kernel and fragments.
fn shown(text: &Assembled, offset: usize) -> String {
    let own = text.place(offset).0 == text.path();
    text.path().to_owned() + if own { "" } else { " with its imports" }
}

fn entry(module: &Module, text: &Assembled) -> Result<(), Fault> {
    let [entry] = module.entry_points.as_slice() else {
        return Err(Fault::new(text.path(), 1, "must have one entry point, `main`"));
    };
    let fault = |message: String| Err(text.fault(text.text.find("@compute").unwrap_or(0), message));
    if entry.name != "main" || entry.stage != ShaderStage::Compute {
        return fault(format!("the entry point must be a compute `main`, is `{}`", entry.name));
    }
    if entry.workgroup_size_overrides.is_some() {
        return fault("a workgroup's size must not depend on an `override`: use `//# variant`".to_owned());
    }
    let invocations: u32 = entry.workgroup_size.iter().product();
    if invocations > INVOCATIONS {
        return fault(format!("{invocations} invocations in a workgroup are more than {INVOCATIONS}"));
    }
    Ok(())
}

fn workgroup_memory(module: &Module, text: &Assembled) -> Result<(), Fault> {
    let mut total = 0u32;
    for (handle, variable) in module.global_variables.iter().filter(|(_, v)| v.space == AddressSpace::WorkGroup) {
        let offset = module.global_variables.get_span(handle).to_range().map_or(0, |range| range.start);
        let size = module.types[variable.ty].inner.try_size(module.to_ctx());
        let size = size.ok_or_else(|| text.fault(offset, "workgroup memory must have a size known while building"))?;
        total = total.saturating_add(size);
        if total > WORKGROUP_BYTES {
            return Err(
                text.fault(offset, format!("{total} bytes of workgroup memory are more than {WORKGROUP_BYTES}"))
            );
        }
    }
    Ok(())
}
