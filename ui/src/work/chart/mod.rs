//! A network drawn: its nodes in layers from the image to the logits, blocks folded and unfolded, two networks side by side with
//! their taps level. All of it is computed here, so that a frame only paints.

mod beside;
mod folds;
mod layers;
mod skeleton;
mod weights;

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::serve::Clerk;
pub(super) use skeleton::Skeleton;
pub use skeleton::{FILE, RESULT};

/// Width and height of a box.
pub const BOX: [f32; 2] = [196.0, 44.0];
/// Networks whose nodes are kept, so that folding does not read the file again.
const KEPT: usize = 4;

/// What is to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartQuestion {
    /// One network or two, as references of recipes.
    pub models: Vec<String>,
    /// Blocks that are unfolded; absent: all of a small network, none of a large one.
    pub open: Option<Vec<String>>,
    /// Taps of the first and second network that belong together beside those of one name.
    pub pairs: Vec<(String, String)>,
}

/// A drawing, in points; x to the right, y down, the image above.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// Nodes and folded blocks, those of a network in the order in which it computes.
    pub boxes: Vec<ChartBox>,
    /// What goes from where to where.
    pub wires: Vec<Wire>,
    /// Boxes of the first and second network that end in the same tap.
    pub links: Vec<(usize, usize)>,
    /// Width and height.
    pub size: [f32; 2],
    /// Every block that can be folded.
    pub blocks: Vec<String>,
    /// Those that are unfolded.
    pub open: Vec<String>,
}

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stands {
    /// An input or result of the network.
    Port,
    /// One operator.
    Node,
    /// So many nodes of a folded block.
    Block(usize),
}

/// A box of the drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartBox {
    /// Which of the networks it is of.
    pub network: usize,
    /// What it stands for.
    pub stands: Stands,
    /// Module path.
    pub name: String,
    /// Operator, or what takes its place.
    pub op: String,
    /// Sizes of its first result, without the batch.
    pub shape: String,
    /// The block that it is in, or that it is; empty where there is none.
    pub block: String,
    /// The tap at its result, and whether a block of the network ends there.
    pub tap: Option<(String, bool)>,
    /// Name and operator of what a folded block holds.
    pub holds: Vec<(String, String)>,
    /// Attributes, further results, small constants: name and value.
    pub facts: Vec<(String, String)>,
    /// Its trained numbers.
    pub weights: Vec<WeightFacts>,
    /// Left upper corner.
    pub at: [f32; 2],
}

/// A line between two boxes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wire {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Its points, from above.
    pub points: Vec<[f32; 2]>,
}

/// A weight in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightFacts {
    /// Its name in the file.
    pub name: String,
    /// Its sizes.
    pub shape: String,
    /// How many numbers it has.
    pub count: u64,
    /// The smallest of them.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// How many are exactly zero.
    pub zeros: u64,
    /// How many are infinite or no numbers; all else is of the others.
    pub odd: u64,
    /// How many lie in each of equal steps from the smallest to the largest.
    pub bins: Vec<u64>,
}

/// The drawing that was asked for.
pub(super) fn draw(clerk: &Clerk<'_>, question: &ChartQuestion) -> Result<Chart, String> {
    let networks = question.models.iter().map(|model| skeleton(clerk, model)).collect::<Result<Vec<_>, _>>()?;
    let open = question.open.as_deref();
    let mut laid: Vec<_> = networks
        .iter()
        .enumerate()
        .map(|(at, network)| {
            let folded = folds::fold(network, open, at);
            let layers = layers::lay_out(folded.boxes.len(), &folded.edges);
            (folded, layers)
        })
        .collect();
    Ok(beside::join(&mut laid, &question.pairs))
}

/// The nodes of a network, read once and kept.
fn skeleton(clerk: &Clerk<'_>, reference: &str) -> Result<Rc<Skeleton>, String> {
    if let Some(known) = clerk.charts.borrow().iter().find(|(name, _)| name == reference) {
        return Ok(Rc::clone(&known.1));
    }
    let model = clerk.ground.sources().model(reference).map_err(|error| error.to_string())?;
    let made = Rc::new(Skeleton::of(&model.graph));
    let mut kept = clerk.charts.borrow_mut();
    if kept.len() >= KEPT {
        kept.remove(0);
    }
    kept.push((reference.to_owned(), Rc::clone(&made)));
    Ok(made)
}
