//! Which taps end a block. The rule is told at [`super::taps`].

use std::collections::HashSet;

use super::Tap;
use super::segment::{Kind, Segment};

/// Places of the block outputs among `taps`, which end `segments`.
pub(super) fn outputs(taps: &[Tap], segments: &[Segment]) -> HashSet<usize> {
    let is = |kind: Kind| move |index: &usize| segments[*index].kind == kind;
    let joins: Vec<usize> = (0..taps.len()).filter(is(Kind::Join)).collect();
    let Some(first_join) = joins.first().copied() else {
        return (0..taps.len()).filter(is(Kind::Activation)).collect();
    };
    let after = |join: usize| match segments.get(join + 1) {
        Some(next) if next.kind == Kind::Activation => join + 1,
        _ => join,
    };
    let mut found: HashSet<usize> = joins.iter().map(|j| after(*j)).collect();
    // Blocks without a sum beside blocks with one: same parent, a number of their own.
    let parents: HashSet<&str> =
        joins.iter().filter_map(|j| Some(block(&taps[*j].name)?.rsplit_once('.')?.0)).collect();
    let groups: Vec<Option<&str>> = taps.iter().map(|tap| member(&tap.name, &parents)).collect();
    let with_sum: HashSet<&str> = joins.iter().filter_map(|j| groups[*j]).collect();
    for (index, group) in groups.iter().enumerate() {
        let ends = groups.get(index + 1) != Some(group);
        if ends && group.is_some_and(|g| !with_sum.contains(g)) {
            found.insert(index);
        }
    }
    let first = groups.iter().position(Option::is_some).map_or(first_join, |g| g.min(first_join));
    found.extend((0..first).rev().find(is(Kind::Activation)));
    found
}

/// The module that holds the sum: `layer1.0` of `layer1.0.add`.
fn block(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(block, _)| block)
}

/// `features.4` for `features.4.conv.1` if `features` is among `parents`.
fn member<'a>(name: &'a str, parents: &HashSet<&str>) -> Option<&'a str> {
    // The outermost that is one.
    let parent = name.match_indices('.').map(|(at, _)| &name[..at]).find(|outer| parents.contains(outer))?;
    let rest = &name[parent.len() + 1..];
    let own = rest.split('.').next()?;
    own.parse::<u32>().ok()?;
    Some(&name[..parent.len() + 1 + own.len()])
}
