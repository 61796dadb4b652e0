//! What the command line says of a network's file, as a recipe would.

use anyhow::{Result, anyhow};
use stitchscope_core::recipe::{DonorRef, Word};

use crate::arguments::Reading;

impl Reading {
    /// The network as a recipe names it.
    pub fn donor(&self, model: &str) -> Result<DonorRef> {
        Ok(DonorRef {
            output: self.output.clone(),
            layout: self.layout.as_deref().map(|given| word("--layout", given)).transpose()?,
            size: self.size.as_deref().map(size).transpose()?,
            pixels: self.pixels.as_deref().map(|given| word("--pixels", given)).transpose()?,
            ..DonorRef::new(model)
        })
    }
}

/// One word of a list.
pub fn word<W: Word>(option: &str, given: &str) -> Result<W> {
    W::from_word(given).ok_or_else(|| anyhow!("{option} is {given:?}; give one of {}", W::list()))
}

fn size(given: &str) -> Result<[usize; 2]> {
    let side = |text: &str| text.trim().parse().ok().filter(|side| *side > 0);
    let sides = given.split_once(['x', 'X']).and_then(|(rows, columns)| Some([side(rows)?, side(columns)?]));
    sides.ok_or_else(|| anyhow!("--size is {given:?}; give rows and columns, such as 224x224"))
}
