use craton_model::{Path, Value};
use serde_json::json;

use crate::rig::{Rig, list, map, text};

fn keepers(n: &str) -> (&'static str, Value) {
    ("keepers", map(&[("n", n)]))
}

#[tokio::test]
async fn random_bytes() {
    let rig = Rig::new("random").await;
    rig.life_in_state("random_bytes", &[("length", 8.into())], &[("length", 9.into())]).await;
    let object = rig.create("random_bytes", &[("length", 8.into())]).await;
    assert_eq!(text(&object, "hex").len(), 16);
    let same = rig.import("random_bytes", text(&object, "base64")).await.unwrap();
    assert_eq!(same, object);
    assert!(rig.import("random_bytes", "?").await.is_err());
    assert!(rig.validate("random_bytes", &[("length", 0.into())]).await.has_errors());
}

#[tokio::test]
async fn random_id() {
    let rig = Rig::new("random").await;
    let prefixed = [("byte_length", Value::from(4)), ("prefix", Value::from("p-"))];
    rig.life_in_state("random_id", &prefixed, &[("byte_length", 4.into()), keepers("1")]).await;
    let object = rig.import("random_id", "p-,p-9hUg").await.unwrap();
    let all = ["id", "b64_url", "b64_std", "hex", "dec"].map(|n| text(&object, n));
    assert_eq!(all, ["p-9hUg", "p-p-9hUg", "p-p+9hUg==", "p-a7ef6152", "p-2817483090"]);
    assert!(rig.import("random_id", "p-9hUg==").await.is_err());
}

#[tokio::test]
async fn random_uuid() {
    let rig = Rig::new("random").await;
    rig.life_in_state("random_uuid", &[keepers("1")], &[keepers("2")]).await;
    let id = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    let object = rig.import("random_uuid", id).await.unwrap();
    assert_eq!((text(&object, "id"), text(&object, "result")), (id, id));
    assert!(rig.import("random_uuid", "f81d4fae7dec11d0a76500a0c91e6bf6").await.is_err());
}

#[tokio::test]
async fn random_integer() {
    let rig = Rig::new("random").await;
    let range = |min: i64, max: i64| [("min", Value::from(min)), ("max", Value::from(max))];
    rig.life_in_state("random_integer", &range(1, 6), &range(1, 7)).await;
    assert_eq!(text(&rig.create("random_integer", &range(-3, -3)).await, "id"), "-3");
    let all = range(i64::MIN, i64::MAX - 1);
    assert!(!rig.validate("random_integer", &all).await.has_errors());
    rig.create("random_integer", &all).await;
    assert!(rig.validate("random_integer", &range(2, 1)).await.has_errors());
    let seeded = [range(0, 1_000_000).to_vec(), vec![("seed", Value::from("s"))]].concat();
    assert_eq!(rig.create("random_integer", &seeded).await, rig.create("random_integer", &seeded).await);
    let object = rig.import("random_integer", "5,1,6").await.unwrap();
    assert!(rig.plan("random_integer", &object, &range(1, 6)).await.planned == object);
    assert!(rig.import("random_integer", "5,1").await.is_err());
}

#[tokio::test]
async fn random_shuffle() {
    let rig = Rig::new("random").await;
    let input = ("input", list(&["a", "b", "c"]));
    rig.life_in_state("random_shuffle", std::slice::from_ref(&input), &[input.clone(), ("result_count", 1.into())])
        .await;
    let object = rig.create("random_shuffle", &[input, ("result_count", 7.into())]).await;
    let drawn: Vec<&str> = object.get("result").unwrap().as_seq().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(drawn.len(), 7);
    for round in [&drawn[..3], &drawn[3..6]] {
        let mut round = round.to_vec();
        round.sort_unstable();
        assert_eq!(round, ["a", "b", "c"]);
    }
    let none = rig.create("random_shuffle", &[("input", list(&[]))]).await;
    assert_eq!(none.get("result"), Some(&list(&[])));
}

#[tokio::test]
async fn random_pet() {
    let rig = Rig::new("random").await;
    rig.life_in_state("random_pet", &[], &[("length", 3.into())]).await;
    let arguments = [("prefix", Value::from("my")), ("separator", Value::from("_")), ("length", Value::from(3))];
    let object = rig.create("random_pet", &arguments).await;
    let words: Vec<&str> = text(&object, "id").split('_').collect();
    assert_eq!((words.len(), words[0]), (4, "my"));
}

#[tokio::test]
async fn random_string() {
    let rig = Rig::new("random").await;
    let first = [("length", Value::from(20)), ("special", Value::from(false))];
    rig.life_in_state("random_string", &first, &[("length", 21.into())]).await;
    let arguments = [
        ("length", Value::from(12)),
        ("lower", false.into()),
        ("upper", false.into()),
        ("min_special", 3.into()),
        ("min_numeric", 4.into()),
        ("override_special", "é".into()),
    ];
    let object = rig.create("random_string", &arguments).await;
    let result = text(&object, "result");
    assert_eq!(result.chars().count(), 12, "{result}");
    assert!(result.chars().filter(|c| *c == 'é').count() >= 3, "{result}");
    assert!(result.chars().filter(char::is_ascii_digit).count() >= 4, "{result}");
    assert_eq!(text(&object, "id"), result);

    let same = rig.import("random_string", "abc").await.unwrap();
    let plan = rig.plan("random_string", &same, &[("length", 3.into())]).await;
    assert_eq!(plan.planned, same);
    for wrong in [
        vec![("length", Value::from(2)), ("min_upper", 3.into())],
        vec![("length", 2.into()), ("number", true.into()), ("numeric", false.into())],
        vec![
            ("length", 2.into()),
            ("numeric", false.into()),
            ("special", false.into()),
            ("upper", false.into()),
            ("lower", false.into()),
        ],
    ] {
        assert!(rig.validate("random_string", &wrong).await.has_errors(), "{wrong:?}");
    }
}

#[tokio::test]
async fn number_follows_numeric() {
    let rig = Rig::new("random").await;
    let length = ("length", Value::from(8));
    let object = rig.create("random_string", &[length.clone(), ("numeric", false.into())]).await;
    assert_eq!(object.get("number"), Some(&Value::from(false)));
    let kept = rig.plan("random_string", &object, &[length.clone(), ("number", false.into())]).await;
    assert_eq!((kept.planned, kept.requires_replace), (object.clone(), vec![]));
    let changed = rig.plan("random_string", &object, &[length]).await;
    assert_eq!(changed.requires_replace, [Path::attr("number"), Path::attr("numeric")]);
}

#[tokio::test]
async fn empty_special_characters_may_go() {
    let rig = Rig::new("random").await;
    let length = ("length", Value::from(8));
    let object = rig.create("random_string", &[length.clone(), ("override_special", "".into())]).await;
    assert!(rig.plan("random_string", &object, std::slice::from_ref(&length)).await.requires_replace.is_empty());
    let other = rig.plan("random_string", &object, &[length, ("override_special", "!".into())]).await;
    assert_eq!(other.requires_replace, [Path::attr("override_special")]);
}

#[tokio::test]
async fn random_password() {
    let rig = Rig::new("random").await;
    rig.life_in_state("random_password", &[("length", 16.into())], &[("length", 16.into()), keepers("1")]).await;
    let object = rig.create("random_password", &[("length", 80.into())]).await;
    let (result, hash) = (text(&object, "result"), text(&object, "bcrypt_hash"));
    assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
    assert!(bcrypt::verify(&result.as_bytes()[..72], hash).unwrap());
    assert_eq!(text(&object, "id"), "none");
    for name in ["result", "bcrypt_hash"] {
        assert!(rig.provider.schema().resources["random_password"].block.attributes[name].sensitive);
    }
}

#[tokio::test]
async fn old_states_are_read() {
    let rig = Rig::new("random").await;
    let stored = json!({"id": "none", "keepers": null, "length": null, "lower": null, "min_lower": null, "number": false, "result": "abcd"});
    let object = rig.provider.upgrade("random_password", 0, &stored).await.unwrap();
    assert_eq!(object.get("length"), Some(&Value::from(4)));
    assert_eq!(object.get("numeric"), Some(&Value::from(false)));
    assert!(bcrypt::verify("abcd", text(&object, "bcrypt_hash")).unwrap());
    let arguments = [("length", Value::from(4)), ("numeric", false.into())];
    assert_eq!(rig.plan("random_password", &object, &arguments).await.planned, object);
}
