//! Says at build time whether what some tests need is at hand, so that they are counted as ignored, with the reason, where it is not:
//! `published` for the folder of published networks and numbers, `cifar10` for that data set, `standard` for ONNX's own tests, `radv` for a compiler for
//! graphics cards; `without_ort` and `without_adapters` where a person leaves these out. What comes later is seen when this
//! file's time changes, which `cargo xtask data` sees to: Cargo would build the suites anew each time for a path that is not there.

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=STITCHSCOPE_SHARED");
    let shared = env::var_os("STITCHSCOPE_SHARED").map_or_else(|| checkout.join("../shared"), PathBuf::from);
    let material = [
        ("published", shared.join("groundtruth")),
        ("cifar10", checkout.join(".cache/data/cifar10/data_batch_1.bin")),
        ("standard", checkout.join(".cache/onnx-1.23.2")),
    ];
    // Mesa's driver for AMD cards, which compiles for cards that are not there.
    let radv = Path::new("/usr/share/vulkan/icd.d/radeon_icd.x86_64.json").to_path_buf();
    for (name, variable) in [("without_ort", "STITCHSCOPE_SKIP_ORT"), ("without_adapters", "STITCHSCOPE_SKIP_WGPU")] {
        println!("cargo:rerun-if-env-changed={variable}");
        println!("cargo:rustc-check-cfg=cfg({name})");
        if env::var_os(variable).is_some_and(|set| set == "1") {
            println!("cargo:rustc-cfg={name}");
        }
    }
    for (name, path) in material.into_iter().chain([("radv", radv)]) {
        println!("cargo:rustc-check-cfg=cfg({name})");
        if path.exists() {
            println!("cargo:rustc-cfg={name}");
        }
    }
}
