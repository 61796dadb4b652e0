//! Widgets, one per file. They know colours by the theme and nothing of studies.

pub mod bars;
pub mod button;
pub mod card;
pub mod chart;
pub mod columns;
pub mod curve;
pub mod dock;
pub mod figure_view;
pub mod notice;
pub mod picture;
pub mod ribbon;
pub mod segments;
pub mod spark;
pub mod text;
