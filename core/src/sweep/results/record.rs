//! What a job leaves: one file of numbers, `jobs/ab/ID.json`, and beside it a zip of stitches and verdicts where they are kept.
//!
//! Each is written under a temporary name and renamed, the numbers last: a job is finished when they are there. The zip bears the hash of its
//! content in its name, so that of a job that ran twice no file fits the other's numbers.

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::archive;
use crate::platform::files;
use crate::provenance::hash;
use crate::report::Report;
use crate::sweep::{Job, Part, SweepError};

/// The version of a record's layout.
const SCHEMA: u32 = 1;
/// A file of a finished study: more than any is.
const LARGEST: u64 = 1 << 34;

/// A finished job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this layout.
    pub record: u32,
    /// The job's id in the plan.
    pub id: String,
    /// What of the study it is.
    pub part: Part,
    /// Name and blake3 of the zip beside it, where stitches and verdicts are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Files>,
    /// Where and how it was computed.
    pub made: Made,
    /// The numbers: the report of the study, as far as they belong to this job.
    pub report: Report,
}

/// The zip beside a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// Its name.
    pub name: String,
    /// blake3 of its bytes, 64 hex digits.
    pub blake3: String,
}

/// Where a job was computed, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The machine's name.
    pub node: String,
    /// Seconds of the clock.
    pub seconds: f64,
    /// Largest memory of the process so far, in MiB, where the system tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_mib: Option<u64>,
    /// When it ended, in seconds since 1970.
    pub ended: u64,
}

/// Why a job failed the last time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The job's place in the plan.
    pub index: usize,
    /// Its id.
    pub id: String,
    /// The reason, as one sentence.
    pub reason: String,
    /// Where and when.
    pub made: Made,
}

/// The folder of a sweep.
#[derive(Clone, Debug)]
pub struct Outcomes {
    root: PathBuf,
}

impl Outcomes {
    /// Those in this folder.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the record of a job lies.
    #[must_use]
    pub fn record(&self, id: &str) -> PathBuf {
        self.place("jobs", id)
    }

    /// Where the reason of a failed job lies.
    #[must_use]
    pub fn failure(&self, id: &str) -> PathBuf {
        self.place("failed", id)
    }

    /// Where a job at work keeps what it has so far.
    #[must_use]
    pub fn workplace(&self, id: &str) -> PathBuf {
        self.root.join("work").join(id)
    }

    /// Whether the job is finished.
    #[must_use]
    pub fn finished(&self, id: &str) -> bool {
        files::is_file(&self.record(id))
    }

    /// In folders by the first digits, as file systems grow slow with a million names in one.
    fn place(&self, kind: &str, id: &str) -> PathBuf {
        self.root.join(kind).join(id.get(..2).unwrap_or("00")).join(format!("{id}.json"))
    }

    /// Keeps a finished job; `kept` are the names and bytes of its stitches and verdicts, empty where they are not kept.
    ///
    /// # Errors
    /// [`SweepError::File`] when it cannot be written: then the job is not finished.
    pub fn keep(&self, job: &Job, report: &Report, kept: &[(String, Vec<u8>)], made: Made) -> Result<(), SweepError> {
        let place = self.record(&job.id);
        let folder = place.parent().unwrap_or(&self.root);
        files::create_dir_all(folder)?;
        let mut beside = None;
        if !kept.is_empty() {
            let zip = packed(kept)?;
            let blake3 = hash(&zip);
            let name = format!("{}-{:.16}.zip", job.id, blake3);
            files::write_atomic(&folder.join(&name), &zip)?;
            beside = Some(Files { name, blake3 });
        }
        let (id, part, report) = (job.id.clone(), job.part, report.clone());
        write(&place, &Record { record: SCHEMA, id, part, files: beside, made, report })
    }

    /// Keeps the reason why a job failed.
    ///
    /// # Errors
    /// [`SweepError::File`] when it cannot be written.
    pub fn fail(&self, job: &Job, reason: &str, made: Made) -> Result<(), SweepError> {
        let place = self.failure(&job.id);
        files::create_dir_all(place.parent().unwrap_or(&self.root))?;
        write(&place, &Failure { index: job.index, id: job.id.clone(), reason: reason.to_owned(), made })
    }

    /// The record of a job; `None` where it is not finished.
    ///
    /// # Errors
    /// [`SweepError::Record`] when it does not read or is another job's.
    pub fn read(&self, job: &Job) -> Result<Option<Record>, SweepError> {
        let place = self.record(&job.id);
        if !files::exists(&place) {
            return Ok(None);
        }
        let wrong = |why: String| SweepError::Record { file: place.display().to_string(), why };
        let bytes = files::read_own(&place)?;
        let record: Record = serde_json::from_slice(&bytes).map_err(|e| wrong(format!("it does not read ({e})")))?;
        if record.record > SCHEMA {
            return Err(wrong(format!("it is of schema {}, this program reads up to {SCHEMA}", record.record)));
        }
        if record.id != job.id || record.part != job.part {
            return Err(wrong("it is the record of another job".to_owned()));
        }
        if let Part::Cells([from, to]) = job.part
            && record.report.cells.len() != to - from
        {
            return Err(wrong(format!("it has {} cells, not {}", record.report.cells.len(), to - from)));
        }
        Ok(Some(record))
    }

    /// Why a job failed, where it did and is not finished.
    #[must_use]
    pub fn reason(&self, id: &str) -> Option<Failure> {
        let bytes = files::read_own(&self.failure(id)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The stitches and verdicts of a finished job: names and bytes.
    ///
    /// # Errors
    /// [`SweepError::Record`] when the zip is not the one that belongs to the record.
    pub fn kept(&self, record: &Record) -> Result<Vec<(String, Vec<u8>)>, SweepError> {
        let Some(of) = &record.files else { return Ok(Vec::new()) };
        let beside = self.record(&record.id);
        let place = beside.with_file_name(&of.name);
        let wrong = |why: String| SweepError::Record { file: beside.display().to_string(), why };
        if !of.name.starts_with(&record.id) || of.name.contains(['/', '\\']) {
            return Err(wrong(format!("it names {:?} as the zip beside it", of.name)));
        }
        let bytes = files::read_own(&place)?;
        if hash(&bytes) != of.blake3 {
            return Err(wrong(format!("{} is not as it was written", place.display())));
        }
        unpacked(&bytes).map_err(|why| wrong(format!("{}: {why}", place.display())))
    }
}

fn write(place: &Path, value: &impl Serialize) -> Result<(), SweepError> {
    let mut text = serde_json::to_vec(value)
        .map_err(|e| SweepError::Write(format!("a job's record could not be written ({e})")))?;
    text.push(b'\n');
    Ok(files::write_atomic(place, &text)?)
}

/// The files as a zip that is the same whenever they are.
fn packed(kept: &[(String, Vec<u8>)]) -> Result<Vec<u8>, SweepError> {
    let failed =
        |e: &dyn std::error::Error| SweepError::Write(format!("stitches and verdicts could not be packed ({e})"));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in kept {
        // Weights do not grow smaller, tables do.
        let table = Path::new(name).extension().is_some_and(|end| end == "csv");
        let method = if table { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default());
        zip.start_file(name.as_str(), options).map_err(|e| failed(&e))?;
        zip.write_all(bytes).map_err(|e| failed(&e))?;
    }
    Ok(zip.finish().map_err(|e| failed(&e))?.into_inner())
}

fn unpacked(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut zip = archive::open(bytes).map_err(|e| e.to_string())?;
    let mut all = Vec::with_capacity(zip.len());
    for at in 0..zip.len() {
        let file = zip.by_index(at).map_err(|e| e.to_string())?;
        let name = file.name().map_err(|e| e.to_string())?.into_owned();
        if !is_ours(&name) {
            return Err(format!("no study keeps {name:?}"));
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        all.push((name, bytes));
    }
    Ok(all)
}

/// Whether a study keeps a file of that name: a zip from elsewhere must not make us write another.
fn is_ours(name: &str) -> bool {
    let cell = |start: &str, end: &str| {
        let digits = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    cell("stitches/cell-", ".safetensors")
        || cell("verdicts/cell-", ".csv")
        || ["verdicts/front.csv", "verdicts/end.csv"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_packed_the_same_each_time_and_come_out_as_they_were() {
        let files = vec![
            ("stitches/cell-3.safetensors".to_owned(), vec![7_u8; 500]),
            ("verdicts/front.csv".to_owned(), b"image,label\n".to_vec()),
        ];
        let zip = packed(&files).unwrap();
        assert_eq!(zip, packed(&files).unwrap());
        assert_eq!(unpacked(&zip).unwrap(), files);
        let other = packed(&[("../report.json".to_owned(), vec![1])]).unwrap();
        assert!(unpacked(&other).unwrap_err().contains("no study keeps"));
        assert!(!is_ours("stitches/cell-.safetensors") && !is_ours("stitches/cell-1/../x.safetensors"));
    }
}
