//! Projected gradient descent with a fixed number of steps, whatever the network answers on the way.

use std::cell::RefCell;
use std::rc::Rc;

use super::driver::batch::{DeviceBatch, HostBatch, Slot};
use super::driver::state::{Job, Next, Observation, State};
use super::driver::{Driver, Objective};
use super::{AttackError, AttackSettings, Ball, cross_entropy};
use crate::engine::{Buffer, Engine};
use crate::tensor::Dim;

/// A descent on one objective, compiled. Of the settings it takes norm and loss.
pub(crate) struct Descent {
    driver: Driver,
}

/// One image of a batch.
pub(crate) struct Origin {
    /// Its index in the data set.
    pub image: usize,
    /// Its class.
    pub label: usize,
    /// Its pixels [C, H, W].
    pub clean: Vec<f32>,
    /// Where the descent starts.
    pub start: Vec<f32>,
    /// The radius of its ball.
    pub eps: f32,
    /// The length of its steps.
    pub alpha: f32,
}

/// Where a descent came to.
pub(crate) struct Arrival {
    /// The image [C, H, W], verified to lie in its ball.
    pub image: Vec<f32>,
    /// Cross-entropy of the label before the first step and after each, where the descent was watched.
    pub losses: Vec<f32>,
}

impl Descent {
    /// Compiles the steps on `objective`, for up to `batch` images at once.
    pub(crate) async fn prepare(
        engine: &dyn Engine,
        objective: &dyn Objective,
        settings: &AttackSettings,
        batch: usize,
    ) -> Result<Self, AttackError> {
        let ty = objective.image();
        let sizes: Option<Vec<usize>> = ty.shape.iter().skip(1).map(|d: &Dim| d.known()).collect();
        let shape = sizes
            .and_then(|sizes| <[usize; 3]>::try_from(sizes).ok())
            .ok_or_else(|| AttackError::NotAClassifier { found: ty.to_string() })?;
        let classes = super::driver::graphs::number_of_classes(objective)?;
        let driver = Driver::prepare(engine, objective, Box::new(*settings), (shape, classes), batch).await?;
        Ok(Self { driver })
    }

    /// The most images at once.
    pub(crate) const fn batch(&self) -> usize {
        self.driver.batch
    }

    /// Takes `steps` steps from each origin; with `watched`, losses are recorded. `go_on` hears how many turns are done; where it
    /// answers no, the descent is [`AttackError::Stopped`].
    pub(crate) async fn run(
        &self,
        engine: &dyn Engine,
        origins: Vec<Origin>,
        (context, steps, watched): (&[&Buffer], usize, bool),
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Vec<Arrival>, AttackError> {
        let mut batch = HostBatch::new(1);
        let mut logs = Vec::with_capacity(origins.len());
        for origin in origins {
            let log = Rc::new(RefCell::new(Vec::new()));
            logs.push(Rc::clone(&log));
            let Origin { image, label, clean, start, eps, alpha } = origin;
            let state = Box::new(Steps { left: steps, label, alpha: f64::from(alpha), log });
            let job = Job { image, label, target: label, restart: 0, rank: 0, eps };
            batch.push(Slot { job, round: 0, state, end: None, clean }, [start.as_slice()]);
        }
        let mut running = DeviceBatch::upload(engine, batch, self.driver.shape).await?;
        // The last point is watched too, and not stepped from.
        let turns = if watched { steps + 1 } else { steps };
        let mut done = 0;
        let mut rule = |_: &DeviceBatch| {
            let more = done < turns;
            if more && !go_on(done) {
                return Err(AttackError::Stopped);
            }
            done += 1;
            Ok(more)
        };
        self.driver.drive(engine, &mut running, (context, watched), &mut rule).await?;
        self.arrivals(engine, &running, logs).await
    }

    async fn arrivals(
        &self,
        engine: &dyn Engine,
        running: &DeviceBatch,
        logs: Vec<Rc<RefCell<Vec<f32>>>>,
    ) -> Result<Vec<Arrival>, AttackError> {
        let last = engine.read(&running.fields[0]).await?;
        let size = self.driver.shape.iter().product::<usize>().max(1);
        let rows = running.slots.iter().zip(last.as_f32()?.chunks(size)).zip(logs);
        rows.map(|((slot, image), log)| {
            let ball = Ball { eps: slot.job.eps, ..self.driver.method.ball() };
            ball.verify(slot.job.image, image, &slot.clean, true)?;
            Ok(Arrival { image: image.to_vec(), losses: log.take() })
        })
        .collect()
    }
}

/// A fixed number of steps of one length.
struct Steps {
    left: usize,
    label: usize,
    alpha: f64,
    log: Rc<RefCell<Vec<f32>>>,
}

impl State for Steps {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        #[expect(clippy::cast_possible_truncation, reason = "devices compute in f32")]
        let logits: Vec<f32> = seen.logits.iter().map(|z| *z as f32).collect();
        let label = u32::try_from(self.label).unwrap_or(u32::MAX);
        self.log.borrow_mut().push(cross_entropy(&logits, label));
        let Some(left) = self.left.checked_sub(1) else { return Next::Done };
        self.left = left;
        Next::Step
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.alpha]
    }

    fn target(&self) -> usize {
        self.label
    }
}
