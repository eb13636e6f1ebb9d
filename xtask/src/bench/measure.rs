//! One command, measured: wall time, CPU time of it and all it started, peak memory of them together.
//!
//! The command runs below a second xtask (`measured`), whose only children are the measured ones, so that the
//! kernel's sums over children are theirs alone.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde_json::{Value, json};

/// Often enough to catch the peak of what lives for a second; what is shorter is caught by the kernel's own peak.
const EVERY: Duration = Duration::from_millis(5);

/// What one run took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Usage {
    /// Seconds.
    pub wall: f64,
    /// Seconds of user and system time, of all processes.
    pub cpu: f64,
    /// MiB, resident, of all processes at one moment.
    pub peak: f64,
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started or ends with a code that is not in `codes`; with the end of what it printed.
pub(super) fn run(command: &Command, codes: &[i64], scratch: &Path) -> Result<Usage, String> {
    let (report, log) = (scratch.join("measured.json"), scratch.join("measured.log"));
    let this = std::env::current_exe().map_err(|e| format!("this program has no path: {e}"))?;
    let output = fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
    let errors = output.try_clone().map_err(|e| format!("{}: {e}", log.display()))?;
    let mut wrapped = Command::new(this);
    wrapped.arg("measured").arg(&report).arg(command.get_program()).args(command.get_args());
    wrapped.env_clear();
    wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    let status = wrapped.stdin(Stdio::null()).stdout(output).stderr(errors).status();
    let status = status.map_err(|e| format!("{command:?}: {e}"))?;
    let said = || {
        let text = fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    };
    if !status.success() {
        return Err(format!("{command:?} could not be measured:\n{}", said()));
    }
    let text = fs::read_to_string(&report).map_err(|e| format!("{}: {e}", report.display()))?;
    let report: Value = serde_json::from_str(&text).map_err(|e| format!("{text}: {e}"))?;
    let code = report["code"].as_i64().unwrap_or(-1);
    if !codes.contains(&code) {
        return Err(format!("{command:?} ended with code {code}:\n{}", said()));
    }
    let number = |name: &str| report[name].as_f64().unwrap_or_default();
    Ok(Usage { wall: number("wall"), cpu: number("cpu"), peak: number("peak") })
}

/// The middle of several runs, each measure by itself.
pub(super) fn median(runs: &[Usage]) -> Usage {
    let middle = |of: fn(&Usage) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Usage { wall: middle(|u| u.wall), cpu: middle(|u| u.cpu), peak: middle(|u| u.peak) }
}

/// `xtask measured REPORT PROGRAM ARGUMENTS...`: the inner half of [`run`].
pub(crate) fn measured(report: &str, program: &str, args: &[&str]) -> Result<ExitCode, String> {
    let start = Instant::now();
    let mut child = Command::new(program).args(args).spawn().map_err(|e| format!("{program}: {e}"))?;
    let (id, ended) = (child.id(), AtomicBool::new(false));
    let (status, wall, sampled) = std::thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Relaxed) {
                peak = peak.max(resident(id));
                std::thread::sleep(EVERY);
            }
            peak
        });
        let status = child.wait();
        let wall = start.elapsed().as_secs_f64();
        ended.store(true, Ordering::Relaxed);
        (status, wall, sampler.join().unwrap_or_default())
    });
    let status = status.map_err(|e| format!("{program}: {e}"))?;
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| format!("getrusage: {e}"))?;
    let cpu = (used.user_time() + used.system_time()).num_microseconds();
    // Linux counts in KiB. The larger of the two: a run shorter than a sample is seen by the kernel alone, the
    // sum of several processes by the samples alone.
    let peak = sampled.max(u64::try_from(used.max_rss()).unwrap_or_default());
    let text = json!({
        "code": status.code(),
        "wall": wall,
        "cpu": f64::from(u32::try_from(cpu / 1000).unwrap_or(u32::MAX)) / 1000.0,
        "peak": f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1024.0,
    });
    fs::write(report, text.to_string()).map_err(|e| format!("{report}: {e}"))?;
    Ok(ExitCode::SUCCESS)
}

/// KiB that a process and all below it hold at this moment; 0 where there is no `/proc`.
fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let own = status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    own.unwrap_or(0) + children(id).into_iter().map(resident).sum::<u64>()
}

fn children(id: u32) -> Vec<u32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{id}/task")) else { return Vec::new() };
    let texts = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    texts.flat_map(|text| text.split_whitespace().filter_map(|c| c.parse().ok()).collect::<Vec<u32>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_has_its_own_middle() {
        let of = |wall, cpu, peak| Usage { wall, cpu, peak };
        assert_eq!(median(&[of(3.0, 1.0, 5.0), of(1.0, 9.0, 6.0), of(2.0, 5.0, 4.0)]), of(2.0, 5.0, 5.0));
        assert_eq!(median(&[]), Usage::default());
    }

    #[test]
    fn a_command_is_measured_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report");
        measured(report.to_str().unwrap(), "sh", &["-c", "exit 3"]).unwrap();
        let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
        assert_eq!(report["code"], 3);
        assert!(report["peak"].as_f64().unwrap() > 0.0);
        assert!(measured("report", "no-such-program", &[]).is_err());
    }
}
