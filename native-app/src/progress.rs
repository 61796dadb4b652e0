//! Events on a terminal: one bar for the stage at hand, a line per finished piece; or JSON lines for programs.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use stitchscope_core::report::Counts;
use stitchscope_core::study::{Event, Flow, Progress};
use stitchscope_core::words;

use crate::{signals, terminal};

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
            return flow();
        }
        match event {
            Event::Progress(work) => self.advance(work),
            Event::Planned { cells, finished, train_images, test_images, .. } => {
                let known = if *finished > 0 { format!(", {finished} found in the journal") } else { String::new() };
                self.line(&format!("{cells} cells{known}; {train_images} training and {test_images} test images"));
            }
            Event::Donor { donor } => {
                let robust = donor.robust.map(|r| format!(", robust {}", percent(r))).unwrap_or_default();
                self.line(&format!("  {}: clean {}{robust}", words::name(&donor.model), percent(donor.clean)));
            }
            Event::Cell { index, cells, cell } => {
                let name = match cell.front_tap == cell.end_tap {
                    true => words::name(&cell.front_tap),
                    false => format!("{} -> {}", words::name(&cell.front_tap), words::name(&cell.end_tap)),
                };
                let robust = cell.robust.map(|r| format!(", robust {}", percent(r))).unwrap_or_default();
                self.line(&format!("  [{}/{cells}] {name}: clean {}{robust}", index + 1, percent(cell.clean)));
            }
            Event::Control { control } => {
                let front = words::name(&control.front_tap);
                let name = if control.front_tap == control.end_tap { "" } else { &front };
                let arrow = if name.is_empty() { "" } else { " -> " };
                let clean = percent(control.clean);
                let end = words::name(&control.end_tap);
                self.line(&format!("  control {}, {name}{arrow}{end}: clean {clean}", control.kind));
            }
            Event::Note { text } => self.line(&format!("  {}", words::message(text))),
        }
        flow()
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn advance(&mut self, work: &Progress) {
        let stage = work.to_string();
        if self.stage != stage {
            self.bar.reset();
            self.bar.set_message(words::name(&stage));
            self.stage = stage;
        }
        self.bar.set_length(work.of as u64);
        self.bar.set_position(work.step as u64);
    }

    fn line(&self, text: &str) {
        if self.bar.is_hidden() { terminal::remark(text) } else { self.bar.println(text) }
    }
}

/// Whether the study goes on: until somebody asks the program to end.
fn flow() -> Flow {
    if signals::asked() { Flow::Stop } else { Flow::Continue }
}

fn percent(counts: Counts) -> String {
    counts.share().map_or_else(|| "not measured".to_owned(), |share| format!("{:.1} %", 100.0 * share.share))
}
