//! Blocks folded into one box.

use std::collections::{BTreeMap, HashMap, HashSet};

use stitchscope_core::metrics::thousands;

use super::skeleton::Skeleton;
use super::{ChartBox, Stands};

/// Up to so many nodes all blocks are unfolded at first.
const SMALL: usize = 64;

/// A network with some of its blocks folded.
pub(super) struct Folded {
    /// Boxes, not yet placed, each behind those that it takes.
    pub boxes: Vec<ChartBox>,
    /// From where to where, each once.
    pub edges: Vec<(usize, usize)>,
    /// Every block.
    pub blocks: Vec<String>,
    /// Those that are unfolded.
    pub open: Vec<String>,
}

/// A block is a run of neighbouring nodes of one module: what lies on a path between two of them is in it too, so a folded block is
/// never in front of and behind another box at once.
pub(super) fn fold(network: &Skeleton, open: Option<&[String]>, number: usize) -> Folded {
    let runs = runs(network);
    let all_open = open.is_none() && network.parts.len() <= SMALL;
    let is_open = |name: &String| all_open || open.is_some_and(|open| open.contains(name));
    let mut boxes: Vec<ChartBox> = Vec::new();
    let mut place = vec![0; network.parts.len()];
    for (name, parts) in &runs {
        let folded = !name.is_empty() && !is_open(name);
        for at in parts.clone() {
            if !folded || at == parts.start {
                boxes.push(ChartBox { network: number, block: name.clone(), ..network.parts[at].clone() });
            }
            place[at] = boxes.len() - 1;
        }
        if folded && let Some(last) = boxes.last_mut() {
            *last = whole(name, &network.parts[parts.clone()], number);
        }
    }
    let mut known = HashSet::new();
    let edges = network.takes.iter().enumerate().flat_map(|(to, takes)| takes.iter().map(move |from| (*from, to)));
    let edges = edges.map(|(from, to)| (place[from], place[to])).filter(|edge| edge.0 != edge.1 && known.insert(*edge));
    let edges = edges.collect();
    let blocks: Vec<String> = runs.into_iter().map(|(name, _)| name).filter(|name| !name.is_empty()).collect();
    let open = blocks.iter().filter(|name| is_open(name)).cloned().collect();
    Folded { boxes, edges, blocks, open }
}

/// Neighbouring parts of one block; parts that stand alone have no name. A block that comes again has a number.
fn runs(network: &Skeleton) -> Vec<(String, std::ops::Range<usize>)> {
    let mut runs: Vec<(String, std::ops::Range<usize>)> = Vec::new();
    for (at, part) in network.parts.iter().enumerate() {
        match runs.last_mut() {
            Some((name, range)) if !name.is_empty() && *name == part.block => range.end = at + 1,
            _ => runs.push((part.block.clone(), at..at + 1)),
        }
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (name, range) in &mut runs {
        if range.len() < 2 {
            name.clear();
        } else {
            let count = seen.entry(name.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                *name = format!("{name} ({count})");
            }
        }
    }
    runs
}

/// The box of a folded block.
fn whole(name: &str, parts: &[ChartBox], network: usize) -> ChartBox {
    let mut operators: BTreeMap<&str, usize> = BTreeMap::new();
    parts.iter().for_each(|part| *operators.entry(&part.op).or_insert(0) += 1);
    let operators: Vec<String> = operators.iter().map(|(op, count)| format!("{count} {op}")).collect();
    let numbers: u64 = parts.iter().flat_map(|part| &part.weights).map(|weight| weight.count).sum();
    let last = parts.last();
    ChartBox {
        network,
        stands: Stands::Block(parts.len()),
        name: name.to_owned(),
        op: format!("{} nodes", parts.len()),
        shape: last.map(|part| part.shape.clone()).unwrap_or_default(),
        block: name.to_owned(),
        tap: parts.iter().rev().find_map(|part| part.tap.clone()),
        holds: parts.iter().map(|part| (part.name.clone(), part.op.clone())).collect(),
        facts: vec![
            ("operators".to_owned(), operators.join(", ")),
            ("numbers in its weights".to_owned(), thousands(numbers)),
        ],
        weights: Vec::new(),
        at: [0.0; 2],
    }
}

#[cfg(test)]
mod tests {
    use stitchscope_core::graph::Builder;
    use stitchscope_core::tensor::{Tensor, TensorType};

    use super::*;

    /// image → a chain of `count` sums → logits; blocks of four.
    fn chain(count: usize) -> Skeleton {
        let mut b = Builder::new();
        let mut value = b.input("image", TensorType::f32_batch(&[4]));
        let one = b.constant(Tensor::full(&[4], 1.0));
        for _ in 0..count {
            value = b.add(value, one).unwrap();
        }
        b.output("logits", value);
        let mut skeleton = Skeleton::of(&b.finish());
        for (at, part) in skeleton.parts.iter_mut().filter(|part| part.stands == Stands::Node).enumerate() {
            part.block = format!("layer{}", at / 4);
        }
        skeleton
    }

    #[test]
    fn a_small_network_is_unfolded_and_a_large_one_folded_until_somebody_says_otherwise() {
        let small = fold(&chain(8), None, 0);
        assert_eq!((small.boxes.len(), small.open.len()), (10, 2));
        let large = fold(&chain(80), None, 0);
        assert_eq!((large.boxes.len(), large.blocks.len(), large.open.len()), (22, 20, 0));
        assert_eq!(large.edges.len(), 21);
        let one = fold(&chain(80), Some(&["layer3".to_owned()]), 0);
        assert_eq!(one.boxes.len(), 22 + 3);
        assert_eq!(one.edges, (0..24).map(|at| (at, at + 1)).collect::<Vec<_>>());
        assert_eq!(one.boxes[1].stands, Stands::Block(4));
    }

    #[test]
    fn a_block_that_comes_again_is_another_one() {
        let mut skeleton = chain(8);
        for at in [0, 1, 4, 5] {
            skeleton.parts[at + 1].block = "same".to_owned();
        }
        let folded = fold(&skeleton, Some(&[]), 0);
        assert_eq!(folded.blocks, ["same", "layer0", "same (2)", "layer1"]);
        assert!(folded.edges.iter().all(|(from, to)| from < to));
    }
}
