//! A kernel as SPIR-V, made by naga with the settings that wgpu has on a card whose driver checks bounds by itself.

use anyhow::{Context, Result};
use naga::back::{PipelineConstants, pipeline_constants, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// What a kernel binds, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The block of parameters.
    Uniform,
    /// A buffer.
    Storage,
}

/// A kernel for a driver.
pub struct Module {
    /// SPIR-V, with the entry point `main`.
    pub words: Vec<u32>,
    /// What lies at binding 0, 1, 2, ...
    pub bindings: Vec<Bound>,
}

/// Values of `override` constants: a 3 x 3 window with padding 1 over pictures of 32 x 32, operands row by row.
const CONSTANTS: &[(&str, f64)] = &[
    ("ROWS", 32.0),
    ("COLUMNS", 32.0),
    ("OUT_ROWS", 32.0),
    ("OUT_COLUMNS", 32.0),
    ("KERNEL_ROWS", 3.0),
    ("KERNEL_COLUMNS", 3.0),
    ("A_ALONG_INNER", 1.0),
    ("B_ALONG_INNER", 0.0),
    ("COUNT_BORDER", 0.0),
];

/// The kernel with this text, its `override` constants set to the table's values (1 where it has none).
///
/// # Errors
/// What naga says.
pub fn of(text: &str, overrides: &[&str]) -> Result<Module> {
    let module = naga::front::wgsl::parse_str(text).context("parsing")?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module).context("validating")?;
    let value = |name: &str| CONSTANTS.iter().find(|(known, _)| *known == name).map_or(1.0, |(_, value)| *value);
    let constants: PipelineConstants = overrides.iter().map(|name| ((*name).to_owned(), value(name))).collect();
    let entry = Some((naga::ShaderStage::Compute, "main"));
    let (module, info) =
        pipeline_constants::process_overrides(&module, &info, entry, &constants).context("setting constants")?;
    let options = spv::Options {
        lang_version: (1, 3),
        bounds_check_policies: BoundsCheckPolicies {
            index: BoundsCheckPolicy::Restrict,
            buffer: BoundsCheckPolicy::Unchecked,
            image_load: BoundsCheckPolicy::Unchecked,
            binding_array: BoundsCheckPolicy::Unchecked,
        },
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: true,
        ..spv::Options::default()
    };
    let pipeline = spv::PipelineOptions { shader_stage: naga::ShaderStage::Compute, entry_point: "main".to_owned() };
    let words = spv::write_vec(&module, &info, &options, Some(&pipeline)).context("writing SPIR-V")?;
    Ok(Module { words, bindings: bindings(&module) })
}

fn bindings(module: &naga::Module) -> Vec<Bound> {
    let bound = module.global_variables.iter().filter_map(|(_, variable)| {
        let kind = if variable.space == naga::AddressSpace::Uniform { Bound::Uniform } else { Bound::Storage };
        variable.binding.as_ref().map(|place| (place.binding, kind))
    });
    let mut bound: Vec<(u32, Bound)> = bound.collect();
    bound.sort_by_key(|(place, _)| *place);
    bound.into_iter().map(|(_, kind)| kind).collect()
}
