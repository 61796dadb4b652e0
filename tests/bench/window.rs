//! The window's speed: the real application in a test harness, its workers on threads. A frame is everything that happens on the
//! thread of the window: answers taken in, panels laid out and painted into shapes. Only the first picture is also rendered.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use stitchscope_core::graph::Builder;
use stitchscope_core::onnx::{WriteOptions, write};
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Report;
use stitchscope_core::tensor::{DType, Dim, TensorType};
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::View;
use stitchscope_ui::world::{Found, Standing};

use crate::made_up;
use crate::shell::{SMALL, Window};
use crate::worker::{Prepared, instead, number};

/// The size of an old laptop's screen.
const SIZE: [f32; 2] = [1366.0, 768.0];
/// Frames that are looked at after each change.
const FRAMES: usize = 30;

/// From nothing to a rendered picture of Start; engines are looked for behind it.
pub fn first() -> Prepared {
    let repetition = || {
        let start = Instant::now();
        let home = std::sync::Arc::new(tempfile::tempdir()?);
        let mut window = Window::begin_in(home, SIZE, None);
        window.harness.render().map_err(anyhow::Error::msg)?;
        // By the clock: the software adapter paints on threads of its own.
        instead(start.elapsed().as_secs_f64());
        Ok(())
    };
    Prepared { text: "start, lay out, render".to_owned(), repetition: Box::new(repetition) }
}

/// The slowest frame while a study runs from its order to its report, in every view that shows it.
pub fn running() -> Prepared {
    let mut images = 100;
    let repetition = move || {
        images += 1;
        let text = SMALL.replace("test_images = 40", &format!("test_images = {images}"));
        let recipe = Recipe::parse(&text, "bench")?;
        let id = stitchscope_ui::work::name(&recipe);
        let mut window = Window::open(SIZE, None);
        window.send(Act::Run(Box::new(recipe), true));
        let mut slowest = Duration::ZERO;
        let start = Instant::now();
        let mut frames = 0_usize;
        while !window.app().world().study(&id).is_some_and(|study| study.standing == Standing::Done) {
            if start.elapsed() > Duration::from_secs(300) {
                bail!("the study does not end: {:?}", window.app().world().notices);
            }
            if frames.is_multiple_of(60) {
                let views = [View::Compare, View::Runs, View::Stitch, View::Start];
                window.send(Act::Go(views[(frames / 60) % views.len()]));
            }
            slowest = slowest.max(frame(&mut window));
            frames += 1;
            std::thread::sleep(Duration::from_millis(16));
        }
        instead(slowest.as_secs_f64());
        Ok(())
    };
    Prepared { text: "two cells, trained and attacked".to_owned(), repetition: Box::new(repetition) }
}

/// The slowest frame of a study with so many cells: curves, map and table; dropped as a report.
///
/// # Errors
/// If the number is missing.
pub fn cells(arguments: &[String]) -> Result<Prepared> {
    let side = number(arguments, 0)?;
    let report: Report = made_up::report(10_000, made_up::crossed(side));
    let text = format!("{} cells", report.cells.len());
    let repetition = move || {
        let mut window = Window::open([1920.0, 1080.0], None);
        made_up::drop_in(&mut window, &report);
        let mut slowest = slowest(&mut window);
        for form in [stitchscope_ui::state::Form::Curves, stitchscope_ui::state::Form::Map] {
            let mut state = window.app().state().clone();
            state.form = Some(form);
            window.send(Act::Choose(Box::new(state)));
            slowest = slowest.max(self::slowest(&mut window));
        }
        instead(slowest.as_secs_f64());
        Ok(())
    };
    Ok(Prepared { text, repetition: Box::new(repetition) })
}

/// The slowest frame of Models and of Stitch with a network of so many nodes.
///
/// # Errors
/// If the number is missing or the network cannot be built.
pub fn nodes(arguments: &[String]) -> Result<Prepared> {
    let count = number(arguments, 0)?;
    let bytes = deep(count)?;
    let repetition = move || {
        let mut window = Window::open(SIZE, None);
        let path = window.home.path().join("deep.onnx");
        std::fs::write(&path, &bytes)?;
        let key = path.display().to_string();
        window.send(Act::Take(vec![key.clone()]));
        let mut slowest = Duration::ZERO;
        let start = Instant::now();
        while !matches!(window.app().world().models.get(&key), Some(Found::Here(_) | Found::Failed(_))) {
            if start.elapsed() > Duration::from_secs(300) {
                bail!("the network is not read: {:?}", window.app().world().notices);
            }
            slowest = slowest.max(frame(&mut window));
            std::thread::sleep(Duration::from_millis(16));
        }
        slowest = slowest.max(self::slowest(&mut window));
        let mut recipe = window.app().recipe().clone();
        recipe.front.model.clone_from(&key);
        recipe.end.model.clone_from(&key);
        window.send(Act::Edit(Box::new(recipe)));
        window.send(Act::Go(View::Stitch));
        slowest = slowest.max(self::slowest(&mut window));
        window.send(Act::Do(Command::FrontOn));
        slowest = slowest.max(self::slowest(&mut window));
        instead(slowest.as_secs_f64());
        Ok(())
    };
    Ok(Prepared { text: format!("{count} nodes"), repetition: Box::new(repetition) })
}

/// A chain of so many rectifiers and scalings behind an image, ending in four classes.
fn deep(count: usize) -> Result<Vec<u8>> {
    let mut b = Builder::new();
    let mut x = b.input("image", TensorType::new(DType::F32, &[Dim::BATCH, 4.into(), 8.into(), 8.into()]));
    for _ in 0..count / 2 {
        x = b.relu(x)?;
        x = b.scale(x, 0.999)?;
    }
    let pooled = b.global_average_pool(x)?;
    let logits = b.reshape(pooled, &[Dim::BATCH, 4.into()])?;
    b.output("logits", logits);
    Ok(write(&b.finish(), &WriteOptions::named("deep"))?)
}

/// The slowest of some frames.
fn slowest(window: &mut Window) -> Duration {
    (0..FRAMES).map(|_| frame(window)).max().unwrap_or_default()
}

/// What a frame takes of the processor on this thread, where the system tells (to a few milliseconds), so that a busy machine is not
/// measured; else how long it takes. Nothing in it waits.
fn frame(window: &mut Window) -> Duration {
    let (start, before) = (Instant::now(), processor_time());
    window.harness.step();
    let spent = processor_time().zip(before).map(|(after, before)| after.saturating_sub(before));
    spent.unwrap_or_else(|| start.elapsed())
}

/// Processor time of this thread so far; on Linux.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
