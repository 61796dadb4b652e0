//! One drawing of one network or two: with two, layers are moved down until taps that belong together are level.

use std::collections::HashMap;

use super::folds::Folded;
use super::layers::Layers;
use super::{BOX, Chart, Wire};

/// From one layer to the next.
const STEP: f32 = BOX[1] + 26.0;
/// Between two networks.
const BETWEEN: f32 = 150.0;

/// The drawing of all networks.
pub(super) fn join(laid: &mut [(Folded, Layers)], pairs: &[(String, String)]) -> Chart {
    let mut heights: Vec<Vec<f32>> = laid.iter().map(|(_, layers)| heights(layers)).collect();
    let mut chart = Chart::default();
    let links = match laid {
        [a, b] => links(a, b, pairs),
        _ => Vec::new(),
    };
    if let [a, b] = &*laid {
        level(&links, [&a.1, &b.1], &mut heights);
    }
    let offset = laid.first().map_or(0, |(folded, _)| folded.boxes.len());
    chart.links = links.into_iter().map(|(a, b)| (a, b + offset)).collect();
    for ((folded, layers), heights) in laid.iter_mut().zip(heights) {
        let left = if chart.boxes.is_empty() { 0.0 } else { chart.size[0] + BETWEEN };
        place(&mut chart, folded, layers, &heights, left);
    }
    chart
}

fn heights(layers: &Layers) -> Vec<f32> {
    let depth = layers.rank.iter().max().map_or(0, |last| last + 1);
    (0..depth).map(|rank| rank as f32 * STEP).collect()
}

/// Boxes that end in taps which belong together: those of `pairs`, and those of one name that end a block.
fn links(a: &(Folded, Layers), b: &(Folded, Layers), pairs: &[(String, String)]) -> Vec<(usize, usize)> {
    let taps = |folded: &Folded| -> HashMap<String, (usize, bool)> {
        let named = folded.boxes.iter().enumerate().filter_map(|(at, found)| Some((at, found.tap.clone()?)));
        named.map(|(at, (name, ends))| (name, (at, ends))).collect()
    };
    let (first, second) = (taps(&a.0), taps(&b.0));
    let asked = pairs.iter().filter_map(|(f, e)| Some((first.get(f)?.0, second.get(e)?.0)));
    let same = first.iter().filter_map(|(name, (at, ends))| {
        let (other, also) = second.get(name)?;
        (*ends && *also).then_some((*at, *other))
    });
    let mut links: Vec<(usize, usize)> = asked.chain(same).collect();
    links.sort_unstable();
    links.dedup();
    links
}

/// Moves layers down, and all that lie below them, until linked boxes are level. Links that cross another one are not made level.
fn level(links: &[(usize, usize)], layers: [&Layers; 2], heights: &mut [Vec<f32>]) {
    let [a, b] = heights else { return };
    let mut ranks: Vec<(usize, usize)> = links.iter().map(|(f, e)| (layers[0].rank[*f], layers[1].rank[*e])).collect();
    ranks.sort_unstable();
    let mut last = None;
    for (f, e) in ranks {
        if last.is_some_and(|(before, beside)| f <= before || e <= beside) {
            continue;
        }
        last = Some((f, e));
        let apart = a[f] - b[e];
        let (moved, from) = if apart < 0.0 { (&mut *a, f) } else { (&mut *b, e) };
        moved[from..].iter_mut().for_each(|y| *y += apart.abs());
    }
}

fn place(chart: &mut Chart, folded: &mut Folded, layers: &Layers, heights: &[f32], left: f32) {
    let offset = chart.boxes.len();
    for (at, mut found) in std::mem::take(&mut folded.boxes).into_iter().enumerate() {
        found.at = [left + layers.x[at] - BOX[0] / 2.0, heights[layers.rank[at]]];
        chart.boxes.push(found);
    }
    for ((from, to), via) in folded.edges.iter().zip(&layers.via) {
        let mut points = vec![[left + layers.x[*from], heights[layers.rank[*from]] + BOX[1]]];
        for (rank, x) in via {
            points.push([left + x, heights[*rank]]);
            points.push([left + x, heights[*rank] + BOX[1]]);
        }
        points.push([left + layers.x[*to], heights[layers.rank[*to]]]);
        chart.wires.push(Wire { from: offset + from, to: offset + to, points: bends(points) });
    }
    let depth = heights.last().map_or(0.0, |last| last + BOX[1]);
    chart.size = [left + layers.width, chart.size[1].max(depth)];
    let new: Vec<String> = folded.blocks.drain(..).filter(|block| !chart.blocks.contains(block)).collect();
    chart.blocks.extend(new);
    let new: Vec<String> = folded.open.drain(..).filter(|block| !chart.open.contains(block)).collect();
    chart.open.extend(new);
}

/// Without the points in the middle of a straight piece.
fn bends(points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    let mut kept: Vec<[f32; 2]> = Vec::new();
    for point in points {
        if let [.., before, last] = kept[..]
            && (before[0] - last[0]).abs() < 0.5
            && (last[0] - point[0]).abs() < 0.5
        {
            kept.pop();
        }
        kept.push(point);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::{ChartBox, Stands, layers};
    use super::*;

    /// A chain whose boxes at these places end in taps of these names.
    fn chain(count: usize, taps: &[(usize, &str)], network: usize) -> (Folded, Layers) {
        let boxed = |at: usize| ChartBox {
            network,
            stands: Stands::Node,
            name: format!("n{at}"),
            op: "Relu".to_owned(),
            shape: String::new(),
            block: String::new(),
            tap: taps.iter().find(|(place, _)| *place == at).map(|(_, name)| ((*name).to_owned(), true)),
            holds: Vec::new(),
            facts: Vec::new(),
            weights: Vec::new(),
            at: [0.0; 2],
        };
        let edges: Vec<_> = (1..count).map(|at| (at - 1, at)).collect();
        let layers = layers::lay_out(count, &edges);
        (Folded { boxes: (0..count).map(boxed).collect(), edges, blocks: Vec::new(), open: Vec::new() }, layers)
    }

    #[test]
    fn taps_of_two_networks_are_level_and_the_networks_stand_apart() {
        let mut laid = [chain(6, &[(1, "a"), (4, "b")], 0), chain(9, &[(3, "a"), (5, "b"), (7, "other")], 1)];
        let chart = join(&mut laid, &[]);
        assert_eq!(chart.links, [(1, 6 + 3), (4, 6 + 5)]);
        for (a, b) in &chart.links {
            assert_eq!(chart.boxes[*a].at[1], chart.boxes[*b].at[1]);
        }
        let right = |network| chart.boxes.iter().filter(move |found| found.network == network).map(|found| found.at[0]);
        assert!(right(0).fold(0.0, f32::max) + BOX[0] < right(1).fold(f32::INFINITY, f32::min));
        let order: Vec<f32> = chart.boxes.iter().filter(|found| found.network == 0).map(|found| found.at[1]).collect();
        assert!(order.windows(2).all(|pair| pair[1] >= pair[0] + STEP - 0.01), "{order:?}");
    }

    #[test]
    fn a_pair_of_the_recipe_is_level_too() {
        let mut laid = [chain(6, &[(2, "x")], 0), chain(6, &[(4, "y")], 1)];
        let chart = join(&mut laid, &[("x".to_owned(), "y".to_owned())]);
        assert_eq!(chart.links, [(2, 6 + 4)]);
        assert_eq!(chart.boxes[2].at[1], chart.boxes[10].at[1]);
    }

    #[test]
    fn a_straight_line_has_two_points() {
        assert_eq!(bends(vec![[1.0, 0.0], [1.0, 2.0], [1.0, 3.0], [4.0, 5.0]]), [[1.0, 0.0], [1.0, 3.0], [4.0, 5.0]]);
    }
}
