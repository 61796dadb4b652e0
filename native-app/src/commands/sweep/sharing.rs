//! What the jobs of a split study share is taken away when the last of them is finished, and what killed ones left half written in the end.

use std::fs;
use std::path::Path;

use anyhow::Result;
use stitchscope_core::sweep::{Job, Outcomes, Part, SharedFolder};

use super::plan;

/// Takes away what jobs of these studies shared, of those whose jobs are all finished; `studies` come in rising order.
pub fn clear(plan: &Path, studies: &[usize], out: &Path) -> Result<()> {
    let Some(last) = studies.last() else { return Ok(()) };
    let outcomes = Outcomes::of(out);
    let mut reader = plan::open(plan)?;
    let (mut study, mut shared, mut finished) = (None, None::<Job>, true);
    loop {
        let job = reader.next_job()?.filter(|job| job.study <= *last);
        if job.as_ref().map(|job| job.study) != study {
            if let (Some(shared), true) = (&shared, finished) {
                remove(out, &shared.id);
            }
            (shared, finished) = (None, true);
        }
        let Some(job) = job else { return Ok(()) };
        study = Some(job.study);
        if studies.binary_search(&job.study).is_err() {
            continue;
        }
        finished = finished && outcomes.finished(&job.id);
        if job.part == Part::Shared {
            shared = Some(job);
        }
    }
}

/// Takes away what no job of a sweep that is finished can want: what jobs shared, and what killed ones were just writing.
pub fn tidy(out: &Path) {
    let _ = fs::remove_dir_all(out.join("shared"));
    for folder in ["jobs", "failed"].iter().flat_map(|kind| fs::read_dir(out.join(kind))).flatten().flatten() {
        let temporary = |name: &str| name.starts_with('.') && name.ends_with(".tmp");
        for entry in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(temporary) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Best effort: what is left takes room and nothing else.
fn remove(out: &Path, id: &str) {
    let Ok(all) = fs::read_dir(SharedFolder::folder(out, id)) else { return };
    for entry in all.flatten() {
        if entry.file_name().to_string_lossy().trim_start_matches('.').starts_with(id) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
