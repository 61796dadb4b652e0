//! What `--version` says: enough to build the same program again.

use std::sync::LazyLock;

/// The version and what this program was built from and with; `stitchscope ` stands before it.
pub fn long() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let commit = option_env!("STITCHSCOPE_COMMIT").unwrap_or("not recorded; `cargo xtask dist` records it");
        let window = if cfg!(feature = "window") { "window" } else { "none (no window)" };
        format!(
            "{}\ncommit: {commit}\nfeatures: {window}\nengines: ort (ONNX Runtime, loaded when needed), wgpu, processor, reference",
            env!("CARGO_PKG_VERSION")
        )
    });
    &TEXT
}
