//! The worker's loop: takes messages in order, answers each.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use stitchscope_core::engine::{self, Choice, Engine, EngineError};

use super::chart::{self, Skeleton};
use super::messages::{Answer, Message, Request, StudyId};
use super::{GIVEN_UP, Ground, Port, attack, export, inspect, look, slides, study};

/// Answers messages until the window is gone.
pub async fn serve(port: &dyn Port, ground: &dyn Ground) {
    let clerk =
        Clerk { port, ground, inbox: RefCell::default(), engine: RefCell::default(), charts: RefCell::default() };
    while let Some(request) = clerk.next().await {
        clerk.answer(request).await;
    }
}

/// A worker at work.
pub(super) struct Clerk<'a> {
    pub(super) port: &'a dyn Port,
    pub(super) ground: &'a dyn Ground,
    inbox: RefCell<Inbox>,
    engine: RefCell<Option<(Choice, Rc<dyn Engine>)>>,
    /// Networks that were drawn last, by reference.
    pub(super) charts: RefCell<Vec<(String, Rc<Skeleton>)>>,
}

#[derive(Default)]
struct Inbox {
    waiting: VecDeque<Request>,
    /// The study at hand was told to stop.
    stop: Option<StudyId>,
    /// The study at hand was told to hold.
    pause: Option<StudyId>,
    /// The ladder at hand was given up.
    given_up: bool,
}

impl Clerk<'_> {
    async fn next(&self) -> Option<Request> {
        loop {
            self.pump();
            if let Some(request) = self.inbox.borrow_mut().waiting.pop_front() {
                return Some(request);
            }
            let message = self.port.next().await?;
            self.sort(message);
        }
    }

    async fn answer(&self, request: Request) {
        if let Err(why) = self.ground.bring(&request).await {
            return self.port.tell(request.refuse(why));
        }
        match request {
            Request::Survey => self.port.tell(look::survey(self.ground).await),
            Request::Inspect { model, recipe } => {
                // The file may have changed.
                self.charts.borrow_mut().retain(|(known, _)| *known != model);
                let found = look::model(self, &model, &recipe).await.map(Box::new);
                self.port.tell(Answer::Model { model, found });
            }
            Request::Images { set, most } => {
                let found = look::images(self.ground, &set, most).map(Box::new);
                self.port.tell(Answer::Images { set, found });
            }
            Request::Study { study, recipe } => study::run(self, &study, &recipe).await,
            Request::Delete { study } => {
                let found = self.ground.delete(&study).await;
                self.port.tell(Answer::Deleted { study, found });
            }
            Request::Ladder(question) => {
                self.inbox.borrow_mut().given_up = false;
                let found = attack::ladder(self, &question).await.map(Box::new);
                self.port.tell(Answer::Ladder { question, found });
            }
            Request::Take { place } => {
                let found = look::take(self.ground, &place);
                self.port.tell(Answer::Taken { place, found });
            }
            Request::Export(export) => self.port.tell(Answer::Exported { found: export::write(self, &export) }),
            Request::Copy(subject) => {
                let found = export::pixels(&subject).map(Box::new);
                self.port.tell(Answer::Copied { found });
            }
            Request::Weights { study, cell } => {
                let found = inspect::weights(self, &study, cell).map(Box::new);
                self.port.tell(Answer::Weights { study, cell, found });
            }
            Request::Samples(question) => {
                let found = inspect::samples(self, &question).await.map(Box::new);
                self.port.tell(Answer::Samples { question, found });
            }
            Request::Chart(question) => {
                let found = chart::draw(self, &question).map(Box::new);
                self.port.tell(Answer::Chart { question, found });
            }
            Request::Record { slide, twin } => {
                if let Err(why) = slides::record(self.ground, slide, &twin) {
                    self.port.tell(Answer::Unkept(why));
                }
            }
            Request::Picture { slide, place } => slides::picture(self, slide, place),
            Request::Recall { slides } => slides.into_iter().for_each(|slide| slides::tell(self, slide)),
        }
    }

    /// Whether the study at hand was told to stop, or nobody waits for it any more; looks into the post first.
    pub(super) fn stopped(&self, study: &str) -> bool {
        self.pump();
        self.hold(study);
        !self.port.is_open() || self.inbox.borrow().stop.as_deref() == Some(study)
    }

    /// Whether nobody waits for the ladder at hand any more: it was given up, another is wanted, or the window is gone.
    pub(super) fn ladder_is_over(&self) -> bool {
        self.pump();
        let inbox = self.inbox.borrow();
        let another = inbox.waiting.iter().any(|request| matches!(request, Request::Ladder(_)));
        !self.port.is_open() || inbox.given_up || another
    }

    /// Stands still as long as the study at hand is told to. A worker that may not stand still stops the study instead.
    fn hold(&self, study: &str) {
        let held = || self.inbox.borrow().pause.as_deref() == Some(study);
        if !held() {
            return;
        }
        self.port.tell(Answer::Paused(study.to_owned()));
        while held() {
            match self.port.wait() {
                Some(message) => self.sort(message),
                None => {
                    let mut inbox = self.inbox.borrow_mut();
                    inbox.pause = None;
                    inbox.stop = Some(study.to_owned());
                    return;
                }
            }
        }
        self.port.tell(Answer::Resumed(study.to_owned()));
    }

    /// The engine, opened once and kept.
    pub(super) async fn engine(&self, choice: Choice) -> Result<Rc<dyn Engine>, EngineError> {
        if let Some((known, engine)) = self.engine.borrow().as_ref()
            && *known == choice
        {
            return Ok(Rc::clone(engine));
        }
        let engine = engine::open(choice).await?;
        *self.engine.borrow_mut() = Some((choice, Rc::clone(&engine)));
        Ok(engine)
    }

    /// Lets go of an engine whose device was lost; the next question opens another.
    pub(super) fn forget_engine(&self) {
        *self.engine.borrow_mut() = None;
    }

    fn pump(&self) {
        while let Some(message) = self.port.poll() {
            self.sort(message);
        }
    }

    fn sort(&self, message: Message) {
        let mut inbox = self.inbox.borrow_mut();
        match message {
            Message::Ask(request) => {
                // Of questions about a picture only the newest matters.
                if matches!(request, Request::Ladder(_)) {
                    inbox.waiting.retain(|waiting| !matches!(waiting, Request::Ladder(_)));
                }
                if matches!(request, Request::Samples(_)) {
                    inbox.waiting.retain(|waiting| !matches!(waiting, Request::Samples(_)));
                }
                if matches!(request, Request::Chart(_)) {
                    inbox.waiting.retain(|waiting| !matches!(waiting, Request::Chart(_)));
                }
                if let Request::Study { study, .. } = &request
                    && inbox.stop.as_ref() == Some(study)
                {
                    inbox.stop = None;
                }
                inbox.waiting.push_back(request);
            }
            Message::Stop(study) => {
                let before = inbox.waiting.len();
                inbox.waiting.retain(|request| !matches!(request, Request::Study { study: s, .. } if *s == study));
                if inbox.waiting.len() < before {
                    self.port.tell(Answer::Stopped(study));
                } else {
                    inbox.pause = None;
                    inbox.stop = Some(study);
                }
            }
            Message::Pause(study) => inbox.pause = Some(study),
            Message::GiveUp => {
                inbox.given_up = true;
                for request in std::mem::take(&mut inbox.waiting) {
                    match request {
                        Request::Ladder(_) => self.port.tell(request.refuse(GIVEN_UP.to_owned())),
                        other => inbox.waiting.push_back(other),
                    }
                }
            }
            Message::Resume(study) => {
                if inbox.pause.as_ref() == Some(&study) {
                    inbox.pause = None;
                }
            }
        }
    }

    /// Forgets a stop or a pause that was meant for a study that is over.
    pub(super) fn settle(&self) {
        let mut inbox = self.inbox.borrow_mut();
        (inbox.stop, inbox.pause) = (None, None);
    }
}
