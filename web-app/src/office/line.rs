//! A desk's end of the line.

use std::cell::RefCell;
use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;

use futures_channel::mpsc::UnboundedReceiver;
use stitchscope_ui::work::{Answer, Later, Message, Port};

use super::Tell;
use super::ground::Memory;
use crate::wire::Note;

/// Messages come in through a channel, answers leave as notes.
pub struct Line {
    messages: RefCell<UnboundedReceiver<Message>>,
    tell: Tell,
    ground: Rc<Memory>,
}

impl Line {
    /// A line on which `messages` come.
    pub fn new(messages: UnboundedReceiver<Message>, tell: Tell, ground: Rc<Memory>) -> Self {
        Self { messages: RefCell::new(messages), tell, ground }
    }
}

impl Port for Line {
    fn next(&self) -> Later<'_, Option<Message>> {
        // The receiver is borrowed for a poll at a time, never across one.
        Box::pin(poll_fn(|cx| pin!(self.messages.borrow_mut().recv()).poll(cx).map(Result::ok)))
    }

    fn poll(&self) -> Option<Message> {
        self.messages.borrow_mut().try_recv().ok()
    }

    fn tell(&self, answer: Answer) {
        (self.tell)(Note::Answer(answer));
        self.ground.keep_soon();
    }
}
