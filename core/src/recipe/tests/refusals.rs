//! What is wrong with a recipe is said with its place and the remedy.

use super::*;

#[test]
fn unknown_keys_get_place_and_nearest_key() {
    for (rest, message) in [
        ("[stitch]\n  epocs = 3\n", r#"recipe.toml:9:3: unknown key "epocs" in [stitch]; did you mean "epochs"?"#),
        ("[stitch]\neps = 3\n", r#"recipe.toml:9:1: unknown key "eps" in [stitch]; it belongs in [attack]"#),
        ("[stitch]\nrestarts = 3\n", r#"recipe.toml:9:1: unknown key "restarts" in [stitch]; it belongs in [attack]"#),
        ("[taps]\ncolour = 3\n", r#"recipe.toml:9:1: unknown key "colour" in [taps]; the keys of [taps] are pairs"#),
        ("[atack]\neps = 0.1\n", "recipe.toml:8:2: unknown table [atack]; did you mean [attack]?"),
    ] {
        assert_eq!(refused(rest), message);
    }
}

#[test]
fn the_first_unknown_key_of_the_text_is_named() {
    let said = refused("[stitch]\nzzz = 1\naaa = 2\n");
    assert!(said.starts_with("recipe.toml:9:1: unknown key \"zzz\""), "{said}");
}

/// Each text is refused with a message that holds both parts.
pub(super) fn all_refused(cases: &[(&str, [&str; 2])]) {
    for (rest, parts) in cases {
        let said = refused(rest);
        for part in parts {
            assert!(said.contains(part), "{rest:?}: {said}");
        }
    }
}

#[test]
fn wrong_types_and_numbers_name_key_and_remedy() {
    all_refused(&[
        ("[stitch]\nepochs = \"3\"\n", ["recipe.toml:9:10: epochs in [stitch] is string \"3\"", "a whole number"]),
        ("[stitch]\nepochs = -1\n", ["recipe.toml:9:10: epochs in [stitch] is integer `-1`", "0 or more"]),
        ("[stitch]\nlr = \"fast\"\n", ["lr in [stitch] is string \"fast\"", "a number"]),
        ("[stitch]\nform = 1\n", ["form in [stitch] is integer `1`", "quotes"]),
        ("[stitch]\nepochs = 0\n", ["epochs in [stitch] is 0, which trains nothing", "train = \"none\""]),
        ("[stitch]\nlr = 0.0\n", ["lr in [stitch] is 0", "above 0"]),
        ("[stitch]\nlr = nan\n", ["lr in [stitch] is NaN", "above 0"]),
        ("[stitch]\nweight_decay = -1.0\n", ["weight_decay in [stitch] is -1", "0 or more"]),
        ("[stitch]\nbatch = 0\n", ["batch in [stitch] is 0", "from 1 to"]),
        ("[run]\nbatch = 9999999999\n", ["batch in [run] is 9999999999", "from 1 to"]),
    ]);
}

#[test]
fn wrong_seeds_taps_and_images_name_key_and_remedy() {
    all_refused(&[
        ("[stitch]\nseeds = [0, \"x\"]\n", ["recipe.toml:9:13: seeds in [stitch] is string", "a whole number"]),
        ("[stitch]\nseeds = 1\n", ["seeds in [stitch] is integer `1`", "a list"]),
        ("[stitch]\nseeds = []\n", ["seeds in [stitch] is an empty list", "at least one"]),
        ("[stitch]\nseeds = [1, 2, 1]\n", ["seeds in [stitch] has 1 twice", "same stitch"]),
        ("test_images = 0\n", ["test_images in [data] is 0", "from 1 to"]),
        ("[taps]\npairs = []\n", ["pairs in [taps] is an empty list", "layer2.1"]),
        ("[taps]\npairs = \"some\"\n", ["pairs in [taps] is \"some\"", "\"same\", \"all\""]),
        ("[taps]\npairs = [[\"a\", \"b\"], [\"a\"]]\n", ["entry 2 of pairs in [taps]", "pairs of taps"]),
        ("[taps]\npairs = [[\"a\", \"b\"], [\"a\", \"b\"]]\n", ["\"a\" with \"b\" twice", "pairs of taps"]),
    ]);
}

#[test]
fn wrong_attacks_name_key_and_remedy() {
    all_refused(&[
        ("[attack]\n", ["recipe.toml:8:1: [attack] has no eps", "clean accuracy only"]),
        ("[attack]\neps = \"\"\n", ["recipe.toml:9:7: eps in [attack] is without a number", "8/255"]),
        ("[attack]\neps = 8\n", ["eps in [attack] is 8, and pixel values run from 0 to 1", "8/255"]),
        ("[attack]\neps = 0\n", ["eps in [attack] is 0, which allows no attack", "leave [attack] out"]),
        ("[attack]\neps = -0.1\n", ["eps in [attack] is \"-0.1\", which is negative", "8/255"]),
        ("[attack]\neps = true\n", ["eps in [attack] is \"true\", which is not a number", "8/255"]),
        ("[attack]\neps = 0.1\nalpha = 0\n", ["alpha in [attack] is 0", "2.5 eps / steps"]),
        ("[attack]\neps = 0.1\nsteps = 0\n", ["steps in [attack] is 0", "from 1 to"]),
        ("[attack]\neps = 0.1\nrestarts = 0\n", ["restarts in [attack] is 0", "from 1 to"]),
        (
            "[attack]\neps = 0.1\nstart = \"clean\"\nrestarts = 2\n",
            ["recipe.toml:11:12: restarts in [attack] is 2 with start = \"clean\"", "uniform"],
        ),
        (
            "[attack]\neps = 0.1\nmethod = \"square\"\nalpha = 0.1\n",
            ["recipe.toml:11:9: alpha in [attack] is not a setting of method \"square\"", "\"pgd\" or \"autoattack\""],
        ),
        (
            "[attack]\neps = 0.1\nqueries = 5\n",
            ["queries in [attack] is not a setting of method \"pgd\"", "\"square\""],
        ),
        (
            "[attack]\neps = 0.1\nmethod = \"autoattack\"\npreset = \"best\"\n",
            ["preset in [attack] is \"best\"", "\"standard\", \"plus\", \"rand\", \"paper\", \"quick\""],
        ),
    ]);
}

#[test]
fn words_of_later_versions_list_what_works_today() {
    for (rest, message) in [
        (
            "[stitch]\ntrain = \"invariant\"\n",
            r#"recipe.toml:9:9: train in [stitch] is "invariant", which this version cannot do yet; write one of "none", "task", "soft", "adversarial", "trades", "match", "fula", "final""#,
        ),
        (
            "[attack]\neps = 0.1\nloss = \"kl\"\n",
            r#"recipe.toml:10:8: loss in [attack] is "kl", which this version cannot do yet; write one of "cross-entropy", "margin", "dlr""#,
        ),
        (
            "[stitch]\ntrain = \"Task\"\n",
            r#"recipe.toml:9:9: train in [stitch] is "Task", which is not a word for it; write one of "none", "task", "soft", "adversarial", "trades", "match", "fula", "final""#,
        ),
    ] {
        assert_eq!(refused(rest), message);
    }
}

#[test]
fn missing_tables_and_keys_are_named() {
    let said = |text: &str| Recipe::parse(text, "r").unwrap_err();
    let none = said("");
    assert_eq!((none.line, none.column, none.key.as_str()), (1, 1, "front"));
    assert_eq!(none.message, "the recipe has no [front]");
    let bare = said("[front]\n[end]\nmodel = \"b\"\n[data]\ntrain=\"a\"\ntest=\"a\"\n");
    assert_eq!(bare.key, "front.model");
    assert_eq!(bare.message, "[front] has no model");
    assert_eq!(said("front = \"a.onnx\"\n").message, "front is a table, not a value");
    assert_eq!(said("[front]\nmodel = \" \"\n[end]\nmodel=\"b\"\n[data]\n").message, "model in [front] is empty");
}

#[test]
fn what_is_no_toml_says_where() {
    let err = Recipe::parse("[front]\nmodel = zoo:a\n", "r.toml").unwrap_err();
    assert_eq!((err.line, err.key.as_str()), (2, ""));
    assert!(err.message.starts_with("this is not TOML: "), "{err}");
    let long = " ".repeat(LONGEST + 1);
    assert!(Recipe::parse(&long, "r.toml").unwrap_err().message.contains("at most"));
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(Recipe::parse(&deep, "r.toml").is_err());
}
