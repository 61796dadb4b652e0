//! The generated handles: words lie where the kernels read them, texts hold together.

use stitchscope_shaders::layout::{fill, strided};
use stitchscope_shaders::pointwise::map;
use stitchscope_shaders::{all, functions};

#[test]
fn words_of_params_are_padded_as_uniform_buffers_are() {
    let params = strided::Params {
        count: 6,
        rank: 2,
        base: 5,
        out_base: 0,
        shape: [2, 3, 1, 1, 1, 1, 1, 1],
        strides: [-3, 1, 0, 0, 0, 0, 0, 0],
        out_strides: [0; 8],
    };
    let bindings = strided::Bindings { x: "x", y: "y" };
    let launch = strided::launch(strided::Variant::Placed, strided::Constants, params, bindings);
    assert_eq!(launch.buffers, ["x", "y"]);
    assert_eq!(launch.params[..6], [6, 2, 5, 0, 2, 3]);
    assert_eq!(launch.params[12..14], [(-3i32).cast_unsigned(), 1]);
    assert_eq!((launch.kernel.name, launch.kernel.variant), ("layout/strided", "placed"));
    // Three words are rounded up to a vec4, as a uniform struct with an array is; one without is not.
    assert_eq!(fill::Params { count: 1, base: 2, value: 3 }.words(), [1, 2, 3]);
}

#[test]
fn variants_differ_in_their_text() {
    let of = |variant| strided::kernel(variant).text();
    assert!(of(strided::Variant::Placed).contains("const PLACED: bool = true;"));
    assert!(of(strided::Variant::Default).contains("const PLACED: bool = false;"));
}

#[test]
fn a_generated_emit_block_takes_the_place_of_the_default() {
    let kernel = map::kernel(map::Variant::Default);
    assert_eq!(kernel.emit_binding, 1);
    let source = kernel.source("// mine\n");
    assert!(source.contains("// mine") && !source.contains("fn emit("));
    assert!(source.contains("fn gelu("), "the functions are there to be called");
    assert_eq!(source.matches("fn is_nan(").count(), 1);
    assert_eq!((functions::CLIP.name, functions::CLIP.arity), ("clip", 3));
}

#[test]
fn no_two_kernels_share_name_and_variant() {
    let mut names: Vec<_> = all().iter().map(|kernel| (kernel.name, kernel.variant)).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
