//! Events on a terminal: one bar for the stage at hand, a line per finished piece; or JSON lines for programs.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use stitchscope_core::report::Counts;
use stitchscope_core::study::{Event, Flow};

use crate::terminal;

/// Shows events.
pub struct Display {
    json: bool,
    bar: ProgressBar,
    stage: String,
}

impl Display {
    /// Bars on a terminal, plain lines elsewhere, JSON lines when asked.
    pub fn new(json: bool) -> Self {
        let bar = if json || !std::io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new(0) };
        if let Ok(style) = ProgressStyle::with_template("  {msg:<58!} {bar:24} {pos:>6}/{len:<6} {eta:>4}") {
            bar.set_style(style);
        }
        Self { json, bar, stage: String::new() }
    }

    /// Shows one event.
    pub fn show(&mut self, event: &Event) -> Flow {
        if self.json {
            match serde_json::to_string(event) {
                Ok(line) => terminal::line(&line),
                Err(error) => terminal::remark(&format!("event not shown: {error}")),
            }
            return Flow::Continue;
        }
        match event {
            Event::Progress { stage, done, total, .. } => self.advance(stage, *done, *total),
            Event::Planned { cells, finished, train_images, test_images, .. } => {
                let known = if *finished > 0 { format!(", {finished} found in the journal") } else { String::new() };
                self.line(&format!("{cells} cells{known}; {train_images} training and {test_images} test images"));
            }
            Event::Donor { donor } => {
                let robust = donor.robust.map(|r| format!(", robust {}", percent(r))).unwrap_or_default();
                self.line(&format!("  {}: clean {}{robust}", donor.model, percent(donor.clean)));
            }
            Event::Cell { index, cells, cell } => {
                let name = match cell.front_tap == cell.end_tap {
                    true => cell.front_tap.clone(),
                    false => format!("{} -> {}", cell.front_tap, cell.end_tap),
                };
                let robust = cell.robust.map(|r| format!(", robust {}", percent(r))).unwrap_or_default();
                self.line(&format!("  [{}/{cells}] {name}: clean {}{robust}", index + 1, percent(cell.clean)));
            }
            Event::Control { control } => {
                let name = if control.front_tap == control.end_tap { "" } else { &control.front_tap };
                let arrow = if name.is_empty() { "" } else { " -> " };
                let clean = percent(control.clean);
                self.line(&format!("  control {}, {name}{arrow}{}: clean {clean}", control.kind, control.end_tap));
            }
            Event::Note { text } => self.line(&format!("  {text}")),
        }
        Flow::Continue
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn advance(&mut self, stage: &str, done: usize, total: usize) {
        if self.stage != stage {
            stage.clone_into(&mut self.stage);
            self.bar.reset();
            self.bar.set_message(stage.to_owned());
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }

    fn line(&self, text: &str) {
        if self.bar.is_hidden() { terminal::remark(text) } else { self.bar.println(text) }
    }
}

fn percent(counts: Counts) -> String {
    counts.share().map_or_else(|| "not measured".to_owned(), |share| format!("{:.1} %", 100.0 * share.share))
}
