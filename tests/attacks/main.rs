//! Do attacks find what is there, and nothing that is not?
//!
//! Linear networks have closed forms; projections hold for any image; verdicts depend on nothing that they should not.

mod closed_form;
mod losses;
mod masked;
mod minimum;
mod nearest;
mod peers;
mod projection;
mod proved;
mod published;
mod search;
mod setting;
mod steps;
mod suites;
mod verdicts;
