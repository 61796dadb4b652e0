//! How often a study compiles: each stitched network once, whatever is measured of it.

use std::cell::RefCell;
use std::rc::Rc;

use stitchscope_core::engine::{Buffer, Engine, EngineInfo, Pending, Program};
use stitchscope_core::graph::Graph;
use stitchscope_core::ops::Op;
use stitchscope_core::study::Memory;
use stitchscope_core::tensor::Tensor;
use stitchscope_tests::ort;

use crate::bench::{plan, recipe, run};

/// An engine that notes what it compiles.
struct Counting {
    inner: Rc<dyn Engine>,
    compiled: RefCell<Vec<Kind>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// From images to the logits of a stitched network.
    Stitched,
    /// Anything else.
    Other,
}

fn kind(graph: &Graph) -> Kind {
    let stitched = graph.nodes().iter().any(|node| matches!(node.op, Op::Stitch(_)));
    let logits = graph.outputs().len() == 1 && graph.outputs()[0].name == "logits" && graph.inputs().len() == 1;
    if stitched && logits { Kind::Stitched } else { Kind::Other }
}

impl Engine for Counting {
    fn info(&self) -> &EngineInfo {
        self.inner.info()
    }

    fn add_note(&mut self, _: String) {}

    fn compile(&self, graph: &Graph) -> Pending<'_, Program> {
        self.compiled.borrow_mut().push(kind(graph));
        self.inner.compile(graph)
    }

    fn upload(&self, tensor: &Tensor) -> Pending<'_, Buffer> {
        self.inner.upload(tensor)
    }

    fn read(&self, buffer: &Buffer) -> Pending<'_, Tensor> {
        self.inner.read(buffer)
    }
}

/// Two pairs, one epoch, other images beside: what is compiled for it, by kind.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_stitched_network_is_compiled_once() {
    let inner = ort();
    let engine = Counting { inner, compiled: RefCell::default() };
    let pairs = "[taps]\npairs = [[\"layer2.1.relu\", \"layer2.1.relu\"], [\"layer3.1.relu\", \"layer3.1.relu\"]]\n";
    let training = "[stitch]\ntrain = \"task\"\nepochs = 1\nlr = 1e-2\nbatch = 50\n";
    let mut recipe = recipe(100, 20, &format!("{pairs}{training}"));
    recipe.data.also = Some("zoo:mnist-test".to_owned());
    let report = run(&plan(&recipe), &engine, &Memory::default()).unwrap();
    assert_eq!(report.cells.len(), 2);
    assert!(report.cells.iter().all(|cell| cell.also.is_some() && cell.ood.is_some() && cell.direct.ood.is_some()));
    let compiled = engine.compiled.into_inner();
    let stitched = compiled.iter().filter(|kind| **kind == Kind::Stitched).count();
    // Of each cell the network of the trained stitch; those of direct matching run together with the donors.
    assert_eq!(stitched, 2);
}
