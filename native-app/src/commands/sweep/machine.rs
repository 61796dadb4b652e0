//! Who and where this process is, for the record of a job.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use stitchscope_core::sweep::Made;

/// Where a job was computed that began at `started` and ends now.
pub fn made(started: Instant) -> Made {
    Made {
        node: gethostname::gethostname().to_string_lossy().into_owned(),
        seconds: started.elapsed().as_secs_f64(),
        peak_mib: peak_mib(),
        ended: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    }
}

/// The largest memory that this process has had, in MiB, where the system tells it in a file.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.div_ceil(1024))
}
