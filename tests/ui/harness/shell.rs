//! A window without a screen: the application in a test harness, its workers on threads, its ground a temporary folder.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use stitchscope_core::data::{Images, idx};
use stitchscope_core::platform::{block_on, files};
use stitchscope_core::study::{FileSources, Folder, Shelf, Sources, Store, StudyError};
use stitchscope_ui::command::Act;
use stitchscope_ui::theme::style;
use stitchscope_ui::work::{Answer, Device, Ground, Later, Message, Port, Printed, serve};
use stitchscope_ui::{App, Bundle, Choice, Desk, Example, Known, Services};

/// Twins at two taps, few images, a short attack: every part of a study within seconds.
pub const SMALL: &str = "[front]\nmodel = \"zoo:fashion-standard-a\"\n[end]\nmodel = \"zoo:fashion-robust-a\"\n\
    [data]\ntrain = \"zoo:fashion-train\"\ntest = \"zoo:fashion-test\"\ntrain_images = 200\ntest_images = 40\n\
    [taps]\npairs = [[\"layer2.1.relu\", \"layer2.1.relu\"], [\"layer3.1.relu\", \"layer3.1.relu\"]]\n\
    [stitch]\nepochs = 1\nlr = 1e-2\nbatch = 50\n[attack]\neps = \"0.1\"\nalpha = \"0.05\"\nsteps = 3\n\
    [controls]\nkinds = [\"identity\"]\n[run]\nbatch = 40\n";

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
        let mut images = idx::read(name, images, labels)?;
        images.classes = set.classes.iter().map(|class| (*class).to_owned()).collect();
        Ok(Some(images))
    }

    fn names(&self) -> Vec<String> {
        stitchscope_zoo::MODELS.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

struct Disk {
    sources: FileSources<'static>,
    home: PathBuf,
}

impl Ground for Disk {
    fn sources(&self) -> &dyn Sources {
        &self.sources
    }

    fn store(&self, study: &str) -> Result<Box<dyn Store>, StudyError> {
        Ok(Box::new(Folder::create(&self.home.join("studies").join(study))?))
    }

    fn studies(&self) -> Vec<String> {
        let folders = files::list(&self.home.join("studies")).unwrap_or_default();
        folders.iter().map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    fn delete<'a>(&'a self, study: &'a str) -> Later<'a, Result<(), String>> {
        Box::pin(async move {
            std::fs::remove_dir_all(self.home.join("studies").join(study)).map_err(|why| why.to_string())
        })
    }

    fn read(&self, place: &str, _largest: u64) -> Result<Vec<u8>, StudyError> {
        Ok(files::read(Path::new(place))?.into())
    }

    fn is_taken(&self, place: &str) -> bool {
        Path::new(place).exists()
    }

    fn pdf(&self, what: Printed<'_>) -> Result<Vec<u8>, String> {
        let written = match what {
            Printed::Figure(sheet) => stitchscope_figures::pdf::figure(sheet),
            Printed::Talk(theme, leaves) => stitchscope_figures::pdf::talk(theme, leaves),
        };
        written.map_err(|error| error.to_string())
    }

    fn write(&self, place: &str, bytes: &[u8]) -> Result<String, StudyError> {
        files::write_atomic(Path::new(place), bytes)?;
        Ok(place.to_owned())
    }
}

struct Line {
    messages: Receiver<Message>,
    answers: Sender<Answer>,
    closed: Cell<bool>,
}

impl Port for Line {
    fn next(&self) -> Later<'_, Option<Message>> {
        Box::pin(async { self.messages.recv().ok() })
    }

    fn poll(&self) -> Option<Message> {
        let found = self.messages.try_recv();
        self.closed.set(matches!(found, Err(TryRecvError::Disconnected)));
        found.ok()
    }

    fn wait(&self) -> Option<Message> {
        self.messages.recv().ok()
    }

    fn is_open(&self) -> bool {
        !self.closed.get()
    }

    fn tell(&self, answer: Answer) {
        // Messages cross a Worker's border as data: they must survive it.
        let text = serde_json::to_string(&answer).unwrap();
        let _ = self.answers.send(serde_json::from_str(&text).unwrap());
    }
}

/// What a test may look into.
#[derive(Clone, Default)]
pub struct Watch {
    /// The state that was kept last.
    pub kept: Arc<Mutex<String>>,
    /// Dialogs that were asked for.
    pub asked: Arc<Mutex<Vec<Choice>>>,
}

struct Desktop {
    desks: Vec<(Sender<Message>, JoinHandle<()>)>,
    answers: Receiver<Answer>,
    home: PathBuf,
    watch: Watch,
    computer: Option<Device>,
}

impl Services for Desktop {
    fn send(&mut self, desk: Desk, message: Message) {
        let text = serde_json::to_string(&message).unwrap();
        let (line, _) = &self.desks[usize::from(desk == Desk::Looks)];
        line.send(serde_json::from_str(&text).unwrap()).unwrap();
    }

    fn hear(&mut self) -> Option<Answer> {
        let answer = self.answers.try_recv().ok()?;
        Some(match (answer, &self.computer) {
            (Answer::Survey { kept, damaged, .. }, Some(device)) => {
                Answer::Survey { device: device.clone(), kept, damaged }
            }
            (answer, _) => answer,
        })
    }

    fn keep(&mut self, state: &str) {
        state.clone_into(&mut self.watch.kept.lock().unwrap());
    }

    fn choose(&mut self, choice: Choice) {
        self.watch.asked.lock().unwrap().push(choice);
    }

    fn chosen(&mut self) -> Option<(Choice, Vec<String>)> {
        None
    }

    fn writes_pdf(&self) -> bool {
        true
    }

    fn results(&self) -> String {
        format!("{}/", self.home.display())
    }
}

impl Drop for Desktop {
    /// Waits for both workers: libraries that still compute while the process ends can crash it.
    fn drop(&mut self) {
        let threads: Vec<_> = self.desks.drain(..).map(|(_, thread)| thread).collect();
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }
}

/// What the program of these tests brings.
pub fn bundle() -> Bundle {
    let model = |name: &str| Known {
        reference: format!("zoo:{name}"),
        about: "a network of the zoo".to_owned(),
        clean: None,
        robust: None,
    };
    Bundle {
        models: stitchscope_zoo::MODELS.iter().map(|(name, _)| model(name)).collect(),
        images: stitchscope_zoo::IMAGES.iter().map(|set| (format!("zoo:{}", set.name), 1000)).collect(),
        examples: vec![
            Example {
                title: "Small".to_owned(),
                about: "Two networks, two cuts, few images.".to_owned(),
                length: "seconds".to_owned(),
                recipes: vec![SMALL.to_owned()],
            },
            Example {
                title: "Both ways".to_owned(),
                about: "The same, and the other way round, side by side.".to_owned(),
                length: "seconds".to_owned(),
                recipes: vec![
                    SMALL.to_owned(),
                    SMALL.replace("standard", "x").replace("robust", "standard").replace("-x-", "-robust-"),
                ],
            },
        ],
    }
}

/// A window in a harness.
pub struct Window {
    pub harness: Harness<'static, Option<App>>,
    pub watch: Watch,
    pub home: Arc<tempfile::TempDir>,
}

impl Window {
    /// Opens a window of that size; `kept` is the state of the last time.
    pub fn open(size: [f32; 2], kept: Option<&str>) -> Self {
        Self::open_in(Arc::new(tempfile::tempdir().unwrap()), size, kept)
    }

    /// As [`Window::open`], in a home that other windows may share.
    pub fn open_in(home: Arc<tempfile::TempDir>, size: [f32; 2], kept: Option<&str>) -> Self {
        Self::begin_in(home, size, kept).surveyed()
    }

    /// As [`Window::open`], showing a computer that is made up.
    pub fn open_on(computer: Device, size: [f32; 2], kept: Option<&str>) -> Self {
        Self::begin_on(Some(computer), Arc::new(tempfile::tempdir().unwrap()), size, kept).surveyed()
    }

    fn surveyed(mut self) -> Self {
        self.until("the survey", |app| app.world().device.is_some());
        self
    }

    /// As [`Window::open_in`], at its first frame: nothing is known yet.
    pub fn begin_in(home: Arc<tempfile::TempDir>, size: [f32; 2], kept: Option<&str>) -> Self {
        Self::begin_on(None, home, size, kept)
    }

    fn begin_on(computer: Option<Device>, home: Arc<tempfile::TempDir>, size: [f32; 2], kept: Option<&str>) -> Self {
        let (sender, answers) = channel();
        let desk = || {
            let (messages, received) = channel();
            let (line, home) = (
                Line { messages: received, answers: sender.clone(), closed: Cell::new(false) },
                home.path().to_path_buf(),
            );
            let work = move || block_on(serve(&line, &Disk { sources: FileSources { shelf: &Zoo }, home }));
            (messages, std::thread::Builder::new().stack_size(16 << 20).spawn(work).unwrap())
        };
        let watch = Watch::default();
        let services = Desktop {
            desks: vec![desk(), desk()],
            answers,
            home: home.path().to_path_buf(),
            watch: watch.clone(),
            computer,
        };
        let (mut services, kept) = (Some(services), kept.map(str::to_owned));
        let frame = move |ui: &mut egui::Ui, app: &mut Option<App>| {
            let ctx = ui.ctx().clone();
            let app = app
                .get_or_insert_with(|| App::new(&ctx, bundle(), Box::new(services.take().unwrap()), kept.as_deref()));
            app.logic(&ctx);
            app.ui(ui);
        };
        let builder = Harness::builder().with_size(size).with_context_setup(style::install_fonts).with_max_steps(40);
        let harness = builder.build_ui_state(frame, None);
        Self { harness, watch, home }
    }

    /// The application.
    pub fn app(&self) -> &App {
        self.harness.state().as_ref().unwrap()
    }

    /// Sends an act as a panel would.
    pub fn send(&mut self, act: Act) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().as_mut().unwrap().send(&ctx, act);
        self.settle();
    }

    /// A few frames: what was sent is done and shown.
    pub fn settle(&mut self) {
        self.harness.run_steps(4);
    }

    /// Frames until something is so; fails after two minutes.
    pub fn until(&mut self, what: &str, so: impl Fn(&App) -> bool) {
        let start = Instant::now();
        while !so(self.app()) {
            assert!(
                start.elapsed() < Duration::from_secs(120),
                "{what} did not come: {:?}",
                self.app().world().notices
            );
            std::thread::sleep(Duration::from_millis(10));
            self.harness.step();
        }
        self.settle();
    }

    /// Where the last export was written.
    pub fn written(&self) -> String {
        let line = &self.app().world().line;
        line.strip_prefix("Written: ").unwrap_or_else(|| panic!("nothing was written: {line}")).to_owned()
    }

    /// Frames until nothing is on its way.
    pub fn until_idle(&mut self) {
        self.settle();
        self.until("the answers", |app| !app.is_waiting());
    }
}
