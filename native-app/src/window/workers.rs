//! Worker threads: each runs the `ui` library's worker and wakes the window with every answer.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use eframe::egui::Context;
use stitchscope_core::platform::block_on;
use stitchscope_ui::work::{Answer, Later, Message, Port, serve};

use super::ground::Disk;

/// How long a closing window waits for its workers: the longest step of an attack or a training takes about a second.
const FAREWELL: Duration = Duration::from_secs(3);

/// A worker thread; it ends when its owner goes.
pub struct Worker {
    messages: Option<Sender<Message>>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a worker under `name`.
    pub fn start(name: &str, window: &Context, home: PathBuf, answers: Sender<Answer>) -> Result<Self> {
        let (sender, messages) = channel();
        let line = Line { messages, answers, window: window.clone(), closed: Cell::new(false) };
        // Reading deep graphs wants more stack than a thread has by default.
        let builder = thread::Builder::new().name(name.to_owned()).stack_size(16 << 20);
        let work = move || block_on(serve(&line, &Disk::new(&home)));
        let thread = builder.spawn(work).context("a worker thread cannot be started")?;
        Ok(Self { messages: Some(sender), thread })
    }

    /// Hands it a message.
    pub fn send(&self, message: Message) {
        // A worker that is gone has ended with a panic of its own; there is nobody to send to.
        let _ = self.messages.as_ref().map(|line| line.send(message));
    }

    /// Tells it that nothing more will come.
    pub fn dismiss(&mut self) {
        self.messages = None;
    }
}

impl Drop for Worker {
    /// Waits for the end of the step at hand: libraries that still compute while the process ends can crash it.
    fn drop(&mut self) {
        self.dismiss();
        let start = Instant::now();
        while !self.thread.is_finished() && start.elapsed() < FAREWELL {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A worker's end of the line.
struct Line {
    messages: Receiver<Message>,
    answers: Sender<Answer>,
    window: Context,
    closed: Cell<bool>,
}

impl Port for Line {
    fn next(&self) -> Later<'_, Option<Message>> {
        // A thread has nothing else to do than wait.
        Box::pin(async { self.messages.recv().ok() })
    }

    fn poll(&self) -> Option<Message> {
        let found = self.messages.try_recv();
        self.closed.set(matches!(found, Err(TryRecvError::Disconnected)));
        found.ok()
    }

    fn wait(&self) -> Option<Message> {
        self.messages.recv().ok()
    }

    fn is_open(&self) -> bool {
        !self.closed.get()
    }

    fn tell(&self, answer: Answer) {
        // A window that is gone hears nothing; the worker ends at its next message.
        if self.answers.send(answer).is_ok() {
            self.window.request_repaint();
        }
    }
}
