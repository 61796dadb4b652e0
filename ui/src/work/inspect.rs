//! Looking into a finished cell: its stitch's weights, and what the networks say of a few images.

use stitchscope_core::graph::Graph;
use stitchscope_core::metrics::first_largest;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::stitch::{self, Weights};
use stitchscope_core::study::{Network, StudyError, exported, restored, shown_images};

use super::attack::shares;
use super::serve::Clerk;
use super::views::{SampleQuestion, Samples, WEIGHTS_SHOWN, WeightsView};

/// More images than this are for studies.
const MOST: usize = 64;

/// The stitch of a cell.
pub(super) fn weights(clerk: &Clerk<'_>, study: &str, cell: usize) -> Result<WeightsView, String> {
    let file = kept(clerk, study, cell).map_err(|error| error.to_string())?;
    stitch::read(&file).map(|weights| view(&weights)).map_err(|error| error.to_string())
}

/// Networks under the names that people see, and why one is missing.
type Named = (Vec<(String, Graph)>, Option<String>);

/// Front, end and, with a finished cell whose stitch is kept, stitched network.
pub(super) fn networks(
    clerk: &Clerk<'_>,
    recipe: &Recipe,
    cell: Option<&(String, usize)>,
    taps: Option<&(String, String)>,
) -> Result<Named, StudyError> {
    let (front, end) = open(clerk, recipe)?;
    let mut networks = vec![("front".to_owned(), front.graph.clone()), ("end".to_owned(), end.graph.clone())];
    let mut note = None;
    if let (Some((study, cell)), Some(taps)) = (cell, taps) {
        match kept(clerk, study, *cell) {
            Ok(file) => networks.push(("stitched".to_owned(), join(recipe, (&front, &end), taps, &file)?)),
            // A report alone carries no stitches: the donors can be looked at all the same.
            Err(StudyError::Misfit(why)) => note = Some(why),
            Err(other) => return Err(other),
        }
    }
    Ok((networks, note))
}

/// Channels, height and width of the images that the networks take.
pub(super) fn image_of(networks: &[(String, Graph)]) -> Result<[usize; 3], StudyError> {
    let graph = networks.first().map(|(_, graph)| graph);
    let input = graph.and_then(|graph| Some(graph.ty(*graph.inputs().first()?)));
    let sizes: Vec<usize> =
        input.map(|ty| ty.shape.iter().skip(1).filter_map(|d| d.known()).collect()).unwrap_or_default();
    sizes.try_into().map_err(|_| StudyError::Misfit("the networks take no images".to_owned()))
}

/// The stitched network of a cell, as an ONNX file.
pub(super) fn network(
    clerk: &Clerk<'_>,
    recipe: &Recipe,
    (study, cell): (&str, usize),
    taps: &(String, String),
) -> Result<Vec<u8>, StudyError> {
    let (front, end) = open(clerk, recipe)?;
    exported(recipe, (&front, &end), (&taps.0, &taps.1), &kept(clerk, study, cell)?)
}

fn open(clerk: &Clerk<'_>, recipe: &Recipe) -> Result<(Network, Network), StudyError> {
    Network::pair(recipe, clerk.ground.sources())
}

fn join(
    recipe: &Recipe,
    donors: (&Network, &Network),
    taps: &(String, String),
    file: &[u8],
) -> Result<Graph, StudyError> {
    restored(recipe, donors, (&taps.0, &taps.1), file)
}

/// The file of the stitch that a study left for a cell.
fn kept(clerk: &Clerk<'_>, study: &str, cell: usize) -> Result<Vec<u8>, StudyError> {
    let store = clerk.ground.store(study)?;
    let name = stitch_file(cell);
    match store.get(&name)? {
        Some(bytes) => Ok(bytes),
        None => {
            let place = store.place(&name);
            Err(StudyError::Misfit(format!(
                "The connector of this cell is not on this computer ({place}): run the study again, or open its whole zip"
            )))
        }
    }
}

/// The name of a cell's stitch within its study.
pub(super) fn stitch_file(cell: usize) -> String {
    format!("stitches/cell-{cell}.safetensors")
}

fn view(weights: &Weights) -> WeightsView {
    let size = [weights.out, weights.input];
    let shown = size.map(|channels| channels.min(WEIGHTS_SHOWN));
    let mut values = vec![0.0_f32; shown[0] * shown[1]];
    for (index, value) in weights.weight.iter().enumerate() {
        let (row, column) = (index / weights.input.max(1), index % weights.input.max(1));
        let block = (row * shown[0] / size[0].max(1)) * shown[1] + column * shown[1] / size[1].max(1);
        if let Some(kept) = values.get_mut(block)
            && value.abs() > kept.abs()
        {
            *kept = *value;
        }
    }
    let largest = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    WeightsView { size, shown, values, largest, singular: weights.singular_values() }
}

/// The first images, and what each network says of them.
pub(super) async fn samples(clerk: &Clerk<'_>, question: &SampleQuestion) -> Result<Samples, String> {
    attempt(clerk, question).await.map_err(|error| error.to_string())
}

async fn attempt(clerk: &Clerk<'_>, question: &SampleQuestion) -> Result<Samples, StudyError> {
    let recipe = Recipe::parse(&question.recipe, "recipe")?;
    let (networks, _) = networks(clerk, &recipe, question.cell.as_ref(), question.taps.as_ref())?;
    let images = shown_images(&recipe.data, clerk.ground.sources(), image_of(&networks)?)?;
    let images = images.take_first(question.count.min(MOST));
    let engine = clerk.engine(recipe.run.engine).await?;
    let shape = images.shape();
    let pixels: Vec<Vec<f32>> = (0..images.len()).map(|at| images.pixels_f32(&[at])).collect();
    let shares = shares(engine.as_ref(), &networks, &pixels, shape).await?;
    let best = |shares: &Vec<f32>| first_largest(shares).map_or((0, 0.0), |class| (class, shares[class]));
    let said = (0..networks.len()).map(|n| shares.iter().filter_map(|image| image.get(n)).map(best).collect());
    Ok(Samples {
        shape,
        pixels: pixels.iter().flatten().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect(),
        labels: images.labels,
        classes: images.classes,
        said: said.collect(),
        networks: networks.into_iter().map(|(name, _)| name).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_weight_is_shown_in_blocks_that_keep_what_stands_out() {
        let mut weights = Weights::identity(600, 300);
        weights.weight.iter_mut().for_each(|value| *value = 0.1);
        weights.weight[599 * 300 + 299] = -7.0;
        let view = view(&weights);
        assert_eq!((view.size, view.shown), ([600, 300], [256, 256]));
        assert_eq!(view.values.last(), Some(&-7.0));
        assert_eq!(view.largest, 7.0);
    }

    #[test]
    fn a_small_weight_is_shown_as_it_is() {
        let weights = Weights::random(3, 5, 7);
        let view = view(&weights);
        assert_eq!((view.values, view.shown), (weights.weight, [3, 5]));
        assert_eq!(view.singular.len(), 3);
    }
}
