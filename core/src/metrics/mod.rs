//! What is counted and how sure a count is: the predicted class, counts of images, shares with their interval, areas under ROC curves.
//! Plain numbers in, plain numbers out: no graph, no engine.

mod auroc;
mod class;
mod counts;
mod share_interval;

pub use auroc::auroc;
pub use class::{first_largest, predicted_class};
pub use counts::{Agreement, Counts, Predictions};
pub use share_interval::{Share, thousands};
