//! Every operator's cases, with images along every axis.

use super::*;

/// Where the images lie in an argument: along an axis, or nowhere.
type Places = Vec<Option<usize>>;

/// All ways to have `images` images lie along one axis of some of the arguments.
fn ways(inputs: &[Sample], images: usize) -> Vec<Places> {
    let mut all: Vec<Places> = vec![Vec::new()];
    for input in inputs {
        let shape = input.ty().shape;
        let axes = (0..shape.len()).filter(|i| shape[*i].divided_by(Dim::fixed(images)).is_some()).map(Some);
        let options: Places = std::iter::once(None).chain(axes).collect();
        all = all.iter().flat_map(|way| options.iter().map(|o| [way.as_slice(), &[*o]].concat())).collect();
    }
    all
}

/// `shape` with the axis as so many times the batch.
fn with_batch(shape: &[Dim], axis: usize, images: usize) -> Option<Vec<Dim>> {
    let mut shape = shape.to_vec();
    let times = shape.get(axis)?.divided_by(Dim::fixed(images))?;
    shape[axis] = times.times(Dim::BATCH)?;
    Some(shape)
}

/// The operator itself and, where it names a shape, with the batch in it.
fn variants(op: &Op, images: usize) -> Vec<Op> {
    let shape = match op {
        Op::Reshape(op) => op.shape.clone(),
        Op::Expand(op) => op.shape.clone(),
        _ => return vec![op.clone()],
    };
    let with = (0..shape.len()).filter_map(|axis| with_batch(&shape, axis, images)).map(|shape| match op {
        Op::Reshape(_) => Op::Reshape(crate::ops::reshape::Reshape { shape }),
        _ => Op::Expand(crate::ops::expand::Expand { shape }),
    });
    with.collect()
}

/// The operator on inputs with their images outermost, turned to where they shall lie; its results turned back. Results that
/// are of no use are left out.
fn on_images(op: &Op, inputs: &[Sample], way: &Places, images: usize) -> Option<Graph> {
    let build = |shown: Option<&[Tag]>| -> Option<Graph> {
        let mut b = Builder::new();
        let mut arguments = Vec::new();
        for (sample, axis) in inputs.iter().zip(way) {
            let ty = sample.ty();
            let Some(axis) = *axis else {
                arguments.push(b.input("fixed", ty));
                continue;
            };
            let shape = with_batch(&ty.shape, axis, images)?;
            let order: Vec<usize> = std::iter::once(axis).chain((0..shape.len()).filter(|i| *i != axis)).collect();
            let outer: Vec<Dim> = order.iter().map(|i| shape[*i]).collect();
            let input = b.input("images", TensorType::new(ty.dtype, &outer));
            let inverse: Vec<usize> = (0..order.len()).filter_map(|i| order.iter().position(|o| *o == i)).collect();
            arguments.push(b.transpose(input, &inverse).unwrap());
        }
        let results = b.apply(op.clone(), &arguments).ok()?;
        for (index, result) in results.into_iter().enumerate() {
            let shown = match shown.map(|tags| tags[index]) {
                Some(Tag::Rows(axis)) => {
                    let order: Vec<usize> =
                        std::iter::once(axis).chain((0..b.ty(result).rank()).filter(|i| *i != axis)).collect();
                    b.transpose(result, &order).unwrap()
                }
                Some(Tag::Places(..) | Tag::Mixed) => continue,
                _ => result,
            };
            b.output(&format!("y{index}"), shown);
        }
        Some(b.finish())
    };
    let plain = build(None)?;
    let found = tags(&plain);
    build(Some(&plain.outputs().iter().map(|o| found[o.value.index()]).collect::<Vec<_>>()))
}

#[test]
fn every_operator_by_tiles_gives_what_it_gives_at_once() {
    let (mut met, mut checked) = (BTreeSet::new(), 0);
    for (name, examples) in Op::all_examples() {
        for example in examples {
            for images in [2, 3, 4, 5] {
                for (op, way) in variants(&example.op, images)
                    .iter()
                    .flat_map(|op| ways(&example.inputs, images).into_iter().map(move |way| (op, way)))
                {
                    let Some(graph) = on_images(op, &example.inputs, &way, images) else { continue };
                    if graph.outputs().is_empty() {
                        continue;
                    }
                    let Some(parts) = tiled(&graph).unwrap() else { continue };
                    let arguments: Vec<Array> = (0_u64..)
                        .zip(example.inputs.iter().zip(&way))
                        .map(|(index, (sample, axis))| outermost(&sample.draw(3, index), *axis))
                        .collect();
                    agrees(&format!("{name}, {}, {way:?} {op:?}", example.label), &graph, &parts, &arguments, images);
                    met.insert(name);
                    checked += 1;
                }
            }
        }
    }
    let left: Vec<&str> = Op::NAMES.iter().copied().filter(|n| !met.contains(n)).collect();
    assert!(left.is_empty(), "no case of {left:?} could be taken apart, of {checked} that could");
    assert!(checked > 300, "only {checked} cases could be taken apart");
}

/// The array with that axis first.
fn outermost(array: &Array, axis: Option<usize>) -> Array {
    let Some(axis) = axis else { return array.clone() };
    let shape = fixed_shape(array.shape());
    let order: Vec<usize> = std::iter::once(axis).chain((0..shape.len()).filter(|i| *i != axis)).collect();
    Op::Transpose(crate::ops::transpose::Transpose { order }).rules().eval(std::slice::from_ref(array), 1).unwrap()[0]
        .clone()
}
