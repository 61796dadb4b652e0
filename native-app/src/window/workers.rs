//! Worker threads: each runs the `ui` library's worker and wakes the window with every answer.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Context as _, Result};
use eframe::egui::Context;
use stitchscope_core::platform::block_on;
use stitchscope_ui::work::{Answer, Later, Message, Port, serve};

use super::ground::Disk;

/// Starts a worker under `name`; it ends when its messages do.
pub fn start(name: &str, window: &Context, home: PathBuf, answers: Sender<Answer>) -> Result<Sender<Message>> {
    let (sender, messages) = channel();
    let line = Line { messages, answers, window: window.clone() };
    // Reading deep graphs wants more stack than a thread has by default.
    let builder = std::thread::Builder::new().name(name.to_owned()).stack_size(16 << 20);
    builder.spawn(move || block_on(serve(&line, &Disk::new(&home)))).context("a worker thread cannot be started")?;
    Ok(sender)
}

/// A worker's end of the line.
struct Line {
    messages: Receiver<Message>,
    answers: Sender<Answer>,
    window: Context,
}

impl Port for Line {
    fn next(&self) -> Later<'_, Option<Message>> {
        // A thread has nothing else to do than wait.
        Box::pin(async { self.messages.recv().ok() })
    }

    fn poll(&self) -> Option<Message> {
        self.messages.try_recv().ok()
    }

    fn tell(&self, answer: Answer) {
        // A window that is gone hears nothing; the worker ends at its next message.
        if self.answers.send(answer).is_ok() {
            self.window.request_repaint();
        }
    }
}
