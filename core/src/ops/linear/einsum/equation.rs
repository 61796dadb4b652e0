//! The text of an Einsum as lists of axes' names.

/// Names from here on stand for the axes under an ellipsis, counted from the last.
pub(super) const ELLIPSIS: u32 = 1 << 24;

/// Which axis of every tensor is called what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Equation {
    /// One name per axis, for every input.
    pub inputs: Vec<Vec<u32>>,
    /// Names of the result's axes.
    pub output: Vec<u32>,
}

impl Equation {
    /// Reads `text` for inputs of these ranks. Without `->` the result has what stands under an ellipsis, then the letters
    /// that occur once, sorted.
    pub(super) fn parse(text: &str, ranks: &[usize]) -> Result<Self, String> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (text.as_str(), None),
        };
        let terms: Vec<&str> = left.split(',').collect();
        if terms.len() != ranks.len() {
            return Err(format!("names the axes of {} inputs, {} are there", terms.len(), ranks.len()));
        }
        let inputs = terms.iter().zip(ranks).map(|(term, rank)| names(term, Some(*rank))).collect::<Result<Vec<_>, _>>()?;
        let hidden = inputs.iter().flatten().filter(|n| **n >= ELLIPSIS).max().map_or(0, |most| most - ELLIPSIS + 1);
        let output = match right {
            Some(right) => {
                let mut output = names(right, None)?;
                let place = output.iter().position(|n| *n == ELLIPSIS);
                if let Some(place) = place {
                    output.splice(place..=place, (ELLIPSIS..ELLIPSIS + hidden).rev());
                }
                output
            }
            None => once(&inputs, hidden),
        };
        let repeated = output.iter().enumerate().any(|(i, name)| output[..i].contains(name));
        if repeated || output.iter().any(|name| !inputs.iter().flatten().any(|n| n == name)) {
            return Err("every axis of the result must be one of the inputs', and once".to_owned());
        }
        Ok(Self { inputs, output })
    }
}

/// Names of one term's axes; `rank` says how many an ellipsis stands for (in the result it is one name, [`ELLIPSIS`]).
fn names(term: &str, rank: Option<usize>) -> Result<Vec<u32>, String> {
    let letters = |part: &str| -> Result<Vec<u32>, String> {
        let wrong = part.chars().find(|c| !c.is_ascii_alphabetic());
        wrong.map_or_else(|| Ok(part.chars().map(u32::from).collect()), |c| Err(format!("`{c}` is no letter")))
    };
    let Some((before, after)) = term.split_once("...") else {
        let all = letters(term)?;
        return match rank {
            Some(rank) if rank != all.len() => Err(format!("`{term}` names {} axes, the input has {rank}", all.len())),
            _ => Ok(all),
        };
    };
    let (mut all, after) = (letters(before)?, letters(after)?);
    let hidden = match rank {
        Some(rank) => rank.checked_sub(all.len() + after.len()).and_then(|hidden| u32::try_from(hidden).ok()),
        None => Some(1),
    };
    let hidden = hidden.ok_or_else(|| format!("`{term}` names more axes than the input has"))?;
    all.extend((ELLIPSIS..ELLIPSIS + hidden).rev());
    all.extend(after);
    Ok(all)
}

/// What the result has when the equation leaves it out.
fn once(inputs: &[Vec<u32>], hidden: u32) -> Vec<u32> {
    let mut letters: Vec<u32> = inputs.iter().flatten().copied().filter(|n| *n < ELLIPSIS).collect();
    letters.sort_unstable();
    let single = |name: &u32| letters.iter().filter(|n| *n == name).count() == 1;
    let single: Vec<u32> = letters.iter().copied().filter(single).collect();
    (ELLIPSIS..ELLIPSIS + hidden).rev().chain(single).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Vec<u32> {
        text.chars().map(u32::from).collect()
    }

    #[test]
    fn equations_are_read_as_numpy_reads_them() {
        let full = Equation::parse("bij, bjk -> bik", &[3, 3]).unwrap();
        assert_eq!(full, Equation { inputs: vec![letters("bij"), letters("bjk")], output: letters("bik") });
        assert_eq!(Equation::parse("bj,ab", &[2, 2]).unwrap().output, letters("aj"));
        let dots = Equation::parse("...i,...i", &[3, 2]).unwrap();
        assert_eq!(dots.inputs[1], [ELLIPSIS, u32::from('i')]);
        assert_eq!(dots.output, [ELLIPSIS + 1, ELLIPSIS]);
        assert_eq!(Equation::parse("a...b->...", &[3]).unwrap().output, [ELLIPSIS]);
    }

    #[test]
    fn equations_that_do_not_fit_are_refused() {
        for (text, ranks) in [("ij", &[3][..]), ("ij,jk", &[2]), ("i->j", &[1]), ("i->ii", &[1]), ("i1", &[2])] {
            assert!(Equation::parse(text, ranks).is_err(), "{text}");
        }
        assert!(Equation::parse("...ij->...", &[1]).is_err());
    }
}
