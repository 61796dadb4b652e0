//! Which block outputs of two networks are the same place: `pairs = "same"`.
//!
//! One exporter counts the uses of an activation within each module (`layer1.0.relu_1`, `layer1.1.relu_1`), another through the whole
//! network (`layer1.0.relu_1`, `layer1.1.relu_3`). So outputs that one module's calls of one operator give are the same places in their
//! order, where both networks have equally many of them; all others are by their whole name.
//!
//! A block without a sum ends with a layer. An exporter that folds BatchNorm into the convolution names what is left after the one
//! (`features.1.block.2.0`) or after the other (`features.1.block.2.1`), and one that does not has both: each is the block's last layer. So
//! such outputs without a partner are the same place where each is the only block output in a module of both networks.

use super::Network;
use crate::cut::Tap;

/// Names that a note lists before it only counts.
const MOST_NAMES: usize = 8;

/// What the last layer of a block without a sum is.
const LAYERS: [&str; 2] = ["Conv", "BatchNormalization"];

/// Places of the block outputs among a network's taps.
fn blocks(taps: &[Tap]) -> Vec<usize> {
    (0..taps.len()).filter(|index| taps[*index].block_output).collect()
}

/// Pairs of block outputs, front and end, in the front's order.
pub(in crate::study) fn same(front: &[Tap], end: &[Tap]) -> Vec<(usize, usize)> {
    let (fronts, ends) = (blocks(front), blocks(end));
    let partner = |index: usize| -> Option<usize> {
        let tap = &front[index];
        let (ours, theirs) = (alike(front, &fronts, tap), alike(end, &ends, tap));
        if operator_of(tap).is_some() && ours.len() == theirs.len() {
            let order = ours.iter().position(|other| *other == index)?;
            return theirs.get(order).copied();
        }
        ends.iter().copied().find(|other| end[*other].name == tap.name)
    };
    let mut pairs: Vec<(usize, usize)> = fronts.iter().filter_map(|index| Some((*index, partner(*index)?))).collect();
    let last_layers = last_layers((front, &fronts), (end, &ends));
    let new = |(a, b): &(usize, usize)| pairs.iter().all(|(front, end)| front != a && end != b);
    let last_layers: Vec<_> = last_layers.into_iter().filter(new).collect();
    pairs.extend(last_layers);
    pairs.sort_unstable();
    pairs
}

/// Pairs of block outputs that are layers, each the only block output in the innermost module which holds both.
fn last_layers((front, fronts): (&[Tap], &[usize]), (end, ends): (&[Tap], &[usize])) -> Vec<(usize, usize)> {
    let layers = |taps: &[Tap], blocks: &[usize]| -> Vec<usize> {
        blocks.iter().copied().filter(|index| LAYERS.contains(&taps[*index].op)).collect()
    };
    let alone = |taps: &[Tap], blocks: &[usize], module: &str| {
        let within = |index: &&usize| taps[**index].name.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
        blocks.iter().filter(within).count() == 1
    };
    let theirs = layers(end, ends);
    let of = |ours: usize| {
        theirs.iter().copied().find_map(|other| {
            let module = common_module(&front[ours].name, &end[other].name)?;
            (alone(front, fronts, module) && alone(end, ends, module)).then_some((ours, other))
        })
    };
    layers(front, fronts).into_iter().filter_map(of).collect()
}

/// `features.1.block.2` of `features.1.block.2.0` and `features.1.block.2.1`: the innermost module that holds both, within a numbered one. A
/// module without a number before it holds the whole network or a large part of it.
fn common_module<'a>(a: &'a str, b: &str) -> Option<&'a str> {
    let dots = a.match_indices('.').map(|(at, _)| at);
    let shared = dots.take_while(|at| b.get(..=*at) == a.get(..=*at)).last()?;
    a.get(..shared).filter(|module| module.split('.').any(|part| part.parse::<u32>().is_ok()))
}

/// The block outputs that are calls of the same operator in the same module as `tap`.
fn alike(taps: &[Tap], blocks: &[usize], tap: &Tap) -> Vec<usize> {
    let known = operator_of(tap);
    blocks.iter().copied().filter(|index| known.is_some() && operator_of(&taps[*index]) == known).collect()
}

/// `layer1.0.relu` of `layer1.0.relu_3`, where the last word is the operator's own name and no module's.
fn operator_of(tap: &Tap) -> Option<&str> {
    let whole = match tap.name.rsplit_once('_') {
        Some((stem, number)) if number.parse::<u32>().is_ok() => stem,
        _ => tap.name.as_str(),
    };
    let word = whole.rsplit_once('.').map_or(whole, |(_, word)| word);
    word.eq_ignore_ascii_case(tap.op).then_some(whole)
}

/// What has to be said where block outputs have no partner.
pub(in crate::study) fn without_partner(
    (front, end): (&Network, &Network),
    pairs: &[(usize, usize)],
) -> Option<String> {
    let left = |network: &Network, taken: Vec<usize>| -> Option<String> {
        let names: Vec<&str> = blocks(&network.taps)
            .into_iter()
            .filter(|index| !taken.contains(index))
            .map(|index| network.taps[index].name.as_str())
            .collect();
        let more = names.len().saturating_sub(MOST_NAMES);
        let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!names.is_empty()).then(|| format!("{shown}{more} of {}", network.reference))
    };
    let lists = [left(front, pairs.iter().map(|p| p.0).collect()), left(end, pairs.iter().map(|p| p.1).collect())];
    let lists: Vec<String> = lists.into_iter().flatten().collect();
    (!lists.is_empty()).then(|| {
        format!(
            "pairs = \"same\" joins {} block outputs; without a partner of the same name are {}. List taps.pairs to join them.",
            pairs.len(),
            lists.join(", and ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cut::{Cost, Side};
    use crate::graph::ValueId;
    use crate::tensor::TensorType;

    fn taps(outputs: &[(&str, &'static str)]) -> Vec<Tap> {
        let tap = |(index, (name, op)): (usize, &(&str, &'static str))| Tap {
            name: (*name).to_owned(),
            tensor: (*name).to_owned(),
            value: ValueId::new(index),
            op,
            ty: TensorType::f32_batch(&[4]),
            channels_last: false,
            side: Side::Post,
            block_output: true,
            before: Cost::default(),
            after: Cost::default(),
        };
        outputs.iter().enumerate().map(tap).collect()
    }

    #[test]
    fn counting_through_the_network_or_within_modules_names_the_same_places() {
        let within = taps(&[("layer1.0.relu_1", "Relu"), ("layer1.1.relu_1", "Relu"), ("layer2.0.add", "Add")]);
        let through = taps(&[("layer1.0.relu_1", "Relu"), ("layer1.1.relu_3", "Relu"), ("layer2.0.add_27", "Add")]);
        assert_eq!(same(&within, &through), [(0, 0), (1, 1), (2, 2)]);
        // Attention and perceptron of one block, in their order.
        let within = taps(&[("blocks.0.add", "Add"), ("blocks.0.add_1", "Add"), ("blocks.1.add", "Add")]);
        let through = taps(&[("blocks.0.add_1", "Add"), ("blocks.0.add_2", "Add"), ("blocks.1.add_3", "Add")]);
        assert_eq!(same(&within, &through), [(0, 0), (1, 1), (2, 2)]);
    }

    #[test]
    fn folded_layers_are_named_after_either_of_two() {
        let conv = taps(&[("stem", "Relu"), ("features.1.block.2.0", "Conv"), ("features.2.3.conv_pwl", "Conv")]);
        let folded = taps(&[("stem", "Relu"), ("features.1.block.2.1", "Conv"), ("features.2.3.bn2", "Conv")]);
        let kept = taps(&[("features.1.block.2.1", "BatchNormalization"), ("features.2.3.bn2", "BatchNormalization")]);
        assert_eq!(same(&conv, &folded), [(0, 0), (1, 1), (2, 2)]);
        assert_eq!(same(&conv, &kept), [(1, 0), (2, 1)]);
        // Two in the module: which is which is unclear.
        let two = taps(&[("features.1.block.2.1", "Conv"), ("features.1.block.2.4", "Conv")]);
        assert_eq!(same(&conv, &two), []);
        // A sum is no layer, and another block is another place.
        let other = taps(&[("features.1.add", "Add"), ("features.3.conv.0", "Conv")]);
        assert_eq!(same(&conv, &other), []);
        assert_eq!(same(&conv[..2], &other[1..]), [], "what holds both is no block");
    }

    #[test]
    fn other_names_must_be_equal() {
        let (front, end) =
            (taps(&[("block_1", "Relu"), ("block_2", "Relu")]), taps(&[("block_2", "Relu"), ("block_3", "Relu")]));
        assert_eq!(same(&front, &end), [(1, 0)]);
        // One more call in the module: which is which is unclear, so that names decide.
        let (front, end) = (taps(&[("a.relu", "Relu"), ("a.relu_1", "Relu")]), taps(&[("a.relu_1", "Relu")]));
        assert_eq!(same(&front, &end), [(1, 0)]);
    }
}
