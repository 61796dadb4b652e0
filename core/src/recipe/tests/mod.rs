//! Recipes as people write them, right and wrong.

mod properties;
mod refusals;

use super::*;
use refusals::all_refused;

const DONORS: &str = r#"[front]
model = "zoo:fashion-robust-a"
[end]
model = "zoo:fashion-standard-a"
[data]
train = "zoo:fashion-train"
test = "zoo:fashion-test"
"#;

fn parse(rest: &str) -> Result<Recipe, RecipeError> {
    Recipe::parse(&format!("{DONORS}{rest}"), "recipe.toml")
}

/// The message that `rest`, standing from line 8 on, is refused with.
fn refused(rest: &str) -> String {
    match parse(rest) {
        Ok(recipe) => panic!("{rest:?} was read as {recipe:?}"),
        Err(err) => err.to_string(),
    }
}

#[test]
fn the_recipe_of_the_design_is_read() {
    let recipe = parse(
        r#"train_images = 5000
test_images = 1000
[taps]
pairs = "same"
[stitch]
form = "conv1x1"
init = "direct"
train = "task"
epochs = 3
lr = 1e-3
seeds = [0]
[attack]
norm = "linf"
eps = "8/255"
alpha = "2/255"
steps = 20
restarts = 1
start = "uniform"
[run]
engine = "auto"
batch = 128
"#,
    )
    .unwrap();
    assert_eq!(recipe.data.train_images, Some(5000));
    assert_eq!(recipe.stitch, StitchRecipe { form: Form::Conv1x1, ..StitchRecipe::default() });
    let attack = recipe.attack.unwrap();
    assert_eq!(attack.eps.value().to_bits(), (8.0f64 / 255.0).to_bits());
    assert_eq!(attack.alpha.to_string(), "2/255");
    assert_eq!(recipe.run, RunRecipe::default());
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let recipe = parse("[attack]\neps = \"8/255\"\n").unwrap();
    assert_eq!(recipe.taps.pairs, Pairs::Same);
    assert_eq!(recipe.stitch, StitchRecipe::default());
    assert_eq!(recipe.run, RunRecipe { engine: Choice::Auto, batch: 128, cache_mib: 2048, memory_mib: 0 });
    let attack = recipe.attack.unwrap();
    assert_eq!((attack.steps, attack.restarts, attack.start), (20, 1, Start::Uniform));
    assert_eq!((attack.norm, attack.loss), (Norm::Linf, Loss::CrossEntropy));
    assert_eq!(attack.alpha.to_string(), "1/255", "2.5 x 8 / 20");
    assert_eq!(parse("").unwrap().attack, None);
}

#[test]
fn the_written_text_is_golden() {
    let recipe = parse("test_images = 1000\n[taps]\npairs = [[\"a\", \"b\"]]\n[attack]\neps = 0.1\n").unwrap();
    let golden = r#"[front]
model = "zoo:fashion-robust-a"

[end]
model = "zoo:fashion-standard-a"

[data]
train = "zoo:fashion-train"
test = "zoo:fashion-test"
test_images = 1000

[taps]
pairs = [["a", "b"]]

[stitch]
form = "auto"
resize = "none"
mask = "none"
init = "direct"
train = "task"
batchnorm = "frozen"
l1 = 0.0
flip = false
crop = 0
optimizer = "adam"
epochs = 3
lr = 0.001
batch = 128
schedule = "constant"
weight_decay = 0.0
seeds = [0]

[attack]
method = "pgd"
norm = "linf"
eps = "0.1"
alpha = "0.0125"
steps = 20
restarts = 1
start = "uniform"
loss = "cross-entropy"
transfer = false
checks = false

[controls]
kinds = ["identity", "self-stitch", "random-front", "shuffled-labels"]

[run]
engine = "auto"
batch = 128
cache_mib = 2048
"#;
    assert_eq!(recipe.to_toml(), golden);
}

#[test]
fn the_table_of_keys_is_the_keys_that_are_read_and_written() {
    let tables =
        "[stitch]\ntrain = \"adversarial\"\n[attack]\neps = 0.1\n[train_attack]\neps = 0.1\n[probe]\nlinear = true\n";
    let data = "train_images = 1\ntest_images = 1\nalso = \"b\"\norder = \"random\"\nseed = 7\nsize = 32\nfit = \"center-crop\"\n\
                shorter_side = 40\npixel_range = \"0-255\"\nlabels = \"coarse\"\nclass_order = \"text\"\norientation = \"exif\"\n";
    let full = parse(&format!("{data}{tables}")).unwrap().to_toml();
    let written: toml::Table = full.parse().unwrap();
    assert_eq!(written.len(), schema::TABLES.len());
    for (table, known) in schema::TABLES.iter().map(|table| (table.name, table.keys)) {
        // A stitch has only the settings of its form and training, an attack those of its method; the others are tried below.
        let others: &[&str] = match table {
            "front" | "end" => &["output", "layout", "size", "pixels"],
            "attack" => &["preset", "targets", "queries", "smallest"],
            "run" => &["memory_mib"],
            "stitch" => &[
                "rank",
                "resize_at",
                "teacher",
                "temperature",
                "beta",
                "distance",
                "match_epochs",
                "momentum",
                "patience",
                "validation",
                "nesterov",
            ],
            _ => &[],
        };
        let mut known: Vec<&str> = known.iter().map(|key| key.name).filter(|k| !others.contains(k)).collect();
        known.sort_unstable();
        let mut keys: Vec<&str> = written[table].as_table().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, known, "[{table}]");
    }
}

#[test]
fn a_donor_says_how_its_file_is_understood() {
    let front =
        "[front]\nmodel = \"a.onnx\"\noutput = \"y\"\nlayout = \"channels-last\"\nsize = [8, 6]\npixels = \"bytes\"\n";
    let rest = "[end]\nmodel = \"b.onnx\"\n[data]\ntrain = \"c\"\ntest = \"c\"\n";
    let recipe = Recipe::parse(&format!("{front}{rest}"), "recipe.toml").unwrap();
    let asked = recipe.front.interface(Some([3, 1, 1]));
    assert_eq!((asked.output.as_deref(), asked.size, asked.images), (Some("y"), Some([8, 6]), Some([3, 1, 1])));
    assert!(recipe.to_toml().starts_with(front), "{}", recipe.to_toml());
    assert_eq!(recipe.end, DonorRef::new("b.onnx"));
    for wrong in
        ["size = [8]", "size = [0, 8]", "size = \"8x8\"", "layout = \"nhwc\"", "pixels = \"255\"", "output = \" \""]
    {
        let text = format!("[front]\nmodel = \"a.onnx\"\n{wrong}\n{rest}");
        let error = Recipe::parse(&text, "recipe.toml").unwrap_err().to_string();
        assert!(error.contains("recipe.toml:3:") && error.contains("in [front]"), "{wrong}: {error}");
    }
}

#[test]
fn a_norm_that_an_attack_does_not_work_in_is_refused() {
    let said = |rest: &str| refused(&format!("[attack]\n{rest}"));
    assert!(said("eps = 0.1\nmethod = \"ddn\"\nnorm = \"linf\"\n").contains("write norm = \"l2\""));
    assert!(said("eps = 3\nnorm = \"l0\"\n").contains("which method \"pgd\" does not work in"));
    assert!(said("eps = 0.5\nmethod = \"fmn\"\nnorm = \"l0\"\n").contains("counts the pixel values"));
    assert!(said("eps = 1\nmethod = \"fmn\"\nsmallest = true\n").contains("is not a setting of method \"fmn\""));
    let training = "[stitch]\ntrain = \"adversarial\"\n[train_attack]\neps = 3\nnorm = \"l0\"\n";
    assert!(refused(training).contains("count no pixels"));
}

#[test]
fn an_attack_has_the_settings_of_its_method() {
    let of = |rest: &str| parse(&format!("[attack]\neps = \"8/255\"\n{rest}")).unwrap().attack.unwrap();
    let auto = of("method = \"autoattack\"\n");
    assert_eq!((auto.method, auto.preset), (AttackMethod::AutoAttack, Preset::Standard));
    let paper = of("method = \"autoattack\"\npreset = \"paper\"\n");
    assert_eq!(paper.alpha.to_string(), "2/255", "a quarter of eps");
    let targeted = of("method = \"apgd-t\"\n");
    assert_eq!((targeted.steps, targeted.targets, targeted.restarts), (100, 9, 1));
    assert_eq!(of("method = \"square\"\n").queries, 5000);
    assert!(of("method = \"fab-t\"\nsmallest = true\n").smallest);
    let ddn = of("method = \"ddn\"\n");
    assert_eq!(
        (ddn.norm, ddn.steps, ddn.smallest),
        (Norm::L2, 100, true),
        "DDN works in L2 alone, and looks for the smallest"
    );
    let fmn = parse("[attack]\neps = 5\nmethod = \"fmn\"\nnorm = \"l0\"\n").unwrap().attack.unwrap();
    assert_eq!((fmn.norm, fmn.eps.value(), fmn.smallest), (Norm::L0, 5.0, true));
    let text = parse("[attack]\neps = 0.1\nmethod = \"square\"\n").unwrap().to_toml();
    let attack = text.split("[attack]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    assert_eq!(
        attack,
        "method = \"square\"\nnorm = \"linf\"\neps = \"0.1\"\nrestarts = 1\nqueries = 5000\ntransfer = false\nchecks = false"
    );
}

#[test]
fn a_stitch_has_the_settings_of_its_form_and_training() {
    let of = |rest: &str| parse(&format!("[stitch]\n{rest}")).unwrap();
    let soft = of("train = \"soft\"\nteacher = \"mean\"\ntemperature = 4\n").stitch;
    assert_eq!((soft.teacher, soft.temperature), (Teacher::Mean, 4.0));
    assert_eq!(of("train = \"fula\"\n").stitch.distance, Distance::Relative);
    assert_eq!(of("train = \"match\"\n").stitch.distance, Distance::MeanSquare);
    let sgd = of("optimizer = \"sgd\"\n").stitch;
    assert_eq!((sgd.momentum, sgd.nesterov), (0.9, true));
    assert_eq!(of("form = \"low-rank\"\nrank = 3\n").stitch.rank, 3);
    let trained = of("train = \"adversarial\"\n[train_attack]\neps = \"8/255\"\nshare = 0.5\n");
    let attack = trained.train_attack().unwrap();
    assert_eq!(
        (attack.alpha.to_string().as_str(), attack.steps, attack.start, attack.share),
        ("2/255", 10, Start::Clean, 0.5)
    );
    let like_the_attack = of("train = \"trades\"\nbeta = 6\n[attack]\neps = \"4/255\"\n").train_attack().unwrap();
    assert_eq!((like_the_attack.eps.to_string(), like_the_attack.alpha.to_string()), ("4/255".into(), "1/255".into()));
    assert_eq!(of("").train_attack().unwrap().eps.to_string(), "8/255");
    let joined = of("resize = \"nearest\"\nresize_at = \"after\"\nbatchnorm = \"adapted\"\n").stitch;
    assert_eq!((joined.resize, joined.resize_at), (Resize::Nearest, ResizeAt::After));
    assert_eq!(joined.batchnorm, BatchNorm::Adapted);
    all_refused(&[
        (
            "[stitch]\nresize_at = \"after\"\n",
            ["resize_at in [stitch] is not a setting of resize \"none\"", "bilinear"],
        ),
        (
            "[stitch]\nform = \"dense\"\nresize = \"nearest\"\n",
            ["resize in [stitch] is not a setting of form \"dense\"", "\"auto\""],
        ),
        (
            "[stitch]\ntrain = \"none\"\nbatchnorm = \"adapted\"\n",
            ["batchnorm in [stitch] is not a setting of train \"none\"", "\"task\""],
        ),
        ("[stitch]\nform = \"bn-conv-bn\"\nmask = \"identity\"\n", ["mask in [stitch] is \"identity\"", "leave one"]),
        ("[stitch]\nbeta = 6\n", ["beta in [stitch] is not a setting of train \"task\"", "train = \"trades\""]),
        ("[stitch]\nrank = 6\n", ["rank in [stitch] is not a setting of form \"auto\"", "form = \"low-rank\""]),
        ("[stitch]\nmomentum = 0\n", ["momentum in [stitch] is not a setting of optimizer \"adam\"", "\"sgd\""]),
        ("[stitch]\ntrain = \"soft\"\ntemperature = 0\n", ["temperature in [stitch] is 0", "above 0"]),
        (
            "[stitch]\nform = \"orthogonal\"\n",
            ["recipe.toml:9:8: form in [stitch] is \"orthogonal\"", "train = \"none\""],
        ),
        ("[stitch]\nform = \"low-rank\"\nmask = \"identity\"\n", ["mask in [stitch] is \"identity\"", "leave one"]),
        ("[train_attack]\neps = 0.1\n", ["recipe.toml:8:1: [train_attack] is given", "\"adversarial\" or \"trades\""]),
        (
            "[stitch]\ntrain = \"trades\"\n[train_attack]\neps = 0.1\nshare = 0.5\n",
            ["share in [train_attack] is not a setting of train \"trades\"", "\"adversarial\""],
        ),
        (
            "[stitch]\ntrain = \"adversarial\"\n[train_attack]\neps = 0.1\nshare = 1.5\n",
            ["share in [train_attack] is 1.5", "from 0 to 1"],
        ),
        ("[stitch]\ntrain = \"trades\"\n[train_attack]\nsteps = 3\n", ["[train_attack] has no eps", "8/255"]),
    ]);
}

#[test]
fn an_untrained_stitch_needs_no_epochs() {
    let recipe = parse("[stitch]\ntrain = \"none\"\nepochs = 0\nlr = 0\n").unwrap();
    assert_eq!((recipe.stitch.train, recipe.stitch.epochs), (Train::None, 0));
}

#[test]
fn windows_line_ends_and_inline_tables_are_toml_too() {
    let text = "front = { model = \"a\" }\r\nend.model = \"b\"\r\n[data]\r\ntrain = \"t\"\r\ntest = \"t\"\r\n";
    assert_eq!(Recipe::parse(text, "r").unwrap().end.model, "b");
}

#[test]
fn the_fingerprint_names_the_science_and_not_the_machine() {
    let recipe = parse("").unwrap();
    let mut elsewhere = recipe.clone();
    elsewhere.run = RunRecipe { engine: Choice::Reference, batch: 1, cache_mib: 0, memory_mib: 512 };
    assert_eq!(recipe.fingerprint(), elsewhere.fingerprint());
    assert_eq!(recipe.fingerprint().len(), 64);
    let mut other = recipe.clone();
    other.stitch.seeds = vec![1];
    assert_ne!(recipe.fingerprint(), other.fingerprint());
}

#[test]
fn a_recipe_made_in_a_program_is_checked_alike() {
    let mut recipe = parse("").unwrap();
    assert_eq!(recipe.check(), Ok(()));
    recipe.stitch.seeds.clear();
    assert_eq!(recipe.check().unwrap_err().key, "stitch.seeds");
}

#[test]
fn probes_are_read_and_the_check_is_on_by_default() {
    assert_eq!(parse("").unwrap().probe, ProbeRecipe { ood: true, shift: 0, ranks: Vec::new(), linear: false });
    let text = "[attack]\neps = \"0.1\"\n[probe]\nood = false\nshift = 50\nranks = [1, 4]\nlinear = true\n";
    let expected = ProbeRecipe { ood: false, shift: 50, ranks: vec![1, 4], linear: true };
    assert_eq!(parse(text).unwrap().probe, expected);
    assert!(refused("[probe]\nshift = 50\n").contains("the recipe has no attack"));
    assert!(refused("[probe]\nranks = [4, 1, 4]\n").contains("has 4 twice"));
    assert!(refused("[probe]\nranks = [0]\n").contains("has 0"));
    assert!(refused("[probe]\noodd = true\n").contains("did you mean \"ood\"?"));
    assert!(!parse("[probe]\nood = true\n").unwrap().to_toml().contains("[probe]"), "defaults are not written");
}
