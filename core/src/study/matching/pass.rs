//! One pass over images for the sums of many pairs of taps, of any number of networks.

use std::collections::HashMap;

use super::Arm;
use crate::cut;
use crate::data::Images;
use crate::engine::{Buffer, Engine};
use crate::graph::{Builder, Graph, ValueId, inline};
use crate::ops::concat::Concat;
use crate::ops::stitch::channel_axis;
use crate::similarity::{Exactness, Moments, Order, gram_sums, pooled, summed};
use crate::stitch::{Form, Joint};
use crate::study::evaluate::{for_each_batch, image_batch};
use crate::study::signals::rows_per_image;
use crate::study::stages::{Cuttable, Stages};
use crate::study::{Network, Pair, StudyError};
use crate::tensor::{Dim, Tensor, TensorType};

/// What is seen of a tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::study) enum Look {
    /// What makes a stitch's input of it, as [`Joint::enter`].
    Entering(Joint),
    /// What direct matching wants, as [`Joint::wanted`].
    Wanted(Joint),
    /// The images' means over positions.
    Pooled,
}

impl Look {
    /// The front's rows of a pair.
    pub(crate) const fn front(pair: &Pair) -> Self {
        Self::Entering(pair.joint.early())
    }

    /// The end's rows of a pair: as they are or flattened, whatever changes positions.
    pub(crate) const fn end(pair: &Pair) -> Self {
        Self::Wanted(if pair.joint.flat() { pair.joint } else { Joint::plain(Form::Linear) })
    }
}

/// A tap of one of the networks and what is seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::study) struct View {
    /// 0 is the end; the arms' fronts follow in their order.
    pub network: usize,
    pub tap: usize,
    pub look: Look,
}

/// Where rows have their mean, by view: f32 `[c]`.
pub(in crate::study) type Origins = HashMap<View, Tensor>;

/// What a pass looks at.
pub(in crate::study) struct Looks {
    /// In the order of the graphs' outputs.
    pub views: Vec<View>,
    /// From images to the views, network by network.
    pub graphs: Vec<Graph>,
    /// Pairs of views whose sums are wanted.
    pub pairs: Vec<(usize, usize)>,
}

impl Looks {
    /// The sums of all pairs of the arms, in their order, and then of what is `alone` with itself. Where `keep` names views, these
    /// are there too.
    pub(crate) fn of(arms: &[Arm<'_>], alone: &[View], keep: &[View]) -> Result<Self, StudyError> {
        let mut wanted = Vec::new();
        for (index, arm) in arms.iter().enumerate() {
            for pair in arm.pairs {
                let front = View { network: index + 1, tap: pair.front, look: Look::front(pair) };
                wanted.push((front, View { network: 0, tap: pair.end, look: Look::end(pair) }));
            }
        }
        wanted.extend(alone.iter().map(|view| (*view, *view)));
        let mut views: Vec<View> = Vec::new();
        for view in wanted.iter().flat_map(|(x, y)| [x, y]).chain(keep) {
            if !views.contains(view) {
                views.push(*view);
            }
        }
        views.sort_by_key(|view| view.network);
        let at = |view: &View| {
            views.iter().position(|v| v == view).ok_or(StudyError::Fault("a pair is not among its own views"))
        };
        let pairs = wanted.iter().map(|(x, y)| Ok((at(x)?, at(y)?))).collect::<Result<_, StudyError>>()?;
        let Some(first) = arms.first() else { return Err(StudyError::Fault("a pass without pairs")) };
        let networks = [&first.plan.end].into_iter().chain(arms.iter().map(|arm| &arm.plan.front));
        let mut graphs = Vec::new();
        for (index, network) in networks.enumerate() {
            let own: Vec<View> = views.iter().copied().filter(|view| view.network == index).collect();
            if !own.is_empty() {
                graphs.push(seen_of(network, &own)?);
            }
        }
        Ok(Self { views, graphs, pairs })
    }

    /// Type of each view.
    pub(crate) fn types(&self) -> Vec<TensorType> {
        let outputs = self.graphs.iter().flat_map(|graph| graph.outputs().iter().map(|o| graph.ty(o.value).clone()));
        outputs.collect()
    }

    /// Empty sums, with the origins that are known.
    pub(crate) fn moments(&self, order: Order, origins: &[Tensor]) -> Moments {
        let rows: Vec<usize> = self.types().iter().map(rows_per_image).collect();
        Moments::new(&rows, &self.pairs, order, origins)
    }

    /// The origin of each view that has sums; zeros where none is known.
    pub(crate) fn origins(&self, known: &Origins) -> Result<Vec<Tensor>, StudyError> {
        let types = self.types();
        let of = |place: usize| match known.get(&self.views[place]) {
            Some(origin) => Ok(origin.clone()),
            None => {
                let channels = types[place].at(1)[channel_axis(types[place].rank())];
                Ok(Tensor::f32(&[channels], vec![0.0; channels])?)
            }
        };
        summed(&self.pairs).into_iter().map(of).collect()
    }
}

/// The sums over `images`, for each of `keep` its activations batch by batch, and where rows had their mean.
pub(in crate::study) async fn over(
    engine: &dyn Engine,
    (looks, keep): (&Looks, &[usize]),
    (images, batch): (&Images, usize),
    (order, exactness): (Order, Exactness),
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<(Moments, Vec<Vec<Buffer>>, Origins), StudyError> {
    let stages = Stages::of(engine, cuttable(looks, keep, (order, exactness))?).await?;
    let mut given = uploaded(engine, &looks.origins(&Origins::new())?).await?;
    let mut origins = looks.origins(&Origins::new())?;
    let batch = stages.batch_up_to(batch);
    let mut chunks: Vec<Vec<Buffer>> = vec![Vec::new(); keep.len()];
    if exactness == Exactness::Blocks {
        // The first batch shows roughly where rows have their mean. As large as the others: engines prepare for each size anew.
        let first: Vec<usize> = (0..images.len().min(batch)).collect();
        let input = engine.upload(&image_batch(images, &first)?).await?;
        let mut rough = looks.moments(order, &origins);
        added(engine, (&stages, &input, &given), &mut rough, &mut []).await?;
        rough.count(first.len());
        origins = rough.means()?;
        given = uploaded(engine, &origins).await?;
    }
    let mut moments = looks.moments(order, &origins);
    for_each_batch(engine, images, batch, step, async |chosen, input| {
        added(engine, (&stages, &input, &given), &mut moments, &mut chunks).await?;
        moments.count(chosen.len());
        Ok(())
    })
    .await?;
    let means = moments.means()?;
    let found = summed(&looks.pairs).into_iter().map(|place| looks.views[place]).zip(means).collect();
    Ok((moments, chunks, found))
}

/// The arguments of a pass.
pub(in crate::study) fn with<'a>(image: &'a Buffer, origins: &'a [Buffer]) -> Vec<&'a Buffer> {
    std::iter::once(image).chain(origins).collect()
}

pub(in crate::study) async fn uploaded(engine: &dyn Engine, tensors: &[Tensor]) -> Result<Vec<Buffer>, StudyError> {
    let mut buffers = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        buffers.push(engine.upload(tensor).await?);
    }
    Ok(buffers)
}

/// The graph of a pass: images and origins to the sums, behind them the activations to `keep`, and the views, where it may be cut.
fn cuttable(looks: &Looks, keep: &[usize], how: (Order, Exactness)) -> Result<Cuttable, StudyError> {
    let mut b = Builder::new();
    let Some(image) = looks.graphs.first().map(|graph| graph.ty(graph.inputs()[0]).clone()) else {
        return Err(StudyError::Fault("a pass that looks at nothing"));
    };
    let image = b.input("image", image);
    let mut values = Vec::new();
    for graph in &looks.graphs {
        values.extend(inline(&mut b, graph, &[image])?);
    }
    for sum in gram_sums(&mut b, &values, &looks.pairs, how)? {
        b.output("sum", sum);
    }
    keep.iter().for_each(|place| b.output("activation", values[*place]));
    values.iter().for_each(|value| b.output("between", *value));
    Ok(Cuttable { graph: b.finish(), between: values.len() })
}

/// Adds the sums of one run to `moments`, and puts the activations behind them with the others of their place.
async fn added(
    engine: &dyn Engine,
    (stages, input, origins): (&Stages, &Buffer, &[Buffer]),
    moments: &mut Moments,
    chunks: &mut [Vec<Buffer>],
) -> Result<(), StudyError> {
    let sums = moments.results();
    stages
        .run(&with(input, origins), async |place, buffer| {
            match place.checked_sub(sums) {
                None => moments.add_one(place, &engine.read(&buffer).await?)?,
                Some(kept) => {
                    if let Some(list) = chunks.get_mut(kept) {
                        list.push(buffer);
                    }
                }
            }
            Ok(())
        })
        .await
}

/// Image to views of a network's taps.
fn seen_of(network: &Network, views: &[View]) -> Result<Graph, StudyError> {
    let taps: Vec<_> = views.iter().map(|view| &network.taps[view.tap]).collect();
    let until = cut::front_at(&network.graph, &taps)?;
    let mut b = Builder::new();
    let image = b.input("image", until.ty(until.inputs()[0]).clone());
    let found: Vec<ValueId> = inline(&mut b, &until, &[image])?;
    for (view, value) in views.iter().zip(found) {
        let value = match view.look {
            Look::Entering(joint) => joint.enter(&mut b, value)?,
            Look::Wanted(joint) => joint.wanted(&mut b, value)?,
            Look::Pooled => pooled(&mut b, value)?,
        };
        b.output(&network.taps[view.tap].name, value);
    }
    Ok(b.finish())
}

/// Chunks [n, C, ...] as one buffer [images, C, ...] on the device.
pub(super) async fn joined(engine: &dyn Engine, chunks: &[Buffer]) -> Result<Buffer, StudyError> {
    let mut b = Builder::new();
    let parts: Vec<_> = chunks
        .iter()
        .map(|chunk| {
            let shape: Vec<Dim> = chunk.shape().iter().copied().map(Dim::fixed).collect();
            b.input("chunk", TensorType::new(chunk.dtype(), &shape))
        })
        .collect();
    let all = b.apply1(Concat { axis: 0 }, &parts)?;
    b.output("all", all);
    let program = engine.compile(&b.finish()).await?;
    let inputs: Vec<&Buffer> = chunks.iter().collect();
    let result = program.run(&inputs).await?;
    result.into_iter().next().ok_or_else(|| StudyError::Misfit("there are no training images".to_owned()))
}
