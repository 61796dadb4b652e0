//! Views that have much to be tried: the graph of a network, the recipe as text.

mod graph;
mod reading;
mod recipe_text;
