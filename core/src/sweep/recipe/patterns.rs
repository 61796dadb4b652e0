//! Donors by pattern: `nets/*.onnx` and `zoo:fashion-*` are all files and all bundled networks of such names.

use std::path::Path;

use glob::Pattern;

use crate::platform::files;
use crate::study::Shelf;
use crate::sweep::SweepError;

const ZOO: &str = "zoo:";

/// The references that patterns stand for, each once, those of one pattern by name.
pub(super) fn expanded(file: &str, patterns: &[String], shelf: &dyn Shelf) -> Result<Vec<String>, SweepError> {
    let mut all: Vec<String> = Vec::new();
    for pattern in patterns {
        for reference in one(file, pattern, shelf)? {
            if !all.contains(&reference) {
                all.push(reference);
            }
        }
    }
    Ok(all)
}

fn one(file: &str, pattern: &str, shelf: &dyn Shelf) -> Result<Vec<String>, SweepError> {
    if !pattern.contains(['*', '?', '[']) {
        return Ok(vec![pattern.to_owned()]);
    }
    let fault =
        |what: String, remedy: &str| SweepError::Sweep { file: file.to_owned(), what, remedy: remedy.to_owned() };
    let read = |text: &str| {
        let why = |error| fault(format!("{pattern:?} is no pattern ({error})"), "write * for any part of a name");
        Pattern::new(text).map_err(why)
    };
    let mut found: Vec<String> = match pattern.strip_prefix(ZOO) {
        Some(names) => {
            let names = read(names)?;
            let models = shelf.names().into_iter().filter(|name| names.matches(name) && shelf.model(name).is_some());
            models.map(|name| format!("{ZOO}{name}")).collect()
        }
        None => {
            let path = Path::new(pattern);
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if folder.is_some_and(|folder| folder.to_string_lossy().contains(['*', '?', '['])) {
                let what = format!("{pattern:?} has a pattern for folders");
                return Err(fault(what, "list the folders, each with a pattern for its files"));
            }
            let names = read(&path.file_name().unwrap_or_default().to_string_lossy())?;
            let here = files::list(folder.unwrap_or(Path::new(".")))?;
            let named = |path: &Path| path.file_name().is_some_and(|name| names.matches(&name.to_string_lossy()));
            let of_here = here.into_iter().filter(|path| files::is_file(path) && named(path));
            // As the pattern begins, so that a reference reads as a person would have written it.
            let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let written =
                |path: &Path| folder.map_or_else(|| name(path), |folder| folder.join(name(path)).display().to_string());
            of_here.map(|path| written(&path)).collect()
        }
    };
    if found.is_empty() {
        return Err(fault(format!("nothing is named {pattern:?}"), "check the folder and the pattern"));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Images;
    use crate::study::StudyError;

    struct Two;

    impl Shelf for Two {
        fn model(&self, name: &str) -> Option<bytes::Bytes> {
            name.starts_with("net").then(bytes::Bytes::new)
        }
        fn images(&self, _: &str) -> Result<Option<Images>, StudyError> {
            Ok(None)
        }
        fn names(&self) -> Vec<String> {
            ["net-b", "net-a", "set-a"].map(str::to_owned).to_vec()
        }
    }

    #[test]
    fn patterns_are_networks_of_the_zoo_and_files_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.onnx", "a.onnx", "a.txt"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let beside = |name: &str| folder.path().join(name).display().to_string();
        let patterns = ["zoo:*-a".to_owned(), beside("*.onnx"), "plain.onnx".to_owned(), beside("a.*x")];
        let found = expanded("s.toml", &patterns, &Two).unwrap();
        assert_eq!(found, ["zoo:net-a".to_owned(), beside("a.onnx"), beside("b.onnx"), "plain.onnx".to_owned()]);
        let why = expanded("s.toml", &["zoo:c*".to_owned()], &Two).unwrap_err().to_string();
        assert!(why.contains("nothing is named \"zoo:c*\""), "{why}");
    }
}
