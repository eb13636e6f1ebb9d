use craton_model::Value;

use crate::rig::{Rig, map, text};

#[tokio::test]
async fn null_resource() {
    let rig = Rig::new("null").await;
    rig.life_in_state("null_resource", &[("triggers", map(&[("a", "1")]))], &[("triggers", map(&[("a", "2")]))]).await;
    let object = rig.create("null_resource", &[]).await;
    assert!(text(&object, "id").parse::<u64>().is_ok());
    let replaced = rig.plan("null_resource", &object, &[("triggers", map(&[("a", "1")]))]).await;
    assert_eq!(replaced.requires_replace.len(), 1);
    // An entry that is null is none: states of old versions do not have it.
    let null = Value::map(craton_model::Type::String, [("a", Value::null(craton_model::Type::String))]);
    assert!(rig.plan("null_resource", &object, &[("triggers", null)]).await.requires_replace.is_empty());
    let refused = rig.import("null_resource", "1").await.unwrap_err();
    assert_eq!(refused.0[0].summary, "Import is not supported");
}

#[tokio::test]
async fn null_data_source() {
    let rig = Rig::new("null").await;
    let (value, found) = rig.data("null_data_source", &[("inputs", map(&[("a", "b")]))]).await;
    assert!(found.is_empty());
    assert_eq!(value.get("outputs"), Some(&map(&[("a", "b")])));
    assert_eq!((text(&value, "has_computed_default"), text(&value, "id")), ("default", "static"));
    assert!(!text(&value, "random").is_empty());
}
