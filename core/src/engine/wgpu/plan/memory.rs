//! Tensors that do not live at the same time share a buffer.
//!
//! Steps run in order, so a tensor lives from the step that first writes it to the last that touches it. The largest tensors choose
//! first (a small one fits anywhere); each takes the buffer that it makes grow least.

use super::{Home, Planned, Step, TensorId};

/// Which buffer each tensor lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slots {
    /// By tensor; `None` for inputs, constants, results and what no step touches.
    pub of_tensor: Vec<Option<usize>>,
    /// Size of each buffer in words.
    pub words: Vec<usize>,
}

/// First and last step that touch a tensor.
type Life = (usize, usize);

/// Shares buffers among the tensors that steps make and nobody else sees.
pub(super) fn share(tensors: &[Planned], steps: &[Step], results: &[TensorId]) -> Slots {
    let lives = lives(tensors.len(), steps);
    let mut order: Vec<usize> = (0..tensors.len())
        .filter(|i| matches!(tensors[*i].home, Home::Made) && !results.contains(&TensorId(*i)) && lives[*i].is_some())
        .collect();
    order.sort_by_key(|i| std::cmp::Reverse(tensors[*i].words));
    let mut slots = Slots { of_tensor: vec![None; tensors.len()], words: Vec::new() };
    let mut taken: Vec<Vec<Life>> = Vec::new();
    for tensor in order {
        let Some(life) = lives[tensor] else { continue };
        let free = |slot: &usize| taken[*slot].iter().all(|other| other.1 < life.0 || life.1 < other.0);
        // In order of size every free buffer is large enough; the smallest of them leaves the others to larger gaps.
        let slot = (0..slots.words.len()).filter(free).min_by_key(|slot| slots.words[*slot]);
        let slot = slot.unwrap_or_else(|| {
            slots.words.push(tensors[tensor].words);
            taken.push(Vec::new());
            slots.words.len() - 1
        });
        taken[slot].push(life);
        slots.of_tensor[tensor] = Some(slot);
    }
    slots
}

fn lives(count: usize, steps: &[Step]) -> Vec<Option<Life>> {
    let mut lives: Vec<Option<Life>> = vec![None; count];
    for (position, step) in steps.iter().enumerate() {
        for (tensor, _) in &step.bindings {
            let life = &mut lives[tensor.0];
            *life = Some((life.map_or(position, |l| l.0), position));
        }
    }
    lives
}
