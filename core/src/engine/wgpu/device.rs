//! A device with its queue, what it has said of itself since, and buffers that are used again.
//!
//! Failures of a device come late and from aside; they are noted in [`Health`] and told at the next call. Nothing here waits:
//! answers are futures, and on a workstation a thread of [`Driver`] does the waiting that a browser's event loop does there.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;

use crate::engine::EngineError;
use crate::platform::clock::Duration;
use crate::platform::driver::Driver;
use crate::platform::listen;

use super::ENGINE;

/// How long an answer of the device may take before it counts as lost. Drivers give up on single submissions after 2 to 10
/// seconds; ours are far shorter, but many of them may be under way.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// How long after its first refusals a browser may take to say that a device is lost; a quarter of a second was seen.
const LOSS_TOLD_WITHIN: Duration = Duration::from_secs(3);

/// What a device has said of itself, from whatever thread.
#[derive(Debug, Default)]
pub(super) struct Health {
    lost: Mutex<Option<String>>,
    failed: Mutex<Option<String>>,
}

impl Health {
    fn note(place: &Mutex<Option<String>>, why: String) {
        // The first complaint is the cause; what follows are its consequences.
        place.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    /// The device is gone.
    pub(super) fn lost(&self, why: String) {
        Self::note(&self.lost, why);
    }

    fn is_lost(&self) -> bool {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn failed(&self, why: String) {
        Self::note(&self.failed, why);
    }

    /// What went wrong since the last question; a lost device stays lost.
    ///
    /// # Errors
    /// [`EngineError::Lost`] or [`EngineError::Device`].
    pub(super) fn check(&self, doing: &str) -> Result<(), EngineError> {
        if let Some(why) = self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(EngineError::Lost { engine: ENGINE, why });
        }
        match self.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(why) => Err(EngineError::Device { engine: ENGINE, doing: doing.to_owned(), why }),
            None => Ok(()),
        }
    }
}

/// A device, its queue, its limits and its spare buffers.
pub(super) struct Device {
    /// The device itself.
    pub raw: wgpu::Device,
    /// Where work is handed in.
    pub queue: wgpu::Queue,
    /// What it can do.
    pub limits: wgpu::Limits,
    /// Whether it is a processor in disguise: other kernels suit it.
    pub on_processor: bool,
    /// What it said of itself.
    pub health: Arc<Health>,
    driver: Driver,
    spare: RefCell<HashMap<u64, Vec<wgpu::Buffer>>>,
    held: Cell<u64>,
}

/// Storage that a program writes and reads, and that can be copied from and to.
const USAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

impl Device {
    /// Asks `adapter` for a device with all that it offers.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] with the adapter's words.
    pub(super) async fn open(adapter: &wgpu::Adapter) -> Result<Self, EngineError> {
        let limits = adapter.limits();
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("stitchscope"),
            required_limits: limits.clone(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        };
        let (raw, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|why| EngineError::Unavailable(format!("{} gives no device: {why}", adapter.get_info().name)))?;
        let health = Arc::new(Health::default());
        let (lost, failed) = (Arc::clone(&health), Arc::clone(&health));
        raw.set_device_lost_callback(move |reason, why| lost.lost(format!("{reason:?}: {why}")));
        raw.on_uncaptured_error(Arc::new(move |error: wgpu::Error| failed.failed(error.to_string())));
        let (polled, timed_out) = (raw.clone(), Arc::clone(&health));
        let driver = Driver::new(move || {
            let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(PATIENCE) };
            if let Err(why) = polled.poll(wait) {
                timed_out.lost(format!("no answer in {} seconds ({why})", PATIENCE.as_secs()));
                polled.destroy();
            }
        });
        let on_processor = adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        let (spare, held) = (RefCell::default(), Cell::new(0));
        Ok(Self { raw, queue, limits, on_processor, health, driver, spare, held })
    }

    /// What went wrong since the last question.
    ///
    /// # Errors
    /// As [`Health::check`].
    pub(super) fn check(&self, doing: &str) -> Result<(), EngineError> {
        let found = self.health.check(doing);
        if matches!(found, Err(EngineError::Device { .. })) {
            // The first sign of a lost device may be a refusal; whether it is one shows when it is asked.
            let _ = self.raw.poll(wgpu::PollType::Poll);
            self.health.check(doing)?;
        }
        found
    }

    /// Largest tensor that a kernel can see at once, in bytes.
    pub(super) fn largest_tensor(&self) -> u64 {
        self.limits.max_storage_buffer_binding_size.min(self.limits.max_buffer_size)
    }

    /// Sees to it that answers come.
    pub(super) fn wake(&self) {
        self.driver.wake();
    }

    /// Bytes of buffers that are in use or spare.
    #[cfg(any(test, feature = "trial"))]
    pub(super) fn held_bytes(&self) -> u64 {
        self.held.get()
    }

    /// A buffer of at least `bytes`, of unknown contents.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] beyond the device's limits, or what the device reports.
    pub(super) fn buffer(self: &Rc<Self>, bytes: u64) -> Result<Storage, EngineError> {
        if bytes > self.largest_tensor() {
            return Err(EngineError::TooLarge { bytes, most: self.largest_tensor() });
        }
        let size = rounded(bytes);
        let found = self.spare.borrow_mut().get_mut(&size).and_then(Vec::pop);
        let raw = match found {
            Some(raw) => raw,
            None => self.fresh(size)?,
        };
        Ok(Storage { raw, size, device: Rc::clone(self) })
    }

    fn fresh(&self, size: u64) -> Result<wgpu::Buffer, EngineError> {
        let make = || {
            let descriptor = wgpu::BufferDescriptor { label: None, size, usage: USAGE, mapped_at_creation: false };
            let raw = self.raw.create_buffer(&descriptor);
            self.check(&format!("allocating {size} bytes")).map(|()| raw)
        };
        let made = make().or_else(|why| {
            if matches!(why, EngineError::Lost { .. }) || self.spare.borrow().is_empty() {
                return Err(why);
            }
            // Spare buffers of other sizes may be what is in the way.
            self.give_up_spares();
            make()
        });
        if made.is_ok() {
            self.held.set(self.held.get() + size);
        }
        made
    }

    /// Frees every buffer that waits to be used again.
    pub(super) fn give_up_spares(&self) {
        let spares = std::mem::take(&mut *self.spare.borrow_mut());
        let freed: u64 = spares.values().flatten().map(wgpu::Buffer::size).sum();
        self.held.set(self.held.get() - freed);
    }

    /// A buffer holding `words`.
    ///
    /// # Errors
    /// As [`Device::buffer`].
    pub(super) fn buffer_with(self: &Rc<Self>, words: &[u32]) -> Result<Storage, EngineError> {
        let storage = self.buffer(bytes_of(words.len()))?;
        self.queue.write_buffer(&storage.raw, 0, bytemuck::cast_slice(words));
        Ok(storage)
    }

    /// The first `count` words of a buffer, once everything handed in before is done.
    ///
    /// # Errors
    /// [`EngineError::Lost`] or what the device reports.
    pub(super) async fn read(&self, storage: &Storage, count: usize) -> Result<Vec<u32>, EngineError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let size = bytes_of(count);
        let descriptor = wgpu::BufferDescriptor {
            label: Some("readback"),
            size,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        let staging = self.raw.create_buffer(&descriptor);
        let mut encoder = self.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(&storage.raw, 0, &staging, 0, size);
        self.queue.submit([encoder.finish()]);
        let (answer, answered) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            // A reader that has gone away is no failure.
            let _ = answer.send(result);
        });
        self.driver.wake();
        let mapped = answered.await;
        if !matches!(mapped, Ok(Ok(()))) {
            // A refusal may be the first sign of a lost device; a browser tells of the loss itself some time later.
            listen(LOSS_TOLD_WITHIN, || self.health.is_lost()).await;
        }
        self.check("reading a result")?;
        let refused = |why: String| EngineError::Device { engine: ENGINE, doing: "reading a result".to_owned(), why };
        match mapped {
            Ok(Ok(())) => {}
            Ok(Err(why)) => return Err(refused(why.to_string())),
            Err(_) => return Err(refused("the answer was dropped".to_owned())),
        }
        let view = staging.get_mapped_range(..).map_err(|why| refused(why.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&view[..]))
    }

    /// Answers when everything handed in so far is done.
    ///
    /// # Errors
    /// [`EngineError::Lost`] or what the device reports.
    pub(super) async fn idle(&self) -> Result<(), EngineError> {
        let (answer, answered) = oneshot::channel();
        self.queue.on_submitted_work_done(move || {
            let _ = answer.send(());
        });
        self.driver.wake();
        // A dropped answer is explained by the device's health.
        let _ = answered.await;
        self.check("running a program")
    }
}

/// Bytes of so many words.
pub(super) const fn bytes_of(words: usize) -> u64 {
    words as u64 * 4
}

/// Sizes in steps of an eighth of their power of two: buffers fit again, and at most an eighth is wasted.
fn rounded(bytes: u64) -> u64 {
    let step = (bytes.max(1).next_power_of_two() / 16).max(256);
    bytes.max(1).div_ceil(step) * step
}

/// A buffer that goes back to its device's spares with its last owner.
pub(super) struct Storage {
    /// The buffer; it may be larger than what it holds.
    pub raw: wgpu::Buffer,
    size: u64,
    device: Rc<Device>,
}

impl Storage {
    /// Whether it lives on that device.
    pub(super) fn is_on(&self, device: &Rc<Device>) -> bool {
        Rc::ptr_eq(&self.device, device)
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.device.spare.borrow_mut().entry(self.size).or_default().push(self.raw.clone());
    }
}
