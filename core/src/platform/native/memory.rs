//! What memory is free on this machine, where the system says so in a file.

use std::fs;
use std::path::Path;

/// Bytes that are free for this program: what the machine has to spare, or what its container leaves it, whichever is less.
/// `None` where the system does not say.
pub(crate) fn free_memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let limits = [("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")];
    let group = limits.iter().filter_map(|(most, used)| {
        let number = |name: &str| fs::read_to_string(Path::new("/sys/fs/cgroup").join(name)).ok()?.trim().parse().ok();
        let (most, used): (u64, u64) = (number(most)?, number(used)?);
        Some(most.saturating_sub(used))
    });
    // An address space limit (`ulimit -v`) counts too.
    let own = fs::read_to_string("/proc/self/limits").ok().and_then(|text| address_space(&text));
    machine.into_iter().chain(group).chain(own).min()
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn available(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The soft limit of `/proc/self/limits` on address space; `None` where there is none.
fn address_space(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_files_are_read_as_they_are_written() {
        assert_eq!(available("MemTotal:  24 kB\nMemAvailable:       2048 kB\n"), Some(2 << 20));
        assert_eq!(available("MemTotal:  24 kB\n"), None);
        let limits = "Limit   Soft Limit   Hard Limit  Units\nMax address space    4096000000  unlimited  bytes\n";
        assert_eq!(address_space(limits), Some(4_096_000_000));
        assert_eq!(address_space("Max address space   unlimited   unlimited   bytes\n"), None);
    }
}
