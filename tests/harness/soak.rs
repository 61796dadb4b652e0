//! Work that goes on for as long as one likes, and memory that must not grow with it.

use std::time::{Duration, Instant};

/// How long, in minutes; `cargo xtask soak` says it.
const MINUTES: &str = "STITCHSCOPE_SOAK_MINUTES";
/// Rounds by which growth can be told from what the first rounds take once.
const ROUNDS: usize = 8;
/// What may come and go between rounds, in MiB.
const PLAY: u64 = 48;

/// Does `round` again and again for as long as is asked for, ten rounds at least, and gives the memory of this process after each, in MiB.
///
/// # Panics
/// Where the process does not say its memory (it does on Linux).
#[must_use]
#[expect(clippy::print_stdout, reason = "one wants to see how far it is")]
pub fn rounds(mut round: impl FnMut(usize)) -> Vec<u64> {
    let minutes = std::env::var(MINUTES).ok().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    let (start, time) = (Instant::now(), Duration::from_secs_f64(60.0 * minutes));
    let mut memory = Vec::new();
    while memory.len() < ROUNDS + 2 || start.elapsed() < time {
        round(memory.len());
        memory.push(resident());
        println!("round {}: {} MiB", memory.len(), memory[memory.len() - 1]);
    }
    memory
}

/// Whether memory stayed where it was once the first quarter of the rounds had warmed everything up.
///
/// # Errors
/// A sentence with the numbers, also where there were too few rounds to tell.
pub fn flat(memory: &[u64]) -> Result<(), String> {
    let quarter = memory.len() / 4;
    let most = |part: &[u64]| part.iter().copied().max().unwrap_or(0);
    let (early, late) = (most(&memory[quarter..memory.len() - quarter]), most(&memory[memory.len() - quarter..]));
    if memory.len() < ROUNDS {
        return Err(format!("{} rounds are too few to see growth: {memory:?}", memory.len()));
    }
    if late > early + early / 20 + PLAY {
        return Err(format!("memory grew from {early} to {late} MiB: {memory:?}"));
    }
    Ok(())
}

#[expect(clippy::expect_used, reason = "a test fails")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this process says its memory in /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS in /proc/self/status");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number of kB") / 1024
}

#[cfg(test)]
mod tests {
    use super::flat;

    #[test]
    fn growth_is_seen_and_warming_up_is_not() {
        assert_eq!(flat(&[100, 200, 310, 300, 305, 312, 300, 320]), Ok(()));
        assert!(flat(&[100, 200, 300, 310, 320, 330, 380, 440]).is_err());
        assert!(flat(&[1, 1, 1]).is_err());
    }
}
