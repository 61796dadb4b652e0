//! What can be asked of the program.

#[cfg(test)]
mod page;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use stitchscope_core::attack::Preset;

use crate::commands::foretell::ManyReports;
use crate::commands::sweep::{CellOptions, GatherOptions, PlanOptions, SweepOptions};
use crate::version;

/// Where two neural networks fit together: cut, stitch, attack, compare.
#[derive(Debug, Parser)]
#[command(
    name = "stitchscope",
    version,
    long_version = version::long(),
    about,
    args_conflicts_with_subcommands = true
)]
pub struct Arguments {
    /// What to do; without it the window opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What the window opens: networks, recipes, reports, study folders, zips, image sets.
    pub files: Vec<String>,
}

/// How a network's file is to be understood where it does not say so itself.
#[derive(Clone, Debug, Default, Args)]
pub struct Reading {
    /// The output that holds the logits; when left out, the first with one row of classes per image, features that lead to another such
    /// output passed over.
    #[arg(long)]
    pub output: Option<String>,
    /// Where an image's channels stand: `channels-first` or `channels-last`; as the file's nodes or sizes show when left out.
    #[arg(long)]
    pub layout: Option<String>,
    /// Rows and columns where the file leaves them open, such as 224x224.
    #[arg(long, value_name = "ROWSxCOLUMNS")]
    pub size: Option<String>,
    /// The range of the pixels that the file takes: `unit` (0 to 1) or `bytes` (0 to 255); as the file shows when left out.
    #[arg(long)]
    pub pixels: Option<String>,
}

/// An attack, as the table `[attack]` of a recipe has it.
#[derive(Clone, Debug, Default, Args)]
pub struct AttackOptions {
    /// The attack: `pgd`, `apgd-ce`, `autoattack` and others; clean accuracy only when left out.
    #[arg(long = "attack", id = "method", value_name = "METHOD")]
    pub method: Option<String>,
    /// Which attacks `autoattack` makes.
    #[arg(long, requires = "method")]
    pub preset: Option<String>,
    /// The norm that bounds the change: `linf`, `l2` or `l1`.
    #[arg(long, requires = "method")]
    pub norm: Option<String>,
    /// The bound, such as 8/255.
    #[arg(long, requires = "method")]
    pub eps: Option<String>,
    /// The size of a step, such as 2/255.
    #[arg(long, requires = "method")]
    pub alpha: Option<String>,
    /// Steps for each start.
    #[arg(long, requires = "method")]
    pub steps: Option<usize>,
    /// Starts.
    #[arg(long, requires = "method")]
    pub restarts: Option<usize>,
    /// Seed of random starts.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The bundled study: a robust and an ordinary network, stitched at every tap, both ways.
    Demo {
        /// Where the results go.
        #[arg(long, default_value = "results/demo")]
        out: PathBuf,
        /// Events as JSON lines instead of progress bars.
        #[arg(long)]
        json: bool,
    },
    /// A study from a recipe. Run again, it goes on where it was stopped.
    Run {
        /// The recipe, a TOML file.
        recipe: PathBuf,
        /// Where the results go; `results/<name of the recipe>` when left out.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Events as JSON lines instead of progress bars.
        #[arg(long)]
        json: bool,
        /// Tell at the end where the time went.
        #[arg(long)]
        timings: bool,
    },
    /// Checks a recipe and prints it whole, with every default; or prints what a recipe may say.
    Recipe {
        /// The recipe, a TOML file.
        #[arg(required_unless_present = "schema")]
        recipe: Option<PathBuf>,
        /// Print a JSON Schema of recipes, by which editors complete and check them.
        #[arg(long, conflicts_with = "recipe")]
        schema: bool,
    },
    /// Where a network can be cut.
    Inspect {
        /// An ONNX file, or `zoo:NAME`.
        model: String,
        #[command(flatten)]
        reading: Reading,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// The accuracy of one network, clean and under attack, with a verdict on every image.
    Evaluate {
        /// An ONNX file, or `zoo:NAME`.
        model: String,
        #[command(flatten)]
        reading: Reading,
        /// Labelled images: a path, or `zoo:NAME`.
        #[arg(long)]
        data: String,
        /// The first so many images; all when left out.
        #[arg(long)]
        images: Option<usize>,
        #[command(flatten)]
        attack: AttackOptions,
        /// What computes: `auto`, `ort`, `wgpu`, `processor` or `reference`.
        #[arg(long, default_value = "auto")]
        engine: String,
        /// Images at once.
        #[arg(long, default_value_t = 128)]
        batch: usize,
        /// A folder for `verdicts.csv`, and for `adversarial.npz` with --keep.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Keep the images that fool the network.
        #[arg(long, requires = "out", requires = "method")]
        keep: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Runs a network on every engine and on the plain reference, and prints how far they are apart.
    Check {
        /// An ONNX file, or `zoo:NAME`.
        model: String,
        #[command(flatten)]
        reading: Reading,
        /// Images to run it on: a path, or `zoo:NAME`; random ones when left out.
        #[arg(long)]
        data: Option<String>,
        /// How many images.
        #[arg(long, default_value_t = 8)]
        images: usize,
    },
    /// Writes the loss of a network and its gradient by the image as an ONNX file: what gradient attacks climb, for any runtime.
    Grad {
        /// An ONNX file, or `zoo:NAME`.
        model: String,
        #[command(flatten)]
        reading: Reading,
        /// The loss of each image: `cross-entropy`, `margin` or `dlr`.
        #[arg(long, default_value = "cross-entropy")]
        loss: String,
        /// Where the file goes.
        #[arg(short, long, default_value = "grad.onnx")]
        out: PathBuf,
    },
    /// The main figure of one or several reports, side by side.
    Figure {
        /// `report.json` files.
        #[arg(required = true)]
        reports: Vec<PathBuf>,
        /// The picture: `.svg` or `.png`.
        #[arg(short, long)]
        out: PathBuf,
        /// On a dark ground.
        #[arg(long)]
        dark: bool,
    },
    /// A report as one page of HTML that needs nothing beside it: figure, tables, flags, recipe.
    Report {
        /// A `report.json`.
        report: PathBuf,
        /// The page.
        #[arg(short, long)]
        out: PathBuf,
    },
    /// Which cells of a study differ by more than chance: each pair image by image, corrected for how many there are.
    Compare {
        /// The folder of a study, or its `report.json` with the verdicts beside it.
        study: PathBuf,
        /// The cells, by their places in the report from 0, such as 0,3,5; all when left out.
        #[arg(long, value_delimiter = ',')]
        cells: Vec<usize>,
        /// A folder for `compare.txt`, `compare.csv` and `compare.json`.
        #[arg(short, long)]
        out: Option<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Which measure of likeness foretells what stitches do: rank correlations over all pairs of taps of many reports.
    Foretell(ManyReports),
    /// Mean accuracies over networks and seeds of many reports, with intervals over either.
    Means(ManyReports),
    /// The stitched network of one cell as ONNX.
    Export {
        /// A `report.json` with its stitches beside it.
        report: PathBuf,
        /// The cell's place in the report, from 0.
        #[arg(long)]
        cell: usize,
        /// The ONNX file.
        #[arg(short, long)]
        out: PathBuf,
    },
    /// The attacks against mathematical proof: images that verifiers have proved robust or broken.
    Checks {
        /// A folder of `NAME.instances.npz` or `NAME.hard.npz`, each with its network `NAME.onnx` (in pixels: `NAME.pixels.onnx`) beside it.
        #[arg(long)]
        ground_truth: PathBuf,
        /// What attacks.
        #[arg(long, value_enum, default_value = "standard")]
        preset: CheckPreset,
        /// The folder for images that contradict a proof.
        #[arg(short, long)]
        out: Option<PathBuf>,
    },
    /// What was measured as RobustBench's `model_info`: one JSON file per attacked network.
    Robustbench {
        /// A `report.json` of a study with an attack.
        report: PathBuf,
        /// The folder for `front.json`, `end.json` and `cell-N.json`.
        #[arg(short, long)]
        out: PathBuf,
    },
    /// What representations keep of images: images that networks cannot tell from given ones, found from noise, as one picture.
    Invert {
        /// A recipe (its donors and test images), or networks (ONNX files, `zoo:NAME`): a row of the picture each.
        #[arg(required = true)]
        sources: Vec<String>,
        /// Where representations are read.
        #[arg(long)]
        tap: String,
        /// How many test images, one of each class first.
        #[arg(long, default_value_t = 10)]
        images: usize,
        /// Test images where networks are given.
        #[arg(long, default_value = "zoo:fashion-test")]
        data: String,
        /// Steps of the search.
        #[arg(long, default_value_t = 500)]
        steps: usize,
        /// Seed of the noise that it begins at.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Begin at the next image instead of noise.
        #[arg(long)]
        from_image: bool,
        /// The picture, a PNG file.
        #[arg(short, long)]
        out: PathBuf,
    },
    /// Many studies as one sweep: plans it, hands its tasks to an engine, tells how far it is.
    Sweep(SweepOptions),
    /// The jobs of a sweep, one a line; or which of them are not finished.
    Plan(PlanOptions),
    /// Computes the jobs of one task of a plan.
    Cell(CellOptions),
    /// The results of a sweep's jobs as the reports that one process would have written.
    Gather(GatherOptions),
    /// Engines, devices and libraries that were found, with the reason for what is missing.
    Doctor,
    /// A script that completes commands and options, for a shell to read.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// The manual pages, for packages of this program.
    #[command(hide = true)]
    Man {
        /// Their folder.
        folder: PathBuf,
    },
}

/// A suite of attacks by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CheckPreset {
    /// AutoAttack as published.
    Standard,
    /// AutoAttack with more starts.
    Plus,
    /// Two short attacks.
    Quick,
    /// AutoAttack as published, and a long search on what it leaves.
    Exhaustive,
    /// About a tenth of the passes of AutoAttack.
    Fast,
}

impl From<CheckPreset> for Preset {
    fn from(preset: CheckPreset) -> Self {
        match preset {
            CheckPreset::Standard => Self::Standard,
            CheckPreset::Plus => Self::Plus,
            CheckPreset::Quick => Self::Quick,
            CheckPreset::Exhaustive => Self::Exhaustive,
            CheckPreset::Fast => Self::Fast,
        }
    }
}
