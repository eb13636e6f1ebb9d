//! What was measured, beside each other.

use std::collections::BTreeMap;

use super::measure::Usage;

/// One command of one program.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// `first plan`.
    pub step: &'static str,
    /// The median where there were several runs.
    pub usage: Usage,
    /// Requests of one run, by kind.
    pub requests: BTreeMap<String, u64>,
}

impl Row {
    pub(super) fn requests(&self) -> u64 {
        self.requests.values().sum()
    }
}

/// Craton's rows beside the other's, with how many times less craton took.
pub(super) fn render(ours: &[Row], theirs: Option<&[Row]>) -> String {
    rendered(ours, theirs, 4)
}

/// As [`render`], for what asks nobody for anything.
pub(super) fn render_without_requests(ours: &[Row], theirs: Option<&[Row]>) -> String {
    rendered(ours, theirs, 3)
}

fn rendered(ours: &[Row], theirs: Option<&[Row]>, measures: usize) -> String {
    let mut out = format!("{:<22}{:<14}{:>12}{:>14}{:>10}\n", "", "", "craton", "terraform", "ratio");
    for (i, row) in ours.iter().enumerate() {
        let other = theirs.and_then(|rows| rows.get(i));
        let lines: [(&str, f64, Option<f64>, Unit); 4] = [
            ("wall", row.usage.wall, other.map(|o| o.usage.wall), Unit::Seconds),
            ("CPU", row.usage.cpu, other.map(|o| o.usage.cpu), Unit::Seconds),
            ("peak memory", row.usage.peak, other.map(|o| o.usage.peak), Unit::Mebibytes),
            ("requests", count(row), other.map(count), Unit::Number),
        ];
        for (n, (what, our, their, unit)) in lines.into_iter().take(measures).enumerate() {
            let step = if n == 0 { row.step } else { "" };
            let their_text = their.map_or("-".into(), |t| unit.text(t));
            let ratio = their.filter(|_| our > 0.0).map_or(String::new(), |t| format!("{:.1} x", t / our));
            let line = format!("{step:<22}{what:<14}{:>12}{their_text:>14}{ratio:>10}", unit.text(our));
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

fn count(row: &Row) -> f64 {
    f64::from(u32::try_from(row.requests()).unwrap_or(u32::MAX))
}

#[derive(Clone, Copy)]
enum Unit {
    Seconds,
    Mebibytes,
    Number,
}

impl Unit {
    fn text(self, value: f64) -> String {
        match self {
            Unit::Seconds => format!("{value:.3} s"),
            Unit::Mebibytes => format!("{value:.0} MiB"),
            Unit::Number => format!("{value:.0}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_each_other() {
        let row = |wall, n| Row {
            step: "plan",
            usage: Usage { wall, cpu: 0.5, peak: 40.0 },
            requests: BTreeMap::from([("ec2 DescribeVpcs".to_string(), n)]),
        };
        let text = render(&[row(0.1, 2)], Some(&[row(2.0, 51)]));
        assert!(text.contains("0.100 s       2.000 s    20.0 x\n"), "{text}");
        assert!(text.contains("2            51    25.5 x\n"), "{text}");
        assert!(render(&[row(0.1, 2)], None).contains("0.100 s             -\n"));
    }
}
