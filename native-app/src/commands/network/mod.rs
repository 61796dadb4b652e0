//! Questions about one network.

pub mod check;
pub mod checks;
pub mod evaluate;
pub mod grad;
pub mod inspect;
pub mod invert;
pub mod reading;
