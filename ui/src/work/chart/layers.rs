//! Boxes in layers: every line goes down, boxes of a layer stand apart, lines are as straight and cross as seldom as a few sweeps make
//! them (Sugiyama, Tagawa & Toda 1981, with barycentres; places within a layer are the least-squares ones that keep the order).

/// Width of a column: a box and the room beside it.
const BOX: f32 = super::BOX[0] + 22.0;
/// Room for a line that passes by.
const LINE: f32 = 18.0;
/// Lines that pass layers take at most so many places; beyond that the longest ones go straight.
const MOST: usize = 60_000;
/// A line over more layers than this goes straight where there are too many.
const LONG: usize = 24;
/// Sweeps for the order, and for the places.
const SWEEPS: usize = 8;

/// Where boxes and lines are.
#[derive(Debug)]
pub(super) struct Layers {
    /// Of each box, its layer.
    pub rank: Vec<usize>,
    /// Of each box, the middle.
    pub x: Vec<f32>,
    /// Of each edge, layer and place where it passes.
    pub via: Vec<Vec<(usize, f32)>>,
    /// From the left edge of the first box to the right edge of the last.
    pub width: f32,
}

/// What stands in a layer: a box, or a line that passes.
#[derive(Default)]
struct Item {
    width: f32,
    x: f32,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Places for `count` boxes; every edge goes from an earlier box to a later one.
pub(super) fn lay_out(count: usize, edges: &[(usize, usize)]) -> Layers {
    let rank = ranks(count, edges);
    let depth = rank.iter().max().map_or(0, |last| last + 1);
    let mut items: Vec<Item> = (0..count).map(|_| Item { width: BOX, ..Item::default() }).collect();
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); depth];
    (0..count).for_each(|at| layers[rank[at]].push(at));
    let span = |edge: &(usize, usize)| rank[edge.1] - rank[edge.0] - 1;
    let crowded = edges.iter().map(span).sum::<usize>() > MOST;
    let mut via: Vec<Vec<usize>> = Vec::new();
    for edge in edges {
        let straight = crowded && span(edge) > LONG;
        let mut passed = Vec::new();
        let mut before = edge.0;
        let between = if straight { 0..0 } else { rank[edge.0] + 1..rank[edge.1] };
        for layer in &mut layers[between] {
            let item = items.len();
            items.push(Item { width: LINE, ..Item::default() });
            layer.push(item);
            tie(&mut items, before, item);
            passed.push(item);
            before = item;
        }
        if !straight {
            tie(&mut items, before, edge.1);
        }
        via.push(passed);
    }
    order(&items, &mut layers);
    settle(&mut items, &layers);
    let left = items.iter().map(|item| item.x - item.width / 2.0).fold(f32::INFINITY, f32::min);
    let left = if left.is_finite() { left } else { 0.0 };
    items.iter_mut().for_each(|item| item.x -= left);
    let width = items.iter().map(|item| item.x + item.width / 2.0).fold(0.0, f32::max);
    let place = |passed: Vec<usize>, from: usize| {
        passed.into_iter().enumerate().map(|(step, item)| (rank[from] + 1 + step, items[item].x)).collect()
    };
    let via = via.into_iter().zip(edges).map(|(passed, edge)| place(passed, edge.0)).collect();
    let x = items.iter().take(count).map(|item| item.x).collect();
    Layers { rank, x, via, width }
}

fn tie(items: &mut [Item], above: usize, below: usize) {
    items[above].below.push(below);
    items[below].above.push(above);
}

/// Layers by the longest way from the image; what takes nothing stands right above what takes it.
fn ranks(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut taken: Vec<Vec<usize>> = vec![Vec::new(); count];
    edges.iter().for_each(|(from, to)| taken[*to].push(*from));
    let mut rank = vec![0; count];
    for (at, takes) in taken.iter().enumerate() {
        rank[at] = takes.iter().map(|from| rank[*from] + 1).max().unwrap_or(0);
    }
    let mut first = vec![usize::MAX; count];
    edges.iter().for_each(|(from, to)| first[*from] = first[*from].min(rank[*to]));
    for at in (0..count).filter(|at| taken[*at].is_empty() && first[*at] != usize::MAX) {
        rank[at] = first[at].saturating_sub(1);
    }
    rank
}

/// Each layer by the mean place of what it is tied to in the layer before, downwards and upwards in turn.
fn order(items: &[Item], layers: &mut [Vec<usize>]) {
    let mut place = vec![0.0_f32; items.len()];
    let note = |place: &mut Vec<f32>, layer: &[usize]| {
        let middle = layer.len() as f32 / 2.0;
        layer.iter().enumerate().for_each(|(at, item)| place[*item] = at as f32 - middle);
    };
    layers.iter().for_each(|layer| note(&mut place, layer));
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let depth = layers.len();
        for step in 0..depth {
            let layer = &mut layers[if down { step } else { depth - 1 - step }];
            let wish = |item: usize| {
                let tied = if down { &items[item].above } else { &items[item].below };
                mean(tied.iter().map(|other| place[*other])).unwrap_or(place[item])
            };
            let mut wishes: Vec<(f32, usize)> = layer.iter().map(|item| (wish(*item), *item)).collect();
            wishes.sort_by(|a, b| a.0.total_cmp(&b.0));
            *layer = wishes.into_iter().map(|(_, item)| item).collect();
            note(&mut place, layer);
        }
    }
}

fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f32)
}

/// Every item as near to the middle of its neighbours as the order and the room of the others allow.
fn settle(items: &mut [Item], layers: &[Vec<usize>]) {
    for layer in layers {
        let mut x = 0.0;
        let all: f32 = layer.iter().map(|item| items[*item].width).sum();
        for item in layer {
            items[*item].x = x + items[*item].width / 2.0 - all / 2.0;
            x += items[*item].width;
        }
    }
    for sweep in 0..SWEEPS + 1 {
        let down = sweep % 2 == 0;
        for step in 0..layers.len() {
            let layer = &layers[if down { step } else { layers.len() - 1 - step }];
            let wish = |item: &usize| {
                let Item { above, below, .. } = &items[*item];
                let tied = match (down, sweep == SWEEPS) {
                    (_, true) => above.iter().chain(below),
                    (true, false) => above.iter().chain(&[]),
                    (false, false) => below.iter().chain(&[]),
                };
                mean(tied.map(|other| items[*other].x)).unwrap_or(items[*item].x)
            };
            let wishes: Vec<f32> = layer.iter().map(wish).collect();
            let widths: Vec<f32> = layer.iter().map(|item| items[*item].width).collect();
            for (item, x) in layer.iter().zip(apart(&wishes, &widths)) {
                items[*item].x = x;
            }
        }
    }
}

/// The places nearest to the wishes, in squares, at which neighbours do not touch: pooled where they would.
fn apart(wishes: &[f32], widths: &[f32]) -> Vec<f32> {
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut offset = 0.0;
    for (at, width) in widths.iter().enumerate() {
        offset += if at == 0 { 0.0 } else { (widths[at - 1] + width) / 2.0 };
        offsets.push(offset);
    }
    // Pools of neighbours that touch: their mean and how many they are.
    let mut pools: Vec<(f32, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        pools.push((wish - offset, 1));
        while let [.., (a, n), (b, m)] = pools[..]
            && a > b
        {
            pools.truncate(pools.len() - 2);
            pools.push(((a * n as f32 + b * m as f32) / (n + m) as f32, n + m));
        }
    }
    let bases = pools.into_iter().flat_map(|(base, count)| std::iter::repeat_n(base, count));
    bases.zip(offsets).map(|(base, offset)| base + offset).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn overlap(layers: &Layers) -> bool {
        let all = || (0..layers.x.len()).map(|at| (layers.rank[at], layers.x[at]));
        all().enumerate().any(|(a, (rank, x))| {
            all().skip(a + 1).any(|(other, y)| other == rank && (x - y).abs() < super::super::BOX[0])
        })
    }

    #[test]
    fn a_chain_is_a_straight_line_and_a_shortcut_passes_beside_it() {
        let chain: Vec<_> = (0..5).map(|at| (at, at + 1)).collect();
        let plain = lay_out(6, &chain);
        assert_eq!(plain.rank, [0, 1, 2, 3, 4, 5]);
        assert!(plain.x.iter().all(|x| (x - plain.x[0]).abs() < 0.01), "{:?}", plain.x);
        let shortcut = lay_out(6, &[&chain[..], &[(1, 4)]].concat());
        let via = &shortcut.via[5];
        assert_eq!(via.iter().map(|(layer, _)| *layer).collect::<Vec<_>>(), [2, 3]);
        for (layer, x) in via {
            assert!((x - shortcut.x[*layer]).abs() >= (super::super::BOX[0] + LINE) / 2.0, "it crosses a box");
        }
    }

    #[test]
    fn pooled_places_are_the_least_squares_ones() {
        // Two that want the same place share the way: half each.
        assert_eq!(apart(&[10.0, 10.0], &[4.0, 4.0]), [8.0, 12.0]);
        assert_eq!(apart(&[0.0, 100.0], &[4.0, 4.0]), [0.0, 100.0]);
    }

    #[test]
    fn what_takes_nothing_stands_above_what_takes_it() {
        let layers = lay_out(5, &[(0, 1), (1, 2), (2, 4), (3, 4)]);
        assert_eq!(layers.rank, [0, 1, 2, 2, 3]);
    }

    #[test]
    fn thousands_of_lines_that_pass_thousands_of_layers_take_bounded_room() {
        let count = 3000;
        let chain = (0..count - 1).map(|at| (at, at + 1));
        let edges: Vec<_> = chain.chain((2..count).map(|at| (0, at))).collect();
        let layers = lay_out(count, &edges);
        assert!(layers.via.iter().map(Vec::len).sum::<usize>() <= MOST);
        assert!(layers.width.is_finite());
    }

    proptest! {
        #[test]
        fn lines_go_down_and_boxes_stand_apart(
            count in 1_usize..40,
            raw in prop::collection::vec((0_usize..40, 0_usize..40), 0..90),
        ) {
            let edges: Vec<_> = raw.into_iter().map(|(a, b)| (a % count, b % count)).filter(|(a, b)| a < b).collect();
            let layers = lay_out(count, &edges);
            prop_assert!(edges.iter().all(|(a, b)| layers.rank[*a] < layers.rank[*b]));
            prop_assert!(!overlap(&layers));
            for (edge, via) in edges.iter().zip(&layers.via) {
                prop_assert_eq!(via.len(), layers.rank[edge.1] - layers.rank[edge.0] - 1);
            }
        }
    }
}
