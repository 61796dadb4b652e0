//! From node names to the module paths people know.
//!
//! PyTorch's exporter names a node after the modules around it and its operator: `/layer1/layer1.0/bn2/BatchNormalization`.
//! A module with one node needs no operator behind its path (`layer1.0.bn2`); a function called in a larger module does
//! (`layer1.0.add`, `layer1.0.relu_1`).

use std::collections::{HashMap, HashSet};

use super::Tap;
use super::flow::Flow;
use crate::onnx::PARTS;
use crate::ops::Work;

/// Names of modules that only wrap a network.
const WRAPPERS: &[&str] = &["model", "module", "_orig_mod"];

/// Module path and operator of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    path: String,
    op: String,
}

/// One name per node of the graph, not yet distinct.
pub(super) fn names(flow: &Flow<'_>) -> Vec<String> {
    let nodes = flow.graph.nodes();
    let mut places: Vec<Option<Place>> = nodes.iter().map(|n| place(&n.name)).collect();
    let layers: Vec<usize> = flow.nodes.iter().copied().filter(|i| nodes[*i].op.work() != Work::None).collect();
    while let Some(wrapper) = wrapper(&layers, &places) {
        for place in places.iter_mut().flatten() {
            if let Some(rest) = place.path.strip_prefix(&wrapper) {
                rest.trim_start_matches('.').to_owned().clone_into(&mut place.path);
            }
        }
    }
    let modules = modules(flow, &places);
    nodes
        .iter()
        .zip(&places)
        .enumerate()
        .map(|(index, (node, place))| match place {
            None => node.name.clone(),
            Some(place) => spelled(index, place, &modules),
        })
        .collect()
}

/// The taps with repeated names numbered.
pub(super) fn distinct(mut taps: Vec<Tap>) -> Vec<Tap> {
    let mut seen: HashSet<String> = HashSet::new();
    // The number that a name had last: of a name that many nodes have, each begins where the one before ended.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for tap in &mut taps {
        let first = tap.name.clone();
        while !seen.insert(tap.name.clone()) {
            let number = numbers.entry(first.clone()).or_insert(1);
            *number += 1;
            tap.name = format!("{first}_{number}");
        }
    }
    taps
}

/// Splits `/layer1/layer1.0/bn2/BatchNormalization`. Every part repeats the one before, or the whole path before it, or adds to it.
fn place(name: &str) -> Option<Place> {
    let own = name.split_once(PARTS).map_or(name, |(own, _)| own);
    let mut parts: Vec<&str> = own.strip_prefix('/')?.split('/').filter(|p| !p.is_empty()).collect();
    let op = parts.pop()?.to_lowercase();
    let mut path = String::new();
    let mut previous = "";
    for part in parts {
        let repeats = |whole: &str| !whole.is_empty() && part.strip_prefix(whole).is_some_and(|r| r.starts_with('.'));
        if repeats(&path) {
            part.clone_into(&mut path);
        } else if repeats(previous) {
            path.push_str(&part[previous.len()..]);
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(part);
        }
        previous = part;
    }
    Some(Place { path, op })
}

/// The first part of all layers' paths, if it only wraps the network: `1` of a `Sequential(normalise, network)`.
fn wrapper(layers: &[usize], places: &[Option<Place>]) -> Option<String> {
    let mut common: Option<&str> = None;
    for layer in layers {
        let (first, _) = places[*layer].as_ref()?.path.split_once('.')?;
        if *common.get_or_insert(first) != first {
            return None;
        }
    }
    let first = common?;
    (first.parse::<u32>().is_ok() || WRAPPERS.contains(&first)).then(|| first.to_owned())
}

/// By path: the nodes of the file in this very module, or nothing for a module that holds modules.
fn modules(flow: &Flow<'_>, places: &[Option<Place>]) -> HashMap<String, Vec<(usize, String)>> {
    let mut modules: HashMap<String, Vec<(usize, String)>> = HashMap::new();
    let mut containers: HashSet<String> = HashSet::from([String::new()]);
    for (index, place) in places.iter().enumerate() {
        let Some(place) = place else { continue };
        let parts = flow.graph.nodes()[index].name.contains(PARTS);
        if !parts {
            modules.entry(place.path.clone()).or_default().push((index, place.op.clone()));
        }
        let mut path = place.path.as_str();
        while let Some((outer, _)) = path.rsplit_once('.') {
            containers.insert(outer.to_owned());
            path = outer;
        }
    }
    modules.retain(|path, _| !containers.contains(path));
    modules
}

fn spelled(index: usize, place: &Place, modules: &HashMap<String, Vec<(usize, String)>>) -> String {
    let Place { path, op } = place;
    let Some(nodes) = modules.get(path) else {
        return if path.is_empty() { op.clone() } else { format!("{path}.{op}") };
    };
    let (base, number) = numbered(op);
    // One use: a number behind it counts the operator's uses in the whole network, as PyTorch's newer exporter does.
    if let [_] = nodes[..] {
        return path.clone();
    }
    // One module used several times: relu, relu_1.
    if nodes.iter().all(|(_, other)| numbered(other).0 == base) {
        return if number.is_empty() { path.clone() } else { format!("{path}_{number}") };
    }
    // One module of several steps: its result carries its name.
    if nodes.last().is_some_and(|(last, _)| *last == index) { path.clone() } else { format!("{path}.{op}") }
}

/// `relu_1` as `relu` and `1`.
fn numbered(op: &str) -> (&str, &str) {
    match op.rsplit_once('_') {
        Some((base, number)) if number.parse::<u32>().is_ok() => (base, number),
        _ => (op, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_both_exporters_are_joined() {
        let path = |name: &str| place(name).map(|p| (p.path, p.op));
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(path("/1/layer1/layer1.0/bn2/BatchNormalization"), pair("1.layer1.0.bn2", "batchnormalization"));
        assert_eq!(path("/layer1/layer1.0/layer1.0.conv1/Conv"), pair("layer1.0.conv1", "conv"));
        assert_eq!(path("/features/features.0/features.0.0/Conv"), pair("features.0.0", "conv"));
        assert_eq!(path("/layer1/layer1.1/Relu_1"), pair("layer1.1", "relu_1"));
        assert_eq!(path("/1/fc/Gemm/parts/MatMul_7"), pair("1.fc", "gemm"));
        assert_eq!(path("/Relu"), pair("", "relu"));
        assert_eq!(path("Conv_0"), None);
    }
}
