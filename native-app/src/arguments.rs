//! What can be asked of the program.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::version;

/// Where two neural networks fit together: cut, stitch, attack, compare.
#[derive(Debug, Parser)]
#[command(name = "stitchscope", version, long_version = version::long(), about)]
pub struct Arguments {
    /// What to do; without it the window opens.
    #[command(subcommand)]
    pub command: Option<Command>,
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
    },
    /// Where a network can be cut.
    Inspect {
        /// An ONNX file, or `zoo:NAME`.
        model: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
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
