//! What the build refuses, and how it says so.

#[path = "../build/mod.rs"]
mod kernels;

use kernels::assemble::assemble;
use kernels::source::{File, Sources};
use kernels::variants::{Row, Variants};

/// A kernel that keeps every rule; the tests break one each.
const GOOD: &str = "\
//! y = 2 x
//# import grid
struct Params {
    // Elements.
    count: u32,
    scale: f32,
    shape: array<vec4<u32>, 2>, // outermost first
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
override STEP: u32;
const TILE: u32 = 4u; //# variant
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end
@compute @workgroup_size(TILE, TILE)
fn main(@builtin(workgroup_id) wid: vec3<u32>) {
    emit(flat(wid.x) * STEP, p.scale * x[0]);
}
";

fn sources() -> Sources {
    let text = "//! Grids.\nfn flat(i: u32) -> u32 {\n    return i;\n}\n".to_owned();
    let grid = File { name: "grid".to_owned(), path: "shaders/wgsl/shared/grid.wgsl".to_owned(), text };
    Sources { kernels: Vec::new(), fragments: [(grid.name.clone(), grid)].into() }
}

fn file(text: &str) -> File {
    let path = "shaders/wgsl/test/kernel.wgsl".to_owned();
    File { name: "test/kernel".to_owned(), path, text: text.to_owned() }
}

fn built(text: &str) -> Result<kernels::reflect::Kernel, kernels::fault::Fault> {
    kernels::kernel(&file(text), &sources(), &[Row::default_row()])
}

/// The message for the good kernel with one thing replaced, and that it names the line `line`.
fn refusal(from: &str, to: &str, line: usize) -> String {
    assert!(GOOD.contains(from), "the kernel has no {from}");
    let fault = built(&GOOD.replace(from, to)).err();
    let place = fault.as_ref().map(|fault| (fault.path.as_str(), fault.line));
    assert_eq!(place, Some(("shaders/wgsl/test/kernel.wgsl", line)), "{fault:?}");
    fault.map(|fault| fault.message).unwrap_or_default()
}

#[test]
fn a_good_kernel_shows_what_it_binds() {
    let kernel = built(GOOD).unwrap();
    let face = &kernel.interface;
    let params: Vec<_> = face.params.iter().map(|f| (f.name.as_str(), f.offset, f.count, f.doc.as_str())).collect();
    assert_eq!(
        params,
        [("count", 0, None, "Elements."), ("scale", 1, None, ""), ("shape", 4, Some(8), "outermost first")]
    );
    assert_eq!(face.words, 12);
    assert_eq!(face.overrides[0].0, "STEP");
    assert_eq!(face.bindings.len(), 1, "the emit block's own is left out");
    let variant = &kernel.variants[0];
    assert_eq!(variant.workgroup, [4, 4, 1]);
    assert_eq!(variant.imports, ["grid"]);
    let emit = variant.emit.as_deref().unwrap();
    assert!(emit.starts_with("@group(0)") && emit.ends_with("}\n"), "{emit}");
    assert!(variant.head.ends_with("//# emit\n") && variant.tail.starts_with("//# end\n"));
}

#[test]
fn bindings_must_be_as_agreed() {
    assert!(refusal("@binding(2)", "@binding(3)", 14).contains("consecutive"));
    assert!(refusal("@group(0) @binding(1)", "@group(1) @binding(1)", 10).contains("group"));
    assert!(
        refusal("@binding(0) var<uniform> p: Params", "@binding(0) var<storage, read> p: Params", 9).contains("Params")
    );
    assert!(refusal("count: u32", "count: vec2<u32>", 9).contains("`count`"));
    assert!(
        refusal("//# end\n", "@group(0) @binding(3) var<storage, read_write> z: array<f32>;\n//# end\n", 14)
            .contains("last")
    );
}

#[test]
fn limits_of_base_webgpu_hold() {
    assert!(refusal("const TILE: u32 = 4u", "const TILE: u32 = 17u", 17).contains("289 invocations"));
    let wide = "var<workgroup> tile: array<f32, 4097>;\n//# emit";
    assert!(refusal("//# emit", wide, 13).contains("16388 bytes"));
    let many: String =
        (2..9).map(|b| format!("@group(0) @binding({b}) var<storage, read> x{b}: array<f32>;\n")).collect();
    let text = GOOD.replace("@binding(2)", "@binding(9)").replace("//# emit", &format!("{many}//# emit"));
    assert!(built(&text).unwrap_err().message.contains("9 storage buffers"));
    assert!(refusal("fn main(", "fn start(", 17).contains("`start`"));
}

#[test]
fn an_error_shows_its_place_in_the_file_that_has_it() {
    let message = refusal("p.scale * x[0]", "p.scale * x[0u] * 1u", 19);
    assert!(message.contains("shaders/wgsl/test/kernel.wgsl:19:"), "{message}");
    let mut sources = sources();
    sources.fragments.get_mut("grid").unwrap().text =
        "//! Grids.\nfn flat(i: u32) -> u32 {\n    return 1.5;\n}\n".to_owned();
    let fault = kernels::kernel(&file(GOOD), &sources, &[Row::default_row()]).unwrap_err();
    assert_eq!((fault.path.as_str(), fault.line), ("shaders/wgsl/shared/grid.wgsl", 3), "{fault}");
}

#[test]
fn marks_that_are_not_understood_are_refused() {
    assert!(refusal("//# import grid", "//# import gird", 2).contains("gird"));
    assert!(refusal("//# import grid", "//# imports grid", 2).contains("none of"));
    assert!(refusal("//# end\n", "", 1).contains("//# end"));
}

#[test]
fn a_variant_sets_the_constants_that_are_marked() {
    let variants =
        Variants::parse("# a comment\ntest/kernel wide TILE=8 # so\ntest/kernel odd SIZE=3\n", &["test/kernel"])
            .unwrap();
    let [wide, odd] = variants.rows("test/kernel") else { panic!("two rows") };
    assert_eq!(
        kernels::kernel(&file(GOOD), &sources(), std::slice::from_ref(wide)).unwrap().variants[0].workgroup,
        [8, 8, 1]
    );
    let fault = odd.apply(&file(GOOD)).unwrap_err();
    assert_eq!((fault.path.as_str(), fault.line), ("shaders/variants.txt", 3));
    assert_eq!(variants.rows("another/kernel").len(), 1);
    for bad in ["test/kernel", "no/such default", "test/kernel a TILE", "test/kernel a\ntest/kernel a"] {
        assert!(Variants::parse(bad, &["test/kernel"]).is_err(), "{bad}");
    }
}

#[test]
fn the_text_is_the_kernel_and_then_its_fragments() {
    let text = assemble(&file(GOOD), &sources()).unwrap();
    assert!(text.text.starts_with(GOOD));
    assert!(text.text.ends_with("return i;\n}\n"));
}

#[test]
fn every_kernel_of_the_crate_gets_a_handle() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = kernels::generate(folder).unwrap();
    for kernel in Sources::read(folder).unwrap().kernels {
        let (family, name) = kernel.name.split_once('/').unwrap();
        assert!(code.contains(&format!("pub mod {family} {{")) && code.contains(&format!("pub mod {name} {{")));
    }
}
