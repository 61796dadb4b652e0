//! Whole commands: the program as it is published, started for each repetition, from the first byte read to the last written.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::material::Files;
use crate::worker::{Prepared, peak, text};

/// Training and test images of a study.
const IMAGES: usize = 10_000;
/// How often the program is asked for its memory.
const LOOK: Duration = Duration::from_millis(20);

/// The kinds, with what the table calls them.
pub const KINDS: [(&str, &str); 3] = [
    ("direct", "command: run, direct matching of eight taps, 10,000 + 10,000 images, no controls, no ood"),
    ("defaults", "command: the same with the defaults"),
    ("demo", "command: demo"),
];

/// Where CIFAR-10 lies, if it has been fetched.
pub fn images() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/data/cifar10");
    folder.join("data_batch_1.bin").is_file().then_some(folder)
}

/// `KIND`, one of [`KINDS`].
///
/// # Errors
/// If the program or the images are not there.
pub fn prepare(arguments: &[String]) -> Result<Prepared> {
    let kind = text(arguments, 0)?;
    let program = std::env::current_exe()?.with_file_name(format!("stitchscope{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        bail!("{} is not there; `cargo xtask bench` builds it", program.display());
    }
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let mut words: Vec<String> = match kind {
        "demo" => vec!["demo".to_owned()],
        _ => {
            let recipe = folder.path().join("study.toml");
            std::fs::write(&recipe, self::recipe(kind)?)?;
            vec!["run".to_owned(), recipe.display().to_string()]
        }
    };
    words.extend(["--out".to_owned(), out.display().to_string(), "--json".to_owned()]);
    let said = words.first().cloned().unwrap_or_default();
    let repetition = move || {
        // The folder lives as long as the measurement; each repetition begins with none of the results.
        let _ = &folder;
        if out.exists() {
            std::fs::remove_dir_all(&out)?;
        }
        finished(&program, &words)
    };
    Ok(Prepared { text: format!("whole processes of `stitchscope {said}`"), repetition: Box::new(repetition) })
}

/// `PROGRAM ARGUMENT...`: another's whole process.
///
/// # Errors
/// If no program is named.
pub fn prepare_process(arguments: &[String]) -> Result<Prepared> {
    let (program, words) = arguments.split_first().context("a program is missing")?;
    let (program, words) = (PathBuf::from(program), words.to_vec());
    Ok(Prepared { text: "whole processes".to_owned(), repetition: Box::new(move || finished(&program, &words)) })
}

/// What the peer of `direct` is told: networks, images and tensors.
///
/// # Errors
/// If the networks cannot be read or the images are not there.
pub fn of_peer(files: &Files) -> Result<Vec<String>> {
    let [front, end] = files.chain.each_ref().map(|file| file.display().to_string());
    let network = crate::material::network(&front)?;
    let images = images().context("CIFAR-10 is not there")?.display().to_string();
    let tensors = (1..=8).filter_map(|k| network.taps.iter().find(|tap| tap.name == format!("bn{k}")));
    let mut words = vec![front, end, images, IMAGES.to_string()];
    words.extend(tensors.map(|tap| tap.tensor.clone()));
    Ok(words)
}

/// Runs the program to its end.
fn finished(program: &Path, words: &[String]) -> Result<()> {
    let mut command = Command::new(program);
    let mut process = command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", process.id());
    loop {
        peak::note(&status);
        if let Some(end) = process.try_wait()? {
            return if end.success() { Ok(()) } else { Err(anyhow::anyhow!("the program ended with {end}")) };
        }
        std::thread::sleep(LOOK);
    }
}

/// Direct stitches at the first eight taps of the two chains.
fn recipe(kind: &str) -> Result<String> {
    let files = Files::find()?;
    let images = images().context("CIFAR-10 is not there: `cargo xtask data cifar10` fetches it")?;
    let images = images.display();
    let [front, end] = files.chain.each_ref().map(|file| file.display().to_string());
    let pairs: Vec<String> = (1..=8).map(|k| format!("[\"bn{k}\", \"bn{k}\"]")).collect();
    let rest = match kind {
        "direct" => "[controls]\nkinds = []\n[probe]\nood = false\n",
        "defaults" => "",
        other => bail!("there is no command `{other}`"),
    };
    Ok(format!(
        "[front]\nmodel = {front:?}\n[end]\nmodel = {end:?}\n[data]\ntrain = \"{images}\"\ntest = \"{images}\"\n\
         train_images = {IMAGES}\ntest_images = {IMAGES}\n[taps]\npairs = [{}]\n[stitch]\ninit = \"direct\"\ntrain = \"none\"\n{rest}\
         [run]\nengine = \"ort\"\n",
        pairs.join(", ")
    ))
}
