//! Places as ranges, `3,17-19`: what `sbatch --array`, `hq submit --array` and people read.

/// The places, which come in rising order, as ranges: `3,17-19`; empty where there is none.
pub fn ranges(places: impl IntoIterator<Item = usize>) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for place in places {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == place => *last = place,
            Some((_, last)) if *last == place => {}
            _ => parts.push((place, place)),
        }
    }
    let part = |(first, last): (usize, usize)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    parts.into_iter().map(part).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_range() {
        assert_eq!(ranges([3, 17, 18, 19]), "3,17-19");
        assert_eq!(ranges([0, 1]), "0-1");
        assert_eq!(ranges([5, 5, 5]), "5");
        assert_eq!(ranges([]), "");
    }
}
