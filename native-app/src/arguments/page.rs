//! `docs/commands.md`: every command and option as the program itself explains them.
//!
//! After a change: `STITCHSCOPE_WRITE_DOCS=1 cargo xtask test stitchscope` writes the page anew.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};

use super::Arguments;

const HEAD: &str = "# Command line\n\n\
    Written from the program. Without a command the window opens, with the files that are named. Every command has `--help`. Exit codes: 0 when all \
    went well, 2 for an error, whose sentence stands on the error output, 130 and 143 when a study is stopped by Ctrl-C or a termination signal: run again, it goes on.\n";

fn page() -> String {
    let mut program = Arguments::command();
    program.build();
    let mut page = HEAD.to_owned();
    for command in program.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        section(&mut page, command);
    }
    page
}

fn section(page: &mut String, command: &Command) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let about = about.trim_end_matches('.');
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(page, "\n## stitchscope {}\n\n{about}.\n\n    {usage}\n\n", command.get_name());
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set() && argument.get_id() != "help");
    let rows: Vec<String> = shown.map(row).collect();
    if !rows.is_empty() {
        let _ = writeln!(page, "| argument | meaning | left out |\n|---|---|---|\n{}", rows.join("\n"));
    }
}

fn row(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
    let choices: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|_| argument.get_action().takes_values())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    let choices = if choices.is_empty() { String::new() } else { format!(" One of {}.", choices.join(", ")) };
    let defaults: Vec<String> =
        argument.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    let defaults = if argument.get_action().takes_values() { defaults.join(", ") } else { String::new() };
    let short = argument.get_short().map(|letter| format!("-{letter}, ")).unwrap_or_default();
    let name = format!("{short}{argument}").replace('|', "\\|");
    let needed = if argument.is_required_set() { "needed" } else { "" };
    let left_out = if defaults.is_empty() { needed.to_owned() } else { defaults };
    format!("| `{name}` | {help}{choices} | {left_out} |")
}

#[test]
fn the_page_of_commands_is_up_to_date() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/commands.md");
    let page = page();
    if std::env::var_os("STITCHSCOPE_WRITE_DOCS").is_some() {
        std::fs::write(&place, &page).unwrap();
    }
    let found = std::fs::read_to_string(&place).unwrap_or_default().replace("\r\n", "\n");
    let differs = page.lines().zip(found.lines()).find(|(wanted, found)| wanted != found);
    assert!(
        found == page,
        "run `STITCHSCOPE_WRITE_DOCS=1 cargo xtask test stitchscope`; first difference: {differs:?}"
    );
}
