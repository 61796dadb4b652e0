//! The scripts that engines take.

use std::path::{Path, PathBuf};

use super::SweepOptions;

/// What a script needs to know beside the options.
pub struct Script<'a> {
    /// The sweep's name.
    pub name: &'a str,
    /// This program.
    pub program: &'a Path,
    /// The sweep's folder, from the root.
    pub out: &'a Path,
    /// Places of the tasks to be started, as ranges.
    pub places: &'a str,
    /// Of these, those that make what others share, and the others; empty where they need not be told apart.
    pub stages: [&'a str; 2],
    /// The options that share jobs among tasks, ` --tasks 8`, or nothing.
    pub bundling: &'a str,
}

/// Stands in a command for what Slurm calls the array that was submitted first.
pub const FIRST: &str = "FIRST";

fn at_once(options: &SweepOptions) -> String {
    options.workers.map(|most| format!("%{most}")).unwrap_or_default()
}

impl Script<'_> {
    /// Where the script is kept.
    pub fn place(&self, engine: &str) -> PathBuf {
        self.out.join(format!("submit-{engine}.sh"))
    }

    /// An array of Slurm. A task whose node is lost comes again by `--requeue`, and goes on from its work so far.
    pub fn slurm(&self, options: &SweepOptions) -> String {
        let at_once = at_once(options);
        let log = self.out.join("logs").join("task-%a.log");
        let mut lines = vec![
            format!("--job-name={}", self.label()),
            format!("--array={}{at_once}", self.places),
            format!("--output={}", log.display()),
            "--open-mode=append".to_owned(),
            "--requeue".to_owned(),
        ];
        let counted = |key: &str, value: Option<usize>| value.map(|value| format!("--{key}={value}"));
        lines.extend(counted("cpus-per-task", options.cpus));
        lines.extend(counted("gpus", options.gpus));
        let texts = [
            ("mem", &options.memory),
            ("time", &options.time),
            ("partition", &options.partition),
            ("account", &options.account),
        ];
        lines.extend(texts.iter().filter_map(|(key, value)| Some(format!("--{key}={}", value.as_ref()?))));
        self.script("SBATCH", &lines, "SLURM_ARRAY_TASK_ID")
    }

    /// The commands that submit the array kept at `place`: one, or where tasks share something one for those that make it and one for the
    /// others, which wait for it. They do so however it ends: what they do not find they make.
    pub fn slurm_stages(&self, options: &SweepOptions, place: &str) -> Vec<Vec<String>> {
        let submit = ["sbatch", "--parsable"].map(str::to_owned);
        let [first, then] = self.stages;
        if first.is_empty() || then.is_empty() {
            return vec![[submit.to_vec(), vec![place.to_owned()]].concat()];
        }
        let array = |places: &str| format!("--array={places}{}", at_once(options));
        let after = format!("--dependency=afterany:{FIRST}");
        vec![
            [submit.to_vec(), vec![array(first), place.to_owned()]].concat(),
            [submit.to_vec(), vec![array(then), after, place.to_owned()]].concat(),
        ]
    }

    /// The job that gathers when all tasks have ended, in whatever way: it tells what is missing.
    pub fn slurm_gather(&self, after: &str) -> Vec<String> {
        let gather = format!("exec {} gather {}", quoted(self.program), quoted(self.out));
        let log = self.out.join("logs").join("gather.log");
        [
            "sbatch".to_owned(),
            "--parsable".to_owned(),
            format!("--job-name={}-gather", self.label()),
            format!("--dependency=afterany:{after}"),
            format!("--output={}", log.display()),
            format!("--wrap={gather}"),
        ]
        .into()
    }

    /// An array of HyperQueue, which counts restarts of tasks itself.
    pub fn hq(&self, options: &SweepOptions) -> String {
        let log = self.out.join("logs").join("task-%{TASK_ID}.log");
        let mut lines = vec![
            format!("--name={}", self.label()),
            format!("--array={}", self.places),
            format!("--stdout={}", log.display()),
            format!("--stderr={}", log.with_extension("err").display()),
        ];
        lines.extend(options.cpus.map(|cpus| format!("--cpus={cpus}")));
        lines.extend(options.gpus.map(|gpus| format!("--resource gpus/nvidia={gpus}")));
        lines.extend(options.memory.as_ref().map(|memory| format!("--resource mem={memory}")));
        lines.extend(options.time.as_ref().map(|time| format!("--time-limit={time}")));
        self.script("HQ", &lines, "HQ_TASK_ID")
    }

    fn script(&self, word: &str, lines: &[String], place: &str) -> String {
        let lines: String = lines.iter().map(|line| format!("#{word} {line}\n")).collect();
        let (program, plan) = (quoted(self.program), quoted(&self.out.join("plan.jsonl")));
        format!("#!/bin/bash\n{lines}exec {program} cell {plan} --index \"${place}\"{}\n", self.bundling)
    }

    /// The name without what engines stumble on.
    fn label(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        format!("stitchscope-{}", self.name.chars().map(plain).collect::<String>())
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.+".contains(c));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: SweepOptions,
    }

    fn options(line: &str) -> SweepOptions {
        Line::parse_from(["sweep"].into_iter().chain(line.split(' '))).options
    }

    const SCRIPT: fn(&Path) -> Script<'_> = |out| Script {
        name: "two words",
        program: Path::new("/opt/stitchscope"),
        out,
        places: "3,17-19",
        stages: ["17", "3,18-19"],
        bundling: " --tasks 20",
    };

    #[test]
    fn an_array_of_slurm_says_what_was_asked() {
        let out = Path::new("/data/it's");
        let asked = options(
            "r.toml --on slurm --workers 4 --cpus 2 --gpus 1 --memory 8G --time 1:00:00 --partition p --account a",
        );
        let script = SCRIPT(out).slurm(&asked);
        for part in [
            "#!/bin/bash\n#SBATCH --job-name=stitchscope-two-words\n",
            "#SBATCH --array=3,17-19%4\n",
            "#SBATCH --requeue\n",
            "#SBATCH --cpus-per-task=2\n#SBATCH --gpus=1\n#SBATCH --mem=8G\n#SBATCH --time=1:00:00\n",
            "#SBATCH --partition=p\n#SBATCH --account=a\n",
            "exec /opt/stitchscope cell '/data/it'\\''s/plan.jsonl' --index \"$SLURM_ARRAY_TASK_ID\" --tasks 20\n",
        ] {
            assert!(script.contains(part), "{part:?} is not in {script}");
        }
        let stages = SCRIPT(out).slurm_stages(&asked, "s.sh");
        let [first, then] = stages.as_slice() else { panic!("{stages:?}") };
        assert_eq!(first.join(" "), "sbatch --parsable --array=17%4 s.sh");
        assert_eq!(then.join(" "), "sbatch --parsable --array=3,18-19%4 --dependency=afterany:FIRST s.sh");
        let alike = Script { stages: ["", ""], ..SCRIPT(out) };
        assert_eq!(alike.slurm_stages(&asked, "s.sh"), [["sbatch", "--parsable", "s.sh"]]);
        let gather = SCRIPT(out).slurm_gather("77");
        assert!(gather.contains(&"--dependency=afterany:77".to_owned()), "{gather:?}");
    }

    #[test]
    fn an_array_of_hyperqueue_says_what_was_asked() {
        let script = SCRIPT(Path::new("/data/out")).hq(&options("r.toml --on hq --cpus 2 --time 1h"));
        for part in
            ["#HQ --array=3,17-19\n", "#HQ --cpus=2\n#HQ --time-limit=1h\n", "--index \"$HQ_TASK_ID\" --tasks 20\n"]
        {
            assert!(script.contains(part), "{part:?} is not in {script}");
        }
    }
}
