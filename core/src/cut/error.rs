//! What can be wrong with a cut.

use crate::graph::GraphError;

/// A cut that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// No tap has that name.
    #[error("there is no tap `{name}`; {}", hint(near))]
    Unknown {
        /// The name asked for.
        name: String,
        /// Taps with similar names, or the first ones.
        near: Vec<String>,
    },
    /// The halves cannot be built.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

fn hint(near: &[String]) -> String {
    match near {
        [] => "the network cannot be cut anywhere".to_owned(),
        names => format!("near it are: {} (`stitchscope inspect` lists all)", names.join(", ")),
    }
}
