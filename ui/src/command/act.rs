//! What a panel sends.

use stitchscope_core::recipe::Recipe;

use super::Command;
use crate::panels::ExportKind;
use crate::state::{Slide, State, View};
use crate::work::{ChartQuestion, LadderQuestion, SampleQuestion, StudyId};

/// Something to be done after the frame.
#[derive(Clone, Debug)]
pub enum Act {
    /// A command from the list.
    Do(Command),
    /// Open a view.
    Go(View),
    /// Run a bundled example and show it.
    Example(usize),
    /// The recipe at hand is now this one.
    Edit(Box<Recipe>),
    /// Run this recipe; show it in Compare or stay.
    Run(Box<Recipe>, bool),
    /// Stop a study.
    Stop(StudyId),
    /// Delete these studies with their files.
    Delete(Vec<StudyId>),
    /// Show these studies in Compare.
    Show(Vec<StudyId>),
    /// Choices change: the new state but for its recipe.
    Choose(Box<State>),
    /// Look at a network.
    Inspect(String),
    /// Look at images.
    Images(String),
    /// Attack an image.
    Ladder(Box<LadderQuestion>),
    /// Give up the attack on an image that is being made.
    GiveUp,
    /// Open files.
    Take(Vec<String>),
    /// Write what the export sheet says.
    Export,
    /// Ask where to write it.
    ChoosePlace,
    /// Copy text.
    Copy(String),
    /// Delete what the browser keeps.
    ForgetKept,
    /// Hold a study, or go on with it.
    Hold(StudyId, bool),
    /// Look at the stitch of a cell.
    Weights(StudyId, usize),
    /// Ask what networks say of a few images.
    Samples(Box<SampleQuestion>),
    /// Draw networks.
    Chart(Box<ChartQuestion>),
    /// The slides are now these.
    Slides(Vec<Slide>),
    /// Begin the talk at a slide.
    Present(usize),
    /// So many slides on; back where it is below 0.
    Turn(isize),
    /// Open the export sheet.
    OpenExport(ExportKind),
    /// Put a sentence among the notices.
    Notice(String),
    /// Take a notice away.
    Dismiss(usize),
}
