//! A chain of pointwise operators alone: everything is in the emit block.

use std::marker::PhantomData;

use stitchscope_shaders::pointwise::map;

use super::super::plan::{Site, Spread};
use crate::engine::EngineError;

/// One invocation per element.
pub(super) fn lower(site: &mut Site<'_, '_>) -> Result<(), EngineError> {
    let count = site.count();
    let params = map::Params { count: count_of(count, site)? };
    let launch = map::launch(map::Variant::Default, map::Constants, params, map::Bindings(PhantomData));
    site.finish(launch, Spread::Elements(count), count as u64)
}

/// A size as the shaders count.
pub(super) fn count_of(count: usize, site: &Site<'_, '_>) -> Result<u32, EngineError> {
    u32::try_from(count).map_err(|_| site.broken(&format!("{count} elements are more than 2^32")))
}
