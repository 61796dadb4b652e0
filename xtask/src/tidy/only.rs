//! What only some rooms do: ask for files, clock and chance, start threads, name a colour. Tests are free.

use super::Finding;

/// Words that stand in code of some folders, and where alone they may.
struct Only {
    /// What the words do.
    what: &'static str,
    /// The folders that are looked through.
    within: &'static [&'static str],
    /// Where in them the words may stand.
    but: &'static [&'static str],
    /// The words.
    words: &'static [&'static str],
}

const RULES: &[Only] = &[
    Only {
        what: "opens files",
        within: &["core/src/"],
        but: &["core/src/platform/"],
        words: &["std::fs", "fs::File", "fs::read", "fs::write"],
    },
    Only {
        what: "asks for the time",
        within: &["core/src/"],
        but: &["core/src/platform/"],
        words: &["std::time", "web_time", "Instant::now", "SystemTime"],
    },
    Only {
        what: "draws at random",
        within: &["core/src/"],
        but: &["core/src/random.rs"],
        words: &["rand::", "getrandom", "fastrand"],
    },
    Only {
        what: "starts threads",
        within: &["core/src/", "figures/src/", "ui/src/"],
        but: &["core/src/platform/"],
        words: &["thread::spawn", "thread::Builder", "thread::scope", "ThreadPoolBuilder"],
    },
    Only {
        what: "computes or waits",
        within: &["ui/src/panels/", "ui/src/widgets/"],
        but: &["ui/src/work/"],
        words: &["block_on", "engine::open", "files::", "Plan::load", "Network::open", "thread::sleep", "recv()"],
    },
    Only {
        what: "names a colour",
        within: &["figures/src/", "ui/src/"],
        but: &["figures/src/theme/", "ui/src/theme/"],
        words: &[
            "Color32::from_",
            "Color32::BLACK",
            "Color32::GRAY",
            "Color32::RED",
            "Color32::GREEN",
            "Color32::BLUE",
            "Color32::YELLOW",
            "Color32::DARK_",
            "Color32::LIGHT_",
            "Rgb(",
        ],
    },
];

/// The rules for one Rust file; `path` is from the workspace's folder.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let tests = path.contains("/tests/") || path.ends_with("tests.rs");
    if tests || !path.ends_with(".rs") {
        return Vec::new();
    }
    let starts = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    let rules: Vec<&Only> = RULES.iter().filter(|rule| starts(rule.within) && !starts(rule.but)).collect();
    let code = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let mut findings = Vec::new();
    for (index, line) in code.enumerate() {
        let line = line.split("//").next().unwrap_or_default();
        for rule in &rules {
            if let Some(word) = rule.words.iter().find(|word| stands(line, word)) {
                let what = format!("`{word}` {} outside {}: move it there", rule.what, rule.but.join(", "));
                findings.push(Finding::new(path, index + 1, what));
            }
        }
    }
    findings
}

/// Whether the word stands there, and not only at the end of a longer one.
fn stands(line: &str, word: &str) -> bool {
    let ends_before = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| ends_before(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(path, text).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_planted_word_is_found_outside_its_room() {
        for rule in RULES {
            for word in rule.words {
                let text = format!("//! A. {word}\nlet a = {word}x;\n");
                for folder in rule.within {
                    assert_eq!(lines(&format!("{folder}a.rs"), &text), [2], "{word} in {folder}");
                }
                for folder in rule.but {
                    let path = if folder.ends_with('/') { format!("{folder}a.rs") } else { (*folder).to_owned() };
                    assert!(lines(&path, &text).is_empty(), "{word} in {path}");
                }
            }
        }
    }

    #[test]
    fn tests_comments_and_longer_words_are_free() {
        let text = "//! A.\n// std::fs\nlet operand::x = my_std::fs;\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert!(lines("core/src/a.rs", text).is_empty());
        assert!(lines("core/src/a/tests.rs", "//! A.\nuse std::fs;\n").is_empty());
    }
}
