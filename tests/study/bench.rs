//! What every study test needs: the zoo as a shelf, a small recipe, an engine, and a run that ends in a report.

use std::rc::Rc;

use stitchscope_core::data::{Images, idx};
use stitchscope_core::engine::{self, Choice, Engine};
use stitchscope_core::platform::block_on;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Report;
use stitchscope_core::study::{self, Event, FileSources, Flow, Memory, Plan, Shelf, Store, StudyError};

/// The zoo.
pub struct Zoo;

impl Shelf for Zoo {
    fn model(&self, name: &str) -> Option<bytes::Bytes> {
        stitchscope_zoo::model(name).map(bytes::Bytes::from_static)
    }

    fn images(&self, name: &str) -> Result<Option<Images>, StudyError> {
        let Some(set) = stitchscope_zoo::images(name) else { return Ok(None) };
        let images = idx::Source { file: name, bytes: set.images };
        let labels = idx::Source { file: name, bytes: set.labels };
        Ok(Some(idx::read(name, images, labels)?))
    }

    fn names(&self) -> Vec<String> {
        stitchscope_zoo::MODELS.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// The oracle.
pub fn oracle() -> Rc<dyn Engine> {
    block_on(engine::open(Choice::Reference)).unwrap()
}

/// A recipe over two networks of the zoo: `tables` are its `[taps]`, `[stitch]` and so on. Without controls, which have tests of their own.
pub fn recipe(train_images: usize, test_images: usize, tables: &str) -> Recipe {
    let text = format!(
        "[front]\nmodel = \"zoo:fashion-standard-a\"\n[end]\nmodel = \"zoo:fashion-robust-a\"\n\
         [data]\ntrain = \"zoo:fashion-train\"\ntest = \"zoo:fashion-test\"\n\
         train_images = {train_images}\ntest_images = {test_images}\n[controls]\nkinds = []\n{tables}"
    );
    Recipe::parse(&text, "test recipe").unwrap()
}

/// Two pairs, one epoch, a short attack: every part of a study is there.
pub fn small() -> Recipe {
    recipe(
        300,
        60,
        "[taps]\npairs = [[\"layer2.1.relu\", \"layer2.1.relu\"], [\"layer3.1.relu\", \"layer3.0.relu\"]]\n\
         [stitch]\ntrain = \"task\"\nepochs = 1\nlr = 1e-2\nbatch = 100\n\
         [attack]\neps = \"0.1\"\nalpha = \"0.05\"\nsteps = 3\n[run]\nbatch = 60\n",
    )
}

/// What the recipe comes to.
pub fn plan(recipe: &Recipe) -> Plan {
    Plan::load(recipe, &FileSources { shelf: &Zoo }).unwrap()
}

/// Runs a plan; `hear` may stop it.
pub fn run_observed(
    plan: &Plan,
    engine: &dyn Engine,
    store: &dyn Store,
    hear: &mut dyn FnMut(&Event) -> Flow,
) -> Result<Report, StudyError> {
    block_on(study::run(plan, engine, store, &mut |event: &Event| hear(event)))
}

/// Runs a plan to its end.
pub fn run(plan: &Plan, engine: &dyn Engine, store: &dyn Store) -> Result<Report, StudyError> {
    run_observed(plan, engine, store, &mut |_| Flow::Continue)
}

/// A whole study in memory.
pub fn report(recipe: &Recipe, engine: &dyn Engine) -> Report {
    run(&plan(recipe), engine, &Memory::default()).unwrap()
}

/// The report without what a clock decides.
pub fn timeless(mut report: Report) -> Report {
    report.cells.iter_mut().for_each(|cell| cell.seconds = 0.0);
    report.timings.clear();
    report
}
