//! Which files of a folder make up a half: `train-00000-of-00002.parquet`, `test.parquet`, `train/0000.parquet`,
//! `default/train/0000.parquet`.

use std::path::{Path, PathBuf};

use crate::data::folder::{is_system, name_of};
use crate::data::{DataError, Split};
use crate::platform::files;

/// What stands before the half's name where a hub has converted the first gigabytes of a set only.
const PARTIAL: &str = "partial-";

/// Where a file stands among the shards of its half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard {
    place: usize,
    /// How many there are, where the name says so.
    of: Option<usize>,
}

/// The files of the half `split` among `entries`, in order; [`None`] where there is no Parquet file at all.
///
/// # Errors
/// Only files of the other half, a shard that is missing, files of which it is not clear that they belong together.
pub(super) fn find(path: &Path, entries: &[PathBuf], split: Split) -> Result<Option<Vec<PathBuf>>, DataError> {
    let all: Vec<&PathBuf> = entries.iter().filter(|entry| is_table(entry)).collect();
    let Some(some) = all.first() else { return Ok(None) };
    let ranked = |wanted: Split| all.iter().filter_map(move |file| Some((wanted.folder_rank(&word(file))?, *file)));
    let best = ranked(split).map(|(rank, _)| rank).min();
    let other = if split == Split::Train { Split::Test } else { Split::Train };
    let mut files: Vec<&PathBuf> = match best {
        Some(best) => ranked(split).filter(|(rank, _)| *rank == best).map(|(_, file)| file).collect(),
        None if ranked(other).next().is_some() => {
            let (path, found) = (path.display().to_string(), name_of(some));
            return Err(DataError::MissingHalf { path, split, found });
        }
        None => all,
    };
    files.sort_by_key(|file| (shard(file).map_or(0, |shard| shard.place), name_of(file)));
    whole(path, &files)?;
    Ok(Some(files.into_iter().cloned().collect()))
}

/// The folder below `path` that holds the half's files: a half's own (`train`), or the only one with Parquet files.
///
/// `folders` are those below with the Parquet files in them.
///
/// # Errors
/// Several folders that could be meant.
pub(crate) fn inside<'a>(
    path: &Path,
    folders: &'a [(PathBuf, Vec<PathBuf>)],
    split: Split,
) -> Result<Option<&'a (PathBuf, Vec<PathBuf>)>, DataError> {
    let filled: Vec<_> = folders.iter().filter(|(_, entries)| !entries.is_empty()).collect();
    let rank = |folder: &Path| split.folder_rank(&half(folder));
    if let Some(half) =
        filled.iter().filter(|(folder, _)| rank(folder).is_some()).min_by_key(|(folder, _)| rank(folder))
    {
        return Ok(Some(half));
    }
    match &filled[..] {
        [] => Ok(None),
        [only] if !Split::is_half(&half(&only.0)) => Ok(Some(only)),
        [(other, _)] => Err(DataError::MissingHalf { path: path.display().to_string(), split, found: name_of(other) }),
        [(first, _), (second, _), ..] => {
            let path = path.display().to_string();
            Err(DataError::Ambiguous { path, first: name_of(first), second: name_of(second) })
        }
    }
}

/// Whether a folder with these entries has Parquet files in a folder of a half's name: one configuration of a set, as hubs convert sets.
///
/// # Errors
/// A folder that cannot be listed.
pub(crate) fn is_configuration(entries: &[PathBuf]) -> Result<bool, DataError> {
    for entry in entries.iter().filter(|entry| Split::is_half(&half(entry)) && files::is_dir(entry)) {
        if files::list(entry)?.iter().any(|file| is_table(file)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The only one of several folders; [`None`] where there is none.
///
/// # Errors
/// More than one.
pub(crate) fn only<'a>(path: &Path, folders: &'a [PathBuf]) -> Result<Option<&'a PathBuf>, DataError> {
    match folders {
        [first, second, ..] => {
            let path = path.display().to_string();
            Err(DataError::Ambiguous { path, first: name_of(first), second: name_of(second) })
        }
        few => Ok(few.first()),
    }
}

/// What to say of a half of which a hub has converted the beginning only.
pub(super) fn partial(folder: &Path) -> Option<String> {
    let is_partial = half(folder) != name_of(folder);
    is_partial.then(|| format!("{}: its name says that it is the beginning of a larger set.", folder.display()))
}

/// A folder's name, without what says that it holds a part of the half.
fn half(folder: &Path) -> String {
    let name = name_of(folder);
    name.strip_prefix(PARTIAL).map(str::to_owned).unwrap_or(name)
}

/// What to say of files or folders that are neither `taken` nor the other half's.
pub(crate) fn unread(path: &Path, all: &[PathBuf], taken: &[PathBuf], split: Split) -> Option<String> {
    let other = if split == Split::Train { Split::Test } else { Split::Train };
    let left = all.iter().filter(|each| !taken.contains(each) && other.folder_rank(&word(each)).is_none());
    let left: Vec<String> = left.map(|each| name_of(each)).collect();
    let shown = left.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    let count = left.len();
    (count > 0)
        .then(|| format!("{}: of its Parquet files {count} are not read for this half: {shown}.", path.display()))
}

/// What to say of a shard that is read alone.
pub(super) fn note(path: &Path) -> Option<String> {
    let of = shard(path)?.of.filter(|of| *of > 1)?;
    Some(format!("{}: one of {of} files of its half; give their folder to read them all.", path.display()))
}

/// The Parquet files among the entries of a folder.
pub(crate) fn tables(mut entries: Vec<PathBuf>) -> Vec<PathBuf> {
    entries.retain(|entry| is_table(entry));
    entries
}

/// Whether a file is one of a set's. `metadata.parquet` beside class folders describes pictures that lie there as files.
fn is_table(path: &Path) -> bool {
    let name = name_of(path).to_lowercase();
    !is_system(&name) && name.ends_with(".parquet") && name != "metadata.parquet"
}

/// The name without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The first word of a name.
fn word(path: &Path) -> String {
    stem(path).chars().take_while(|letter| letter.is_alphabetic()).collect()
}

/// `…-00001-of-00005`, or a number alone.
fn shard(path: &Path) -> Option<Shard> {
    let stem = stem(path);
    if let Ok(place) = stem.parse() {
        return Some(Shard { place, of: None });
    }
    let (before, of) = stem.rsplit_once("-of-")?;
    // Some writers put a sum behind the number of files.
    let of = of.split('-').next()?.parse().ok()?;
    let place = before.rsplit('-').next()?.parse().ok()?;
    Some(Shard { place, of: Some(of) })
}

/// Holds the files to be all shards of one half.
fn whole(path: &Path, files: &[&PathBuf]) -> Result<(), DataError> {
    let shards: Option<Vec<Shard>> = files.iter().map(|file| shard(file)).collect();
    let shown = || path.display().to_string();
    let Some(shards) = shards else {
        return match files {
            [first, second, ..] => {
                Err(DataError::Ambiguous { path: shown(), first: name_of(first), second: name_of(second) })
            }
            _ => Ok(()),
        };
    };
    let count = shards.iter().map(|shard| shard.of).max().flatten().unwrap_or(shards.len());
    for (wanted, (found, file)) in shards.iter().zip(files).enumerate() {
        if found.of.is_some_and(|of| of != count) || found.place < wanted {
            let [first, second] = [name_of(files[0]), name_of(file)];
            return Err(DataError::Ambiguous { path: shown(), first, second });
        }
        if found.place > wanted {
            return Err(lacking(shown(), wanted, count));
        }
    }
    if shards.len() < count { Err(lacking(shown(), shards.len(), count)) } else { Ok(()) }
}

fn lacking(path: String, place: usize, count: usize) -> DataError {
    DataError::Incomplete { path, wanted: format!("the Parquet file number {place} (from 0) of {count}") }
}
