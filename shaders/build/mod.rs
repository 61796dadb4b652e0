//! From WGSL files to typed handles: read ([`source`]), put variants in ([`variants`]), resolve imports ([`assemble`]), parse and
//! validate with naga ([`check`]), learn what there is to bind ([`reflect`]), write Rust ([`write`]).
//!
//! It stands apart from `build.rs` so that `tests/build.rs` can include it: what the build must refuse is tested there.

pub mod assemble;
pub mod check;
pub mod fault;
pub mod functions;
pub mod reflect;
pub mod source;
pub mod variants;
pub mod write;

use std::path::Path;

use assemble::assemble;
use fault::{Fault, Faults};
use reflect::{Interface, Kernel, Variant};
use source::{File, Sources};
use variants::{Row, Variants};

/// The fragment whose functions are the scalar functions of pointwise operators.
pub const POINTWISE: &str = "pointwise";

/// The Rust text with the handles of all kernels of the crate at `folder`.
///
/// # Errors
/// All [`Faults`] found, each naming file and line.
pub fn generate(folder: &Path) -> Result<String, Faults> {
    let sources = Sources::read(folder)?;
    let variants = Variants::read(folder, &sources)?;
    let mut faults = Vec::new();
    let mut kernels = Vec::new();
    for file in &sources.kernels {
        match kernel(file, &sources, variants.rows(&file.name)) {
            Ok(kernel) => kernels.push(kernel),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(write::library(&kernels, &functions::read(&sources)?)) } else { Err(Faults(faults)) }
}

/// One kernel with all its variants.
///
/// # Errors
/// The first [`Fault`] of the file.
pub fn kernel(file: &File, sources: &Sources, rows: &[Row]) -> Result<Kernel, Fault> {
    let mut interface: Option<Interface> = None;
    let mut variants = Vec::new();
    for row in rows {
        let text = assemble(&row.apply(file)?, sources)?;
        let module = check::validated(&text)?;
        let found = Interface::of(&module, &text)?;
        variants.push(Variant::of(&row.variant, &module, &text));
        match &interface {
            None => interface = Some(found),
            Some(first) if *first == found => {}
            Some(_) => {
                let message = format!("variant `{}` differs from the first in what it binds", row.variant);
                return Err(Fault::new(&file.path, 1, message));
            }
        }
    }
    let interface = interface.ok_or_else(|| Fault::new(&file.path, 1, "has no variant"))?;
    Ok(Kernel { name: file.name.clone(), doc: file.doc(), interface, variants })
}
