//! The table that closes a run: what was checked, how it went and how long it took.

use std::fmt;
use std::time::Duration;

/// How one check went.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Passed,
    /// It could not be done here, and why.
    Skipped(String),
    /// What is wrong, in one line.
    Failed(String),
    /// An earlier check failed first.
    NotRun,
}

/// One line of the table.
pub struct Row {
    /// The check's name.
    pub name: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// How long it took.
    pub time: Duration,
}

/// All lines.
#[derive(Default)]
pub struct Summary {
    /// In the order in which they ran.
    pub rows: Vec<Row>,
}

impl Summary {
    /// Whether any check failed.
    pub fn failed(&self) -> bool {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_))) > 0
    }

    fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.rows.iter().filter(|row| is(&row.outcome)).count()
    }

    fn closing(&self) -> String {
        let counts = [
            (self.count(|o| matches!(o, Outcome::Failed(_))), "failed"),
            (self.count(|o| *o == Outcome::Passed), "passed"),
            (self.count(|o| matches!(o, Outcome::Skipped(_))), "skipped"),
            (self.count(|o| *o == Outcome::NotRun), "not run"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts.map(|(count, what)| format!("{count} {what}")).collect();
        let total: Duration = self.rows.iter().map(|row| row.time).sum();
        format!("{} in {}", counts.join(", "), seconds(total))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        writeln!(f)?;
        for Row { name, outcome, time } in &self.rows {
            let (word, note) = match outcome {
                Outcome::Passed => ("passed", ""),
                Outcome::Skipped(why) => ("skipped", why.as_str()),
                Outcome::Failed(what) => ("FAILED", what.as_str()),
                Outcome::NotRun => ("not run", ""),
            };
            let time = if *outcome == Outcome::NotRun { String::new() } else { seconds(*time) };
            let line = format!("{name:<width$}  {word:<7}  {time:>8}  {note}");
            writeln!(f, "{}", line.trim_end())?;
        }
        write!(f, "{}", self.closing())
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &'static str, outcome: Outcome) -> Row {
        Row { name, outcome, time: Duration::from_millis(1500) }
    }

    #[test]
    fn the_table_tells_what_failed_and_what_was_left_out() {
        let rows = vec![
            row("fmt", Outcome::Skipped("no rustfmt".into())),
            row("tidy", Outcome::Passed),
            row("clippy", Outcome::Failed("exit code 101".into())),
            row("docs", Outcome::NotRun),
        ];
        let summary = Summary { rows };
        assert!(summary.failed());
        let expected = "
fmt     skipped     1.5 s  no rustfmt
tidy    passed      1.5 s
clippy  FAILED      1.5 s  exit code 101
docs    not run
1 failed, 1 passed, 1 skipped, 1 not run in 6.0 s";
        assert_eq!(summary.to_string(), expected);
    }

    #[test]
    fn a_skipped_check_is_no_failure() {
        assert!(!Summary { rows: vec![row("fmt", Outcome::Skipped("why".into()))] }.failed());
    }
}
