//! Images under attack: on the host between turns, and their place on the device.

use super::super::AttackError;
use super::super::methods::OWN;
use super::state::{Job, Next, State};
use crate::engine::{Buffer, Engine};
use crate::tensor::Tensor;

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Misclassified within the ball, by the turn's own logits.
    Fooled,
    /// Everything is tried.
    Done,
    /// The network answered with something that is not a number.
    NotANumber,
}

impl From<Next> for Option<End> {
    fn from(next: Next) -> Self {
        match next {
            Next::Step => None,
            Next::Fooled => Some(End::Fooled),
            Next::Done => Some(End::Done),
        }
    }
}

/// A job in work.
pub(crate) struct Slot {
    pub job: Job,
    /// Number of the job among those of its image.
    pub round: usize,
    pub state: Box<dyn State>,
    pub end: Option<End>,
    /// The clean image [C, H, W].
    pub clean: Vec<f32>,
}

/// Slots with their image-shaped state on the host.
pub(crate) struct HostBatch {
    pub slots: Vec<Slot>,
    /// Pixels of each field, all slots one after the other.
    pub fields: Vec<Vec<f32>>,
}

impl HostBatch {
    /// No slot yet, of `fields` fields.
    pub(crate) fn new(fields: usize) -> Self {
        Self { slots: Vec::new(), fields: vec![Vec::new(); fields] }
    }

    /// Appends a slot.
    pub(crate) fn push<'a>(&mut self, slot: Slot, fields: impl IntoIterator<Item = &'a [f32]>) {
        self.slots.push(slot);
        for (all, one) in self.fields.iter_mut().zip(fields) {
            all.extend_from_slice(one);
        }
    }
}

/// The same on the device.
pub(crate) struct DeviceBatch {
    pub slots: Vec<Slot>,
    pub fields: Vec<Buffer>,
    pub clean: Buffer,
    pub label: Buffer,
    target: Option<(Vec<i64>, Buffer)>,
    parameters: Option<(Vec<f32>, Buffer)>,
    knobs: Option<(Vec<f32>, Buffer)>,
}

impl DeviceBatch {
    /// Copies images of `shape` to the device.
    pub(crate) async fn upload(
        engine: &dyn Engine,
        host: HostBatch,
        [c, h, w]: [usize; 3],
    ) -> Result<Self, AttackError> {
        let shape = [host.slots.len(), c, h, w];
        let label = host.slots.iter().map(|s| index(s.job.label)).collect::<Vec<_>>();
        let clean = host.slots.iter().flat_map(|s| s.clean.iter().copied()).collect();
        let mut fields = Vec::with_capacity(host.fields.len());
        for field in host.fields {
            fields.push(engine.upload(&Tensor::f32(&shape, field)?).await?);
        }
        let clean = engine.upload(&Tensor::f32(&shape, clean)?).await?;
        let label = engine.upload(&Tensor::indices(&label)).await?;
        Ok(Self { slots: host.slots, fields, clean, label, target: None, parameters: None, knobs: None })
    }

    /// Slots whose job has ended.
    pub(crate) fn ended(&self) -> usize {
        self.slots.iter().filter(|s| s.end.is_some()).count()
    }

    /// Slots whose job goes on.
    pub(crate) fn live(&self) -> usize {
        self.slots.len() - self.ended()
    }

    /// The classes that the next losses aim at, `[N]`; uploaded when they have changed.
    pub(crate) async fn targets(&mut self, engine: &dyn Engine) -> Result<Buffer, AttackError> {
        let targets: Vec<i64> = self.slots.iter().map(|s| index(s.state.target())).collect();
        if let Some((_, buffer)) = self.target.as_ref().filter(|(known, _)| *known == targets) {
            return Ok(buffer.clone());
        }
        let buffer = engine.upload(&Tensor::indices(&targets)).await?;
        self.target = Some((targets, buffer.clone()));
        Ok(buffer)
    }

    /// The numbers that the next gradient takes, [N, `count`]; `None` where it takes none.
    pub(crate) async fn knobs(&mut self, engine: &dyn Engine, count: usize) -> Result<Option<Buffer>, AttackError> {
        if count == 0 {
            return Ok(None);
        }
        #[expect(clippy::cast_possible_truncation, reason = "devices compute in f32")]
        let values: Vec<f32> = self.slots.iter().flat_map(|s| s.state.knobs()).map(|knob| knob as f32).collect();
        if let Some((_, buffer)) = self.knobs.as_ref().filter(|(known, _)| *known == values) {
            return Ok(Some(buffer.clone()));
        }
        let buffer = engine.upload(&Tensor::f32(&[self.slots.len(), count], values.clone())?).await?;
        self.knobs = Some((values, buffer.clone()));
        Ok(Some(buffer))
    }

    /// The parameters of the next update [N, [`OWN`] + `own`], uploaded when they have changed; slots that do not `go` stand still.
    pub(crate) async fn parameters(
        &mut self,
        engine: &dyn Engine,
        own: usize,
        mut go: impl FnMut(&Slot) -> bool,
    ) -> Result<Buffer, AttackError> {
        let mut values = Vec::with_capacity(self.slots.len() * (OWN + own));
        for slot in &self.slots {
            values.extend([if go(slot) { 0.0 } else { 1.0 }, slot.job.eps]);
            #[expect(clippy::cast_possible_truncation, reason = "devices compute in f32")]
            values.extend(slot.state.parameters().into_iter().map(|parameter| parameter as f32));
        }
        if let Some((_, buffer)) = self.parameters.as_ref().filter(|(known, _)| *known == values) {
            return Ok(buffer.clone());
        }
        let buffer = engine.upload(&Tensor::f32(&[self.slots.len(), OWN + own], values.clone())?).await?;
        self.parameters = Some((values, buffer.clone()));
        Ok(buffer)
    }
}

/// A class or position as the device counts.
pub(crate) fn index(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
