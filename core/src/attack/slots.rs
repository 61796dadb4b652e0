//! Images under attack and their place on the device.

use super::AttackError;
use super::method::{Job, Turn, Walk};
use crate::engine::{Buffer, Engine};
use crate::tensor::Tensor;

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Misclassified within the ball, by the look's own logits.
    Fooled,
    /// Tried everything.
    Over,
    /// The network answered with something that is not a number.
    NotANumber,
}

impl From<Turn> for Option<End> {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Go => None,
            Turn::Fooled => Some(End::Fooled),
            Turn::Over => Some(End::Over),
        }
    }
}

/// A job in work.
pub(super) struct Slot {
    pub job: Job,
    /// Number of the job among those of its image.
    pub round: usize,
    pub walk: Box<dyn Walk>,
    pub end: Option<End>,
}

/// One row per slot.
#[derive(Default)]
pub(super) struct Rows {
    pub slots: Vec<Slot>,
    /// Pixels of each field, all slots one after the other.
    pub fields: Vec<Vec<f32>>,
    pub clean: Vec<f32>,
}

impl Rows {
    /// No slot yet, of `fields` fields.
    pub fn new(fields: usize) -> Self {
        Self { slots: Vec::new(), fields: vec![Vec::new(); fields], clean: Vec::new() }
    }

    /// Appends a slot.
    pub fn push(&mut self, slot: Slot, fields: &[&[f32]], clean: &[f32]) {
        self.slots.push(slot);
        for (all, one) in self.fields.iter_mut().zip(fields) {
            all.extend_from_slice(one);
        }
        self.clean.extend_from_slice(clean);
    }
}

/// The same on the device.
pub(super) struct Slots {
    pub slots: Vec<Slot>,
    pub fields: Vec<Buffer>,
    pub clean: Buffer,
    pub label: Buffer,
}

impl Slots {
    /// Copies rows of images of `shape` to the device.
    pub async fn upload(engine: &dyn Engine, rows: Rows, [c, h, w]: [usize; 3]) -> Result<Self, AttackError> {
        let shape = [rows.slots.len(), c, h, w];
        let label = rows.slots.iter().map(|s| index(s.job.label)).collect::<Vec<_>>();
        let mut fields = Vec::with_capacity(rows.fields.len());
        for field in rows.fields {
            fields.push(engine.upload(&Tensor::f32(&shape, field)?).await?);
        }
        let clean = engine.upload(&Tensor::f32(&shape, rows.clean)?).await?;
        let label = engine.upload(&Tensor::indices(&label)).await?;
        Ok(Self { slots: rows.slots, fields, clean, label })
    }

    /// Slots whose job has ended.
    pub fn ended(&self) -> usize {
        self.slots.iter().filter(|s| s.end.is_some()).count()
    }
}

/// A class or position as the device counts.
pub(super) fn index(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
