//! What a trail records.

use serde_json::{Value, json};

use super::trail::{get, save};
use crate::context::Ctx;
use crate::document::{items, set, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutEventSelectors", put),
    ("GetEventSelectors", read),
    ("PutInsightSelectors", put_insight),
    ("GetInsightSelectors", read_insight),
];

/// What a new trail records: management events.
fn default_selectors() -> Value {
    json!([{
        "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [], "ExcludeManagementEventSources": [],
    }])
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidEventSelectorsException", message)
}

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("TrailName")?)?;
    let (plain, advanced) = (input.raw("EventSelectors").cloned(), input.raw("AdvancedEventSelectors").cloned());
    let answer = match (plain, advanced) {
        (Some(mut selectors), None) => {
            let list = selectors.as_array_mut().ok_or_else(|| invalid("EventSelectors is a list."))?;
            if list.len() > 5 {
                return Err(invalid("A trail has at most 5 event selectors."));
            }
            for s in list.iter_mut() {
                for (member, default) in [
                    ("ReadWriteType", json!("All")),
                    ("IncludeManagementEvents", json!(true)),
                    ("DataResources", json!([])),
                    ("ExcludeManagementEventSources", json!([])),
                ] {
                    if s.get(member).is_none() {
                        set(s, member, default);
                    }
                }
            }
            let custom = selectors != default_selectors();
            set(&mut doc, "HasCustomEventSelectors", custom);
            set(&mut doc, "_selectors", selectors.clone());
            unset(&mut doc, "_advanced");
            json!({"TrailARN": doc["TrailARN"], "EventSelectors": selectors})
        }
        (None, Some(advanced)) => {
            let list = advanced.as_array().map(Vec::as_slice).unwrap_or_default();
            let of_category = |s: &Value| items(s, "FieldSelectors").iter().any(|f| f["Field"] == "eventCategory");
            if !list.iter().all(of_category) {
                return Err(invalid("Each advanced event selector has a field selector for eventCategory."));
            }
            set(&mut doc, "HasCustomEventSelectors", true);
            set(&mut doc, "_advanced", advanced.clone());
            unset(&mut doc, "_selectors");
            json!({"TrailARN": doc["TrailARN"], "AdvancedEventSelectors": advanced})
        }
        _ => return Err(invalid("Either EventSelectors or AdvancedEventSelectors must be given.")),
    };
    save(ctx, doc);
    Ok(answer)
}

fn read(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("TrailName")?)?;
    let mut out = json!({"TrailARN": doc["TrailARN"]});
    match doc.get("_advanced") {
        Some(advanced) => set(&mut out, "AdvancedEventSelectors", advanced.clone()),
        None => {
            let selectors = doc.get("_selectors").cloned().unwrap_or_else(default_selectors);
            set(&mut out, "EventSelectors", selectors);
        }
    }
    Ok(out)
}

fn put_insight(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["EventDataStore", "InsightsDestination"])?;
    let mut doc = get(ctx, input.str("TrailName")?)?;
    let mut all = Vec::new();
    for s in input.structures("InsightSelectors")? {
        s.refuse(&["EventCategories"])?;
        match s.str("InsightType")? {
            kind @ ("ApiCallRateInsight" | "ApiErrorRateInsight") => all.push(json!({"InsightType": kind})),
            other => {
                let message = format!("{other} is not an insight type.");
                return Err(AwsError::new("InvalidInsightSelectorsException", message));
            }
        }
    }
    set(&mut doc, "HasInsightSelectors", !all.is_empty());
    set(&mut doc, "_insights", all.clone());
    let answer = json!({"TrailARN": doc["TrailARN"], "InsightSelectors": all});
    save(ctx, doc);
    Ok(answer)
}

fn read_insight(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["EventDataStore"])?;
    let doc = get(ctx, input.str("TrailName")?)?;
    if items(&doc, "_insights").is_empty() {
        let message = "Trail does not have Insights enabled. Edit the trail settings to enable Insights.";
        return Err(AwsError::new("InsightNotEnabledException", message));
    }
    Ok(json!({"TrailARN": doc["TrailARN"], "InsightSelectors": doc["_insights"]}))
}
