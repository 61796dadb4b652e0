//! The other side of the glass: what computes beside the window.
//!
//! The window sends [`Message`]s and takes [`Answer`]s; both are plain data, so they cross a thread or a Worker's border alike.
//! [`serve()`] is the whole worker as one future: a shell only starts it somewhere and gives it a [`Port`] (messages) and a
//! [`Ground`] (files). It owns the engine; the window owns nothing that computes.

mod archive;
mod attack;
mod chart;
mod export;
mod found;
mod inspect;
mod look;
mod messages;
mod ports;
mod serve;
mod slides;
mod study;
mod subjects;
mod things;
mod views;

pub use chart::{BOX as CHART_BOX, Chart, ChartBox, ChartQuestion, FILE, RESULT, Stands, WeightFacts, Wire};
pub(crate) use export::{numbered, sheet};
pub use messages::{Answer, Message, Request, StudyId};
pub use ports::{Ground, Later, Port, Printed};
pub use serve::serve;
pub use study::name;
pub use subjects::{Drawing, Export, Format, Leaf, Pixels, Shows, Subject};
pub use things::{Check, Climb, Device, EngineFound, KeptStudy, Ladder, LadderQuestion, ModelView, Taken, Wall};
pub use views::{Photo, SampleQuestion, Samples, Twin, WEIGHTS_SHOWN, WeightsView};

/// Strengths that a ladder has, the untouched image included.
pub const STRENGTHS: usize = 9;
/// Why there is no ladder when a person gave it up.
pub const GIVEN_UP: &str = "You stopped it.";
