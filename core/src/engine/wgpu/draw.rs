//! Random numbers made where they are needed: the streams of `core/src/random.rs`, bit for bit.

use std::rc::Rc;

use stitchscope_shaders::random::uniform;

use super::device::bytes_of;
use super::run::{Held, Shared};
use crate::engine::{Buffer, EngineError};
use crate::random::{Purpose, key};
use crate::tensor::DType;

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The study's seed.
    pub seed: u64,
    /// What the numbers are for.
    pub purpose: Purpose,
    /// Which attempt.
    pub restart: u32,
    /// Smallest and largest number.
    pub range: [f32; 2],
}

/// Numbers for `images` (indices in their data set), `elements` each: f32 [images, elements].
pub(super) fn draw(shared: &Rc<Shared>, draw: &Draw, images: &[u64], elements: usize) -> Result<Buffer, EngineError> {
    let range = |size: usize| u32::try_from(size).map_err(|_| EngineError::Range { value: i64::MAX });
    let blocks = elements.div_ceil(4);
    let [key_first, key_second] = key(draw.seed, draw.purpose);
    let params = uniform::Params {
        count: range(images.len() * blocks)?,
        elements: range(elements)?,
        blocks: range(blocks)?,
        key_first,
        key_second,
        restart: draw.restart,
        low: draw.range[0],
        high: draw.range[1],
        zero: 0,
    };
    #[expect(clippy::cast_possible_truncation, reason = "the low and the high word")]
    let words: Vec<u32> = images.iter().flat_map(|image| [*image as u32, (*image >> 32) as u32]).collect();
    let device = &shared.device;
    let indices = device.buffer_with(&words)?;
    let target = device.buffer(bytes_of(images.len() * elements))?;
    let launch =
        uniform::launch(uniform::Variant::Default, uniform::Constants, params, uniform::Bindings { images: &indices });
    shared.launch_once(launch.kernel, &launch.params, &[(&indices, false), (&target, true)], images.len() * blocks)?;
    Ok(Buffer::new(&[images.len(), elements], DType::F32, Rc::new(Held(Rc::new(target)))))
}
