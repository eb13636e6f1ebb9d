//! Actions, times and addresses as Terraform spells them in its lines, which people's tools look for.

use std::sync::Arc;
use std::time::Duration;

use craton_model::addr::ResourceInstance;
use craton_model::plan::Action;

/// `creating`, as in `Still creating...`.
pub fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "modifying",
        Action::Delete => "destroying",
        Action::Read => "reading",
        _ => "working",
    }
}

/// `Creating...`
pub fn begun(action: Action) -> &'static str {
    match action {
        Action::Create => "Creating...",
        Action::Update => "Modifying...",
        Action::Delete => "Destroying...",
        Action::Read => "Reading...",
        _ => "Working...",
    }
}

/// `Creation`, as in `Creation complete after 3s`.
pub fn noun(action: Action) -> &'static str {
    match action {
        Action::Create => "Creation",
        Action::Update => "Modifications",
        Action::Delete => "Destruction",
        Action::Read => "Read",
        _ => "Work",
    }
}

/// `3s`, `2m5s`, `1h0m3s`.
pub fn short(d: Duration) -> String {
    let s = d.as_secs();
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}

/// As [`short`], with tenths where seconds are few.
pub fn brief(d: Duration) -> String {
    if d < Duration::from_secs(10) { format!("{:.1}s", d.as_secs_f64()) } else { short(d) }
}

/// An instance, or one of its deposed objects.
pub fn name(addr: &ResourceInstance, deposed: Option<&Arc<str>>) -> String {
    deposed.map_or_else(|| addr.to_string(), |key| format!("{addr} (deposed object {key})"))
}

/// ` [id=vpc-1]`
pub fn id_note(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" [id={id}]"))
}

/// `[10s elapsed]`, `[id=vpc-1, 10s elapsed]`
pub fn elapsed_note(id: Option<&str>, elapsed: Duration) -> String {
    let id = id.map_or_else(String::new, |id| format!("id={id}, "));
    format!("[{id}{} elapsed]", short(elapsed))
}
