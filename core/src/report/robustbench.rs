//! Measured networks as entries of RobustBench's `model_info`, one JSON file each.
//!
//! Names and spelling are RobustBench's: percentages as texts with two decimals, `eps` as it was written. What a report does not know
//! (authors, venue, link, architecture) is empty, for people to fill in. `autoattack_acc` is given only where AutoAttack `standard` was
//! run; `reported` is what the recipe's attack left standing, whichever it was. `norm`, which RobustBench keeps in the path, is added,
//! and so is `inputs`: networks and images by content.

use serde::Serialize;

use super::{Counts, Doubt, Report, Role};
use crate::attack::doubt::{FEW_STEPS, UNCONFIRMED};
use crate::provenance::Inputs;
use crate::recipe::{AttackMethod, AttackRecipe, Preset, Recipe, RecipeError, Word as _};

/// Why a report has no such entries.
#[derive(Debug, thiserror::Error)]
pub enum RobustBenchError {
    /// Nothing was attacked.
    #[error("the report's recipe has no [attack], so there is no robust accuracy to tell; add one and run it again")]
    NoAttack,
    /// The recipe in the report cannot be read.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// serde's signature is passed on.
    #[error("the entry cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// One file of `model_info`.
#[derive(Debug, Serialize)]
struct Entry {
    link: &'static str,
    name: String,
    authors: &'static str,
    additional_data: Option<bool>,
    number_forward_passes: u32,
    dataset: String,
    venue: &'static str,
    architecture: &'static str,
    norm: &'static str,
    eps: String,
    clean_acc: String,
    reported: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    autoattack_acc: Option<String>,
    unreliable: bool,
    footnote: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    inputs: Option<Inputs>,
}

/// A network of the report.
struct Measured<'a> {
    file: String,
    name: String,
    clean: Counts,
    robust: Option<Counts>,
    badges: &'a [Doubt],
}

/// File names and contents: `front.json`, `end.json` and `cell-N.json` for all that were attacked.
///
/// # Errors
/// [`RobustBenchError::NoAttack`], or a recipe that this version cannot read.
pub fn entries(report: &Report) -> Result<Vec<(String, String)>, RobustBenchError> {
    let recipe = Recipe::parse(&report.recipe, "the report's recipe")?;
    let attack = recipe.attack.as_ref().ok_or(RobustBenchError::NoAttack)?;
    let mut files = Vec::new();
    for measured in measured(report) {
        let Some(robust) = measured.robust else { continue };
        let mut text = serde_json::to_string_pretty(&entry(report, &recipe, attack, &measured, robust))?;
        text.push('\n');
        files.push((measured.file, text));
    }
    Ok(files)
}

fn measured(report: &Report) -> impl Iterator<Item = Measured<'_>> {
    let donors = report.donors.iter().map(|donor| Measured {
        file: format!("{}.json", if donor.role == Role::Front { "front" } else { "end" }),
        name: donor.model.clone(),
        clean: donor.clean,
        robust: donor.robust,
        badges: &donor.badges,
    });
    let names: Vec<&str> = report.donors.iter().map(|donor| donor.model.as_str()).collect();
    let cells = report.cells.iter().enumerate().map(move |(index, cell)| Measured {
        file: format!("cell-{index}.json"),
        name: format!("{} at {} / {} (seed {})", names.join(" + "), cell.front_tap, cell.end_tap, cell.seed),
        clean: cell.clean,
        robust: cell.robust,
        badges: &cell.badges,
    });
    donors.chain(cells)
}

fn entry(report: &Report, recipe: &Recipe, attack: &AttackRecipe, measured: &Measured<'_>, robust: Counts) -> Entry {
    let standard = attack.method == AttackMethod::AutoAttack && attack.preset == Preset::Standard;
    // Few steps and margins within rounding make an attack weak, not a network suspect.
    let suspect = |badge: &Doubt| badge.name != FEW_STEPS && badge.name != UNCONFIRMED;
    Entry {
        link: "",
        name: measured.name.clone(),
        authors: "",
        additional_data: None,
        number_forward_passes: 1,
        dataset: recipe.data.test.clone(),
        venue: "",
        architecture: "",
        norm: match attack.norm {
            crate::recipe::Norm::Linf => "Linf",
            crate::recipe::Norm::L2 => "L2",
            crate::recipe::Norm::L1 => "L1",
            crate::recipe::Norm::L0 => "L0",
        },
        eps: attack.eps.to_string(),
        clean_acc: percent(measured.clean),
        reported: percent(robust),
        autoattack_acc: standard.then(|| percent(robust)),
        unreliable: measured.badges.iter().any(suspect),
        footnote: footnote(report, attack, measured, robust),
        inputs: report.inputs.clone(),
    }
}

fn percent(counts: Counts) -> String {
    counts.share().map_or_else(String::new, |share| format!("{:.2}", 100.0 * share.share))
}

fn footnote(report: &Report, attack: &AttackRecipe, measured: &Measured<'_>, robust: Counts) -> String {
    let mut method = attack.method.known().word.to_owned();
    if attack.method == AttackMethod::AutoAttack {
        method = format!("{method} {}", attack.preset.as_str());
    }
    let mut text = format!("{method} on {} images, Stitchscope {}", robust.total, report.environment.version);
    for badge in measured.badges {
        text.push_str(&format!("; {badge}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn report(attack: &str) -> Report {
        let mut report = samples::report();
        report.recipe = format!(
            "[front]\nmodel = \"a.onnx\"\n[end]\nmodel = \"b.onnx\"\n[data]\ntrain = \"cifar/\"\ntest = \"cifar/\"\n{attack}"
        );
        report
    }

    #[test]
    fn entries_have_robustbenchs_names_and_spelling() {
        let mut report = report("[attack]\nmethod = \"autoattack\"\neps = \"8/255\"\n");
        report.cells[0].badges.push(Doubt::new("gradient-masking", "Square did more".to_owned()));
        let files = entries(&report).unwrap();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["front.json", "end.json", "cell-0.json"], "the second cell was not attacked");
        let front: serde_json::Value = serde_json::from_str(&files[0].1).unwrap();
        for (key, value) in [
            ("name", "zoo:fashion-robust-a"),
            ("dataset", "cifar/"),
            ("norm", "Linf"),
            ("eps", "8/255"),
            ("clean_acc", "82.00"),
            ("reported", "61.00"),
            ("autoattack_acc", "61.00"),
            ("authors", ""),
        ] {
            assert_eq!(front[key], value, "{key}");
        }
        assert_eq!(front["unreliable"], false);
        let cell: serde_json::Value = serde_json::from_str(&files[2].1).unwrap();
        assert_eq!(cell["unreliable"], true);
        assert!(cell["footnote"].as_str().unwrap().contains("autoattack standard on 1000 images"));
    }

    #[test]
    fn other_attacks_are_not_called_autoattack() {
        let files = entries(&report("[attack]\neps = 0.1\n")).unwrap();
        let front: serde_json::Value = serde_json::from_str(&files[0].1).unwrap();
        assert_eq!((&front["autoattack_acc"], &front["reported"]), (&serde_json::Value::Null, &"61.00".into()));
        assert!(matches!(entries(&report("")), Err(RobustBenchError::NoAttack)));
    }
}
