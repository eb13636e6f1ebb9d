use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use craton_model::{Path, Type, Value};

use crate::rig::{Rig, text};

const MESSAGE: &str = "Content-Type: multipart/mixed; boundary=\"MIMEBOUNDARY\"\nMIME-Version: 1.0\r\n\r\n\
    --MIMEBOUNDARY\r\nContent-Disposition: attachment; filename=\"a.sh\"\r\nContent-Transfer-Encoding: 7bit\r\n\
    Content-Type: text/x-shellscript\r\nMime-Version: 1.0\r\n\r\n#!/bin/sh\n\r\n\
    --MIMEBOUNDARY\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: text/plain\r\nMime-Version: 1.0\r\n\
    X-Merge-Type: list()\r\n\r\nb\r\n--MIMEBOUNDARY--\r\n";

fn parts() -> (&'static str, Value) {
    let null = || Value::null(Type::String);
    let part = |content: &str, ty: Value, filename: Value, merge: Value| {
        Value::object([
            ("content", Value::from(content)),
            ("content_type", ty),
            ("filename", filename),
            ("merge_type", merge),
        ])
    };
    let items = [
        part("#!/bin/sh\n", "text/x-shellscript".into(), "a.sh".into(), null()),
        part("b", null(), null(), "list()".into()),
    ];
    ("part", Value::list(items[0].ty().clone(), items.clone()))
}

#[tokio::test]
async fn cloudinit_config() {
    let rig = Rig::new("cloudinit").await;
    let plain = [parts(), ("gzip", false.into()), ("base64_encode", false.into())];
    rig.life_in_state("cloudinit_config", &plain, &[parts(), ("boundary", "b".into())]).await;
    let object = rig.create("cloudinit_config", &plain).await;
    assert_eq!(text(&object, "rendered"), MESSAGE);
    let (value, found) = rig.data("cloudinit_config", &plain).await;
    assert!(found.is_empty());
    assert_eq!(value, object);
    let other = rig.plan("cloudinit_config", &object, &[parts(), ("gzip", false.into())]).await;
    assert_eq!(other.requires_replace, [Path::attr("base64_encode")]);
}

#[tokio::test]
async fn what_is_rendered_is_compressed_unless_told() {
    let rig = Rig::new("cloudinit").await;
    let (value, _) = rig.data("cloudinit_config", &[parts()]).await;
    assert_eq!((value.get("gzip"), text(&value, "boundary")), (Some(&Value::from(true)), "MIMEBOUNDARY"));
    let bytes = STANDARD.decode(text(&value, "rendered")).unwrap();
    let mut message = String::new();
    flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut message).unwrap();
    assert_eq!(message, MESSAGE);
    let encoded = rig.data("cloudinit_config", &[parts(), ("gzip", false.into())]).await.0;
    assert_eq!(text(&encoded, "rendered"), STANDARD.encode(MESSAGE));
    for wrong in [
        vec![parts(), ("base64_encode", Value::from(false))],
        vec![],
        vec![parts(), ("boundary", "".into())],
        vec![parts(), ("boundary", "a\"b".into())],
    ] {
        assert!(rig.data("cloudinit_config", &wrong).await.1.has_errors(), "{wrong:?}");
    }
}
