//! Views that have much to be tried: the graph of a network, the recipe as text, the list of studies, tables with a place, words.

mod graph;
mod places;
mod reading;
mod recipe_text;
mod runs;
mod talk;
mod words;
