//! Slurm on this machine: one node, its daemons started for a test and ended with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A running Slurm in a folder of its own.
pub struct Slurm {
    folder: PathBuf,
}

impl Slurm {
    /// Why it cannot be started here.
    pub fn lacking() -> Option<String> {
        let there = |program: &str| {
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
                .chain(["/usr/sbin".into(), "/sbin".into()])
                .any(|place: PathBuf| place.join(program).is_file())
        };
        if let Some(gone) = ["mungekey", "munged", "slurmctld", "slurmd", "sbatch"].into_iter().find(|p| !there(p)) {
            return Some(format!("{gone} is not installed; `cargo xtask setup` brings Slurm where it can"));
        }
        let root = said("id", &["-u"], Path::new("/")).is_ok_and(|number| number.trim() == "0");
        (!root).then(|| "Slurm's daemons want to be started by root".to_owned())
    }

    /// Starts munge, slurmctld and slurmd.
    pub fn start(folder: &Path) -> Result<Self, String> {
        let slurm = Self { folder: folder.to_path_buf() };
        for name in ["munge", "state", "spool"] {
            fs::create_dir_all(folder.join(name)).map_err(|e| e.to_string())?;
        }
        let at = |name: &str| folder.join(name).display().to_string();
        said("mungekey", &["-c", "-f", "-k", &at("munge/key")], folder)?;
        let places = [
            ("socket", "munge/socket"),
            ("key-file", "munge/key"),
            ("log-file", "munge/log"),
            ("pid-file", "munge.pid"),
            ("seed-file", "munge/seed"),
        ];
        let places: Vec<String> = places.iter().map(|(key, name)| format!("--{key}={}", at(name))).collect();
        let mut arguments = vec!["--force"];
        arguments.extend(places.iter().map(String::as_str));
        said("munged", &arguments, folder)?;
        let node = said("hostname", &["-s"], folder)?.trim().to_owned();
        fs::write(folder.join("slurm.conf"), config(&node, folder)).map_err(|e| e.to_string())?;
        said("slurmctld", &["-c"], folder)?;
        said("slurmd", &[], folder)?;
        slurm.wait("its node", |slurm| {
            slurm.command("sinfo", &["-h", "-o", "%T"]).is_ok_and(|state| state.trim() == "idle")
        })?;
        Ok(slurm)
    }

    /// Where its settings are; every command of Slurm reads them from `SLURM_CONF`.
    pub fn config(&self) -> PathBuf {
        self.folder.join("slurm.conf")
    }

    /// What one of its commands prints.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        said(program, arguments, &self.folder)
    }

    /// Waits until something holds, a few minutes at most.
    pub fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) -> Result<(), String> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_mins(5) {
            if holds(self) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        let log = fs::read_to_string(self.folder.join("ctld.log")).unwrap_or_default();
        Err(format!("waited in vain for {what}: {log}"))
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        for name in ["slurmd.pid", "ctld.pid", "munge.pid"] {
            if let Ok(process) = fs::read_to_string(self.folder.join(name)) {
                let _ = Command::new("kill").arg(process.trim()).status();
            }
        }
    }
}

/// Runs a program; what it prints, or what it complains of.
fn said(program: &str, arguments: &[&str], folder: &Path) -> Result<String, String> {
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command.args(arguments).env("PATH", format!("{path}:/usr/sbin:/sbin")).env("SLURM_CONF", folder.join("slurm.conf"));
    let answer = command.stdin(Stdio::null()).output().map_err(|e| format!("{program}: {e}"))?;
    match answer.status.success() {
        true => Ok(String::from_utf8_lossy(&answer.stdout).into_owned()),
        false => Err(format!("{program}: {}", String::from_utf8_lossy(&answer.stderr).trim())),
    }
}

/// One node of two processors, without control groups and accounting, which a container does not give.
fn config(node: &str, folder: &Path) -> String {
    let folder = folder.display();
    // Ports by our number, so that two at once do not meet.
    let port = 20_000 + 2 * (std::process::id() % 20_000);
    format!(
        "ClusterName=test\nSlurmctldHost={node}\nSlurmUser=root\nAuthType=auth/munge\nAuthInfo=socket={folder}/munge/socket\n\
         CredType=cred/munge\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nSwitchType=switch/none\nMpiDefault=none\n\
         ReturnToService=2\nSlurmctldPidFile={folder}/ctld.pid\nSlurmdPidFile={folder}/slurmd.pid\nSlurmdSpoolDir={folder}/spool\n\
         StateSaveLocation={folder}/state\nSlurmctldLogFile={folder}/ctld.log\nSlurmdLogFile={folder}/slurmd.log\n\
         SlurmctldPort={port}\nSlurmdPort={}\nSelectType=select/cons_tres\nSelectTypeParameters=CR_Core\n\
         JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\nJobCompType=jobcomp/none\n\
         KillWait=2\nSchedulerParameters=sched_interval=1,bf_interval=1,requeue_delay=1\n\
         NodeName={node} CPUs=2 State=UNKNOWN\nPartitionName=all Nodes={node} Default=YES MaxTime=INFINITE State=UP\n",
        port + 1
    )
}
