//! The cases: a model with the tensors that go in and must come out.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use stitchscope_core::onnx::read_tensor;
use stitchscope_core::tensor::Tensor;

/// The version of the package `onnx` whose cases these are; `xtask/src/onnx_cases.rs` has it too.
const FOLDER: &str = ".cache/onnx-1.23.2";

/// Chooses cases whose names hold this; for looking at one.
const ONLY: &str = "STITCHSCOPE_ONNX_CASE";

/// One test of the standard.
pub struct Case {
    /// Kind and name, `node/test_abs`.
    pub name: String,
    /// The file.
    pub model: Bytes,
    /// Arguments in the file's order, or why one cannot be had.
    pub inputs: Result<Vec<Tensor>, String>,
    /// What must come out, in the file's order.
    pub outputs: Result<Vec<Tensor>, String>,
    /// Whether outputs are stored with the eight bits of bfloat16.
    pub coarse: bool,
}

/// All cases; those whose name contains `STITCHSCOPE_ONNX_CASE` where that is set.
pub fn all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
    let mut folders: Vec<PathBuf> = children(&root).iter().flat_map(|kind| children(kind)).collect();
    folders.sort();
    let only = std::env::var(ONLY).unwrap_or_default();
    folders.retain(|folder| folder.to_string_lossy().contains(&only));
    assert!(!folders.is_empty(), "no case of that name is in {FOLDER}");
    folders.iter().map(|folder| case(&root, folder)).collect()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(|p| p.is_dir()).collect()
}

fn case(root: &Path, folder: &Path) -> Case {
    Case {
        name: folder.strip_prefix(root).unwrap_or(folder).display().to_string(),
        model: fs::read(folder.join("model.onnx")).unwrap_or_default().into(),
        inputs: tensors(folder, "input"),
        outputs: tensors(folder, "output"),
        coarse: folder.join("bfloat16").is_file(),
    }
}

fn tensors(folder: &Path, kind: &str) -> Result<Vec<Tensor>, String> {
    let paths = (0..).map(|index| folder.join(format!("{kind}_{index}.pb"))).take_while(|path| path.is_file());
    paths
        .map(|path| {
            let bytes = fs::read(&path).map_err(|e| e.to_string())?;
            if bytes.is_empty() {
                return Err(format!("an {kind} is no tensor"));
            }
            read_tensor(bytes.into(), kind).map(|(_, tensor)| tensor).map_err(|e| format!("{kind}: {e}"))
        })
        .collect()
}
