//! Theme and figures.
