//! One turn of a runner: glance and settle where the attack has them, then look and move.
//!
//! Between the graphs every image's walk hears what was seen of it and says how it moves.

use super::method::{Method, Seen, Walk};
use super::slots::{End, Slot, Slots, index};
use super::turn::{glance_graph, settle_graph};
use super::{AttackError, Runner};
use crate::engine::{Engine, EngineError, Program};
use crate::graph::Graph;
use crate::rewrite;
use crate::tensor::Tensor;

/// The first half of a turn of an attack that glances: what a step came to, without a gradient.
pub(super) struct Glance {
    look: Program,
    settle: Program,
}

impl Glance {
    /// For attacks that glance, else nothing.
    pub async fn prepare(
        engine: &dyn Engine,
        network: &Graph,
        method: &dyn Method,
    ) -> Result<Option<Self>, AttackError> {
        let Some(look) = glance_graph(network, method)? else { return Ok(None) };
        let settle = settle_graph(network.ty(network.inputs()[0]), method)?;
        let (look, settle) = (rewrite::simplify(&look)?, rewrite::simplify(&settle)?);
        Ok(Some(Self { look: engine.compile(&look).await?, settle: engine.compile(&settle).await? }))
    }
}

impl Runner {
    /// One turn for all slots; judges each image where it stood before the move.
    pub(super) async fn turn(&self, engine: &dyn Engine, state: &mut Slots) -> Result<(), AttackError> {
        if let Some(glance) = &self.glance {
            self.glance(engine, glance, state).await?;
        }
        let targets: Vec<i64> = state.slots.iter().map(|s| index(s.walk.target())).collect();
        let target = engine.upload(&Tensor::indices(&targets)).await?;
        let looked = self.look.run(&[&state.fields[0], &state.clean, &state.label, &target]).await?;
        let seen = engine.read(looked.first().ok_or(EngineError::ForeignBuffer)?).await?;
        self.hear_all(&seen, &mut state.slots, |slot| slot.end.is_none());
        let knobs = engine.upload(&self.knobs(&state.slots, |slot| slot.end.is_none())?).await?;
        let mut arguments: Vec<_> = state.fields.iter().collect();
        arguments.extend(looked.get(1));
        arguments.extend([&state.clean, &knobs]);
        state.fields = self.step.run(&arguments).await?;
        Ok(())
    }

    /// Judges what the last step came to by a forward pass; images that it fooled need no gradient there.
    async fn glance(&self, engine: &dyn Engine, glance: &Glance, state: &mut Slots) -> Result<(), AttackError> {
        let waiting: Vec<bool> = state.slots.iter().map(|s| s.end.is_none() && s.walk.glances()).collect();
        if !waiting.contains(&true) {
            return Ok(());
        }
        let looked = glance.look.run(&[&state.fields[0], &state.clean]).await?;
        let seen = engine.read(looked.first().ok_or(EngineError::ForeignBuffer)?).await?;
        let fooled = self.fooled(&seen, &state.slots);
        let heard: Vec<bool> = waiting.iter().zip(fooled).map(|(waiting, fooled)| *waiting && fooled).collect();
        let mut each = heard.iter().copied();
        self.hear_all(&seen, &mut state.slots, |_| each.next().unwrap_or(false));
        let mut each = heard.iter().copied();
        let moving = self.knobs(&state.slots, |slot| each.next().unwrap_or(false) && slot.end.is_none())?;
        let knobs = engine.upload(&moving).await?;
        let mut arguments: Vec<_> = state.fields.iter().collect();
        arguments.extend([&state.clean, &knobs]);
        state.fields = glance.settle.run(&arguments).await?;
        Ok(())
    }

    /// Tells the walks of slots that `listen` what was seen.
    fn hear_all(&self, seen: &Tensor, slots: &mut [Slot], mut listen: impl FnMut(&Slot) -> bool) {
        let width = seen.shape().get(1).copied().unwrap_or(1).max(1);
        for (slot, row) in slots.iter_mut().zip(seen.to_f64().chunks(width)) {
            if listen(slot) {
                slot.end = hear(slot.walk.as_mut(), slot.job.label, row.split_at(self.classes.min(width)));
            }
        }
    }

    /// Which rows name another class than their label; none of those that hold a NaN.
    fn fooled(&self, seen: &Tensor, slots: &[Slot]) -> Vec<bool> {
        let width = seen.shape().get(1).copied().unwrap_or(1).max(1);
        let rows = seen.to_f64();
        let judged = slots.iter().zip(rows.chunks(width));
        judged.map(|(slot, row)| class(&row[..self.classes.min(width)]).is_some_and(|c| c != slot.job.label)).collect()
    }

    /// The knobs of all slots; those that do not `go` stand still.
    fn knobs(&self, slots: &[Slot], mut go: impl FnMut(&Slot) -> bool) -> Result<Tensor, AttackError> {
        let mut knobs = Vec::with_capacity(slots.len() * (1 + self.method.knobs()));
        for slot in slots {
            knobs.push(if go(slot) { 0.0 } else { 1.0 });
            #[expect(clippy::cast_possible_truncation, reason = "devices compute in f32")]
            knobs.extend(slot.walk.knobs().into_iter().map(|knob| knob as f32));
        }
        Ok(Tensor::f32(&[slots.len(), 1 + self.method.knobs()], knobs)?)
    }
}

/// Tells a walk what was seen.
pub(super) fn hear(walk: &mut dyn Walk, label: usize, (logits, notes): (&[f64], &[f64])) -> Option<End> {
    let Some(class) = class(logits) else { return Some(End::NotANumber) };
    walk.hear(&Seen { logits, notes, fooled: class != label }).into()
}

/// The first largest, as everywhere; `None` where one is not a number.
fn class(logits: &[f64]) -> Option<usize> {
    if logits.is_empty() || logits.iter().any(|z| z.is_nan()) {
        return None;
    }
    Some(logits.iter().enumerate().fold(0, |best, (i, z)| if *z > logits[best] { i } else { best }))
}
