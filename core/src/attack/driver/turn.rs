//! One turn: a forward check where the attack has one, then forward-backward and update.
//!
//! Between the graphs every image's state observes what was computed for it and gives the parameters of its update.

use super::super::AttackError;
use super::super::methods::Method;
use super::batch::{DeviceBatch, End, Slot};
use super::graphs::{after_check_graph, check_graph};
use super::state::{Observation, State};
use super::{Driver, Objective};
use crate::engine::{Buffer, Engine, EngineError, Program};
use crate::metrics::first_largest;
use crate::rewrite;
use crate::tensor::Tensor;

/// The first half of a turn of an attack that checks first: what a step came to, without a gradient.
pub(super) struct Check {
    forward: Program,
    after: Program,
}

impl Check {
    /// For attacks that check first, else nothing.
    pub(super) async fn prepare(
        engine: &dyn Engine,
        objective: &dyn Objective,
        method: &dyn Method,
    ) -> Result<Option<Self>, AttackError> {
        let Some(forward) = check_graph(objective, method)? else { return Ok(None) };
        let after = after_check_graph(objective.image(), method)?;
        let (forward, after) = (rewrite::simplify(&forward)?, rewrite::simplify(&after)?);
        Ok(Some(Self { forward: engine.compile(&forward).await?, after: engine.compile(&after).await? }))
    }
}

impl Driver {
    /// One turn for all slots; judges each image where it stood before the update.
    pub(super) async fn turn(
        &self,
        engine: &dyn Engine,
        batch: &mut DeviceBatch,
        context: &[&Buffer],
        judge: bool,
    ) -> Result<(), AttackError> {
        if let Some(check) = self.check.as_ref().filter(|_| judge) {
            self.check(engine, check, batch, context).await?;
        }
        self.count(batch.live(), self.forward_backward.outputs().len() > 1);
        let target = batch.targets(engine).await?;
        let knobs = batch.knobs(engine, self.method.knobs()).await?;
        let mut arguments = vec![&batch.fields[0], &batch.clean, &batch.label, &target];
        arguments.extend(batch.fields.iter().skip(1).take(self.method.looks_at()));
        arguments.extend(knobs.as_ref());
        arguments.extend(context);
        let computed = self.forward_backward.run(&arguments).await?;
        if judge {
            let seen = engine.read(computed.first().ok_or(EngineError::ForeignBuffer)?).await?;
            self.observe_all(&seen, &mut batch.slots, |slot| slot.end.is_none());
        }
        self.update(engine, &self.update, batch, computed.get(1), |slot| slot.end.is_none()).await
    }

    /// Judges what the last step came to by a forward pass; images that it fooled need no gradient there.
    async fn check(
        &self,
        engine: &dyn Engine,
        check: &Check,
        batch: &mut DeviceBatch,
        context: &[&Buffer],
    ) -> Result<(), AttackError> {
        let waiting: Vec<bool> = batch.slots.iter().map(|s| s.end.is_none() && s.state.checks_first()).collect();
        if !waiting.contains(&true) {
            return Ok(());
        }
        self.count(waiting.iter().filter(|w| **w).count(), false);
        let mut arguments = vec![&batch.fields[0], &batch.clean];
        arguments.extend(context);
        let computed = check.forward.run(&arguments).await?;
        let seen = engine.read(computed.first().ok_or(EngineError::ForeignBuffer)?).await?;
        let fooled = self.fooled(&seen, &batch.slots);
        let observing: Vec<bool> = waiting.iter().zip(fooled).map(|(waiting, fooled)| *waiting && fooled).collect();
        let mut each = observing.iter().copied();
        self.observe_all(&seen, &mut batch.slots, |_| each.next().unwrap_or(false));
        let mut each = observing.iter().copied();
        let go = |slot: &Slot| each.next().unwrap_or(false) && slot.end.is_none();
        self.update(engine, &check.after, batch, None, go).await
    }

    /// Runs an update of the slots that `go`.
    async fn update(
        &self,
        engine: &dyn Engine,
        program: &Program,
        batch: &mut DeviceBatch,
        gradient: Option<&Buffer>,
        go: impl FnMut(&Slot) -> bool,
    ) -> Result<(), AttackError> {
        let parameters = batch.parameters(engine, self.method.parameters(), go).await?;
        let mut arguments: Vec<_> = batch.fields.iter().collect();
        arguments.extend(gradient);
        arguments.extend([&batch.clean, &parameters]);
        batch.fields = program.run(&arguments).await?;
        Ok(())
    }

    /// Gives the states of slots that `listen` what was seen.
    fn observe_all(&self, seen: &Tensor, slots: &mut [Slot], mut listen: impl FnMut(&Slot) -> bool) {
        let width = seen.shape().get(1).copied().unwrap_or(1).max(1);
        for (slot, row) in slots.iter_mut().zip(seen.to_f64().chunks(width)) {
            if listen(slot) {
                slot.end = observe(slot.state.as_mut(), slot.job.label, row.split_at(self.classes.min(width)));
            }
        }
    }

    /// Which rows name another class than their label; none of those that hold a NaN.
    fn fooled(&self, seen: &Tensor, slots: &[Slot]) -> Vec<bool> {
        let width = seen.shape().get(1).copied().unwrap_or(1).max(1);
        let rows = seen.to_f64();
        let judged = slots.iter().zip(rows.chunks(width));
        judged
            .map(|(slot, row)| first_largest(&row[..self.classes.min(width)]).is_some_and(|c| c != slot.job.label))
            .collect()
    }
}

/// Gives a state what was seen.
pub(crate) fn observe(state: &mut dyn State, label: usize, (logits, statistics): (&[f64], &[f64])) -> Option<End> {
    let Some(class) = first_largest(logits) else { return Some(End::NotANumber) };
    state.observe(&Observation { logits, statistics, fooled: class != label }).into()
}
