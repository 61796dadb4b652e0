//! Results folders that others made or changed, and studies that are asked to end.

use super::*;

#[test]
fn a_results_folder_from_elsewhere_writes_nothing_outside() {
    let world = World::new(&onnx::network(10));
    let thesis = world.file("thesis.tex", b"years of work");
    let out = world.path("out");
    fs::create_dir(&out).unwrap();
    for name in ["lock", "journal.jsonl"] {
        symlink(&thesis, out.join(name)).unwrap();
        refused(&world.run("reference"), &[name, "link"]);
        assert_eq!(fs::read(&thesis).unwrap(), b"years of work");
        fs::remove_file(out.join(name)).unwrap();
        let _ = fs::remove_file(out.join("lock"));
    }
    fs::hard_link(&thesis, out.join("lock")).unwrap();
    refused(&world.run("reference"), &["lock", "several names"]);
    assert_eq!(fs::read(&thesis).unwrap(), b"years of work");
    fs::remove_file(out.join("lock")).unwrap();
    // What an earlier version left under a process number, and a report that is a link: replaced, not followed.
    fs::write(out.join(".journal.jsonl.7-0.tmp"), "half").unwrap();
    symlink(&thesis, out.join("report.json")).unwrap();
    let done = world.run("reference");
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(fs::read(&thesis).unwrap(), b"years of work");
    assert!(!fs::symlink_metadata(out.join("report.json")).unwrap().is_symlink());
    let litter: Vec<_> = fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(litter.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{litter:?}");
}

#[test]
fn changed_files_are_refused_by_name_at_resume_export_and_robustbench() {
    let world = World::new(&onnx::network(10));
    let tables = format!("{TABLES}[attack]\neps = \"0.1\"\nsteps = 1\nalpha = \"0.1\"\n");
    let recipe = recipe(text(&world.path("net.onnx")), text(&world.path("good.onnx")), &tables);
    let (recipe, out) = (world.file("study.toml", recipe.as_bytes()), world.path("out"));
    let run = || answer(&mut program(&["run", text(&recipe), "--out", text(&out)]));
    let first = run();
    assert_eq!(first.code, Some(0), "{first:?}");
    let (report, stitched) = (out.join("report.json"), world.path("stitched.onnx"));
    let export = || answer(&mut program(&["export", text(&report), "--cell", "0", "-o", text(&stitched)]));
    let bench = || answer(&mut program(&["robustbench", text(&report), "-o", text(&world.path("bench"))]));
    assert_eq!((export().code, bench().code), (Some(0), Some(0)));
    // A damaged stitch: export says so, the next run makes it anew.
    let stitch = out.join("stitches/cell-0.safetensors");
    let kept = fs::read(&stitch).unwrap();
    fs::write(&stitch, b"").unwrap();
    refused(&export(), &["cell-0.safetensors", "run the study again"]);
    assert_eq!(run().code, Some(0));
    assert_eq!((fs::read(&stitch).unwrap(), export().code), (kept, Some(0)));
    // Another network under the same name.
    let mut parts = onnx::parts(10);
    parts[0] = node("Tanh", "act", &["image"], "a");
    world.file("net.onnx", &onnx::model(&parts));
    for answer in [run(), export(), bench()] {
        refused(&answer, &["net.onnx has changed", "front network", "put the former file back"]);
    }
}

#[test]
fn csv_fields_are_no_formulas() {
    let mut parts = onnx::parts(10);
    parts[0] = node("Sigmoid", "=cmd()|calc", &["image"], "a");
    let world = World::new(&onnx::model(&parts));
    let tables = TABLES.replace("[\"act\", \"act\"]", "[\"=cmd()|calc\", \"act\"]").replace("reference", "processor");
    let recipe = recipe(text(&world.path("net.onnx")), text(&world.path("good.onnx")), &tables);
    let recipe = world.file("study.toml", recipe.as_bytes());
    let done = answer(&mut program(&["run", text(&recipe), "--out", text(&world.path("out"))]));
    assert_eq!(done.code, Some(0), "{done:?}");
    let table = fs::read_to_string(world.path("out").join("cells.csv")).unwrap();
    assert!(table.contains("\n'=cmd()|calc,"), "{table}");
}

#[test]
fn a_long_chain_of_nodes_is_looked_at_in_proportion_to_its_length() {
    const LENGTH: usize = 20_000;
    let mut parts = onnx::parts(10);
    parts.remove(0);
    let name = |index: usize| if index == 0 { "image".to_owned() } else { format!("r{index}") };
    for index in 0..LENGTH {
        let to = if index + 1 == LENGTH { "a".to_owned() } else { name(index + 1) };
        parts.push(node("Relu", &format!("act{index}"), &[&name(index)], &to));
    }
    let shown = World::new(&onnx::model(&parts)).inspect();
    assert_eq!(shown.code, Some(0), "{:.300}", shown.stderr);
    assert!(shown.stdout.lines().filter(|line| line.contains("Relu")).count() >= LENGTH);
}

/// Starts a study that takes long, waits for its folder, and sends the signal.
fn signalled(signal: &str) -> (World, Answer) {
    let world = World::new(&onnx::network(10));
    let tables = "[taps]\npairs = [[\"act\", \"act\"]]\n[stitch]\ntrain = \"task\"\nepochs = 100000\n[run]\nengine = \"processor\"\n";
    let recipe = recipe(text(&world.path("net.onnx")), text(&world.path("good.onnx")), tables);
    let recipe = world.file("study.toml", recipe.as_bytes());
    let mut command = program(&["run", text(&recipe), "--out", text(&world.path("out"))]);
    let child = command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let donors = || fs::read_to_string(world.path("out/journal.jsonl")).is_ok_and(|text| text.lines().count() >= 3);
    while !donors() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let number = child.id().to_string();
    assert!(Command::new("kill").args([signal, &number]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let answer = Answer { code: output.status.code(), stdout: said(output.stdout), stderr: said(output.stderr) };
    (world, answer)
}

#[test]
fn a_study_that_is_asked_to_end_says_so_and_lets_go_of_its_lock() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (world, answer) = signalled(signal);
        assert_eq!(answer.code, Some(code), "{answer:?}");
        let last = answer.stderr.lines().last().unwrap();
        assert!(last.contains("stopped") && last.contains("run the same command to go on"), "{answer:?}");
        assert_eq!(fs::read(world.path("out/lock")).unwrap(), b"");
    }
}
