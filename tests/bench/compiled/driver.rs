//! Where Mesa's driver for AMD cards is, and one process for each card that it plays.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::row::Card;

/// The families: a name for people, and the driver's names for it, which differ between versions of Mesa.
const FAMILIES: [(&str, &[&str]); 2] =
    [("Navi 21 (RDNA 2)", &["navi21"]), ("Navi 31 (RDNA 3)", &["navi31", "gfx1100"])];

/// Folders in which the Vulkan loader looks for drivers.
const FOLDERS: [&str; 4] =
    ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/etc/vulkan/icd.d"];

/// The description of the driver: `STITCHSCOPE_RADV`, else where the loader looks.
fn description() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("STITCHSCOPE_RADV") {
        return Ok(PathBuf::from(named));
    }
    let entries = FOLDERS.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let found = entries.map(|entry| entry.path()).find(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("radeon_icd"))
    });
    found.context(
        "Mesa's Vulkan driver for AMD cards is not there: install it (Debian: mesa-vulkan-drivers), or name its \
                   description radeon_icd.*.json by STITCHSCOPE_RADV",
    )
}

/// Every kernel whose name contains `only`, on every family.
///
/// # Errors
/// If the driver is not there, or refuses a kernel.
pub fn all(only: &str, assembly: bool) -> Result<Vec<Card>> {
    let driver = description()?;
    let mut cards = Vec::new();
    for (name, families) in FAMILIES {
        let mut refused = String::new();
        let found = families.iter().find_map(|family| match play(&driver, family, only, assembly) {
            Ok(rows) => Some(Card { name: name.to_owned(), rows }),
            Err(why) => {
                refused += &format!("{family}: {why:#}; ");
                None
            }
        });
        match found {
            Some(card) => cards.push(card),
            None => bail!("{name}: {refused}"),
        }
    }
    Ok(cards)
}

fn play(driver: &PathBuf, family: &str, only: &str, assembly: bool) -> Result<Vec<serde_json::Value>> {
    let mut command = Command::new(std::env::current_exe()?);
    if assembly {
        command.arg("--assembly");
    }
    let ended = command
        .args(["--only", only, "--card", family])
        .env("RADV_FORCE_FAMILY", family)
        .env("VK_DRIVER_FILES", driver)
        .env("VK_ICD_FILENAMES", driver)
        .env_remove("VK_ADD_DRIVER_FILES")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    if !ended.status.success() {
        bail!("{}", String::from_utf8_lossy(&ended.stderr).lines().next().unwrap_or("it ended without a word"));
    }
    serde_json::from_slice(&ended.stdout).context("no table came back")
}
