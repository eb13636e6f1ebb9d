use craton_model::{Path, Value};

use crate::rig::{Rig, text};

#[tokio::test]
async fn local_file() {
    let rig = Rig::new("local").await;
    let first = [("filename", Value::from("a/b/c.txt")), ("content", Value::from("hello"))];
    rig.life("local_file", &first, &[("filename", "a/b/c.txt".into()), ("content", "other".into())]).await;
    let object = rig.create("local_file", &first).await;
    let path = rig.folder.path().join("a/b/c.txt");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "hello");
    let hashes = [
        ("content_md5", "5d41402abc4b2a76b9719d911017c592"),
        ("content_sha1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
        ("id", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
        ("content_sha256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
        ("content_base64sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
    ];
    for (name, hash) in hashes {
        assert_eq!(text(&object, name), hash, "{name}");
    }
    assert_eq!(text(&object, "content_sha512").len(), 128);
    let other = rig.plan("local_file", &object, &[("filename", "a/b/c.txt".into()), ("content", "x".into())]).await;
    assert_eq!(other.requires_replace, [Path::attr("content")]);
    // Changed or gone, it has to be made again.
    std::fs::write(&path, "changed").unwrap();
    assert!(rig.read("local_file", &object).await.is_null());
    std::fs::remove_file(&path).unwrap();
    assert!(rig.read("local_file", &object).await.is_null());
    assert!(rig.apply("local_file", &object, &rig.none("local_file")).await.diagnostics.is_empty());

    let both = [("filename", Value::from("a")), ("content", "a".into()), ("source", "b".into())];
    assert!(rig.validate("local_file", &both).await.has_errors());
    assert!(rig.validate("local_file", &[("filename", "a".into())]).await.has_errors());
    let open = Value::unknown(craton_model::Type::String);
    for open in
        [vec![("content", "a".into()), ("source", open.clone())], vec![("content", open.clone()), ("source", open)]]
    {
        let arguments: Vec<(&str, Value)> = [("filename", "a".into())].into_iter().chain(open).collect();
        assert!(!rig.validate("local_file", &arguments).await.has_errors(), "one may turn out to be left out");
    }
    for wrong in ["9", "0888", "1000", "07777"] {
        let arguments = [("filename", Value::from("a")), ("content", "a".into()), ("file_permission", wrong.into())];
        assert!(rig.validate("local_file", &arguments).await.has_errors(), "{wrong}");
    }
}

#[tokio::test]
async fn local_sensitive_file() {
    let rig = Rig::new("local").await;
    let arguments = |text: &str| [("filename", Value::from("d/s")), ("content_base64", Value::from(text))];
    rig.life("local_sensitive_file", &arguments("AP8="), &arguments("AA==")).await;
    rig.create("local_sensitive_file", &arguments("AP8=")).await;
    let path = rig.folder.path().join("d/s");
    assert_eq!(std::fs::read(&path).unwrap(), [0, 255]);
    #[cfg(unix)]
    for path in [path.as_path(), path.parent().unwrap()] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
    }
    let copy = [("filename", Value::from("copy")), ("source", "d/s".into()), ("file_permission", "600".into())];
    rig.create("local_sensitive_file", &copy).await;
    assert_eq!(std::fs::read(rig.folder.path().join("copy")).unwrap(), [0, 255]);
    let none = rig.none("local_sensitive_file");
    let planned = rig.plan("local_sensitive_file", &none, &arguments("no base64")).await.planned;
    let failed = rig.apply("local_sensitive_file", &none, &planned).await;
    assert!(failed.state.is_null() && !format!("{:?}", failed.diagnostics).contains("no base64\""));
}

#[tokio::test]
async fn files_are_read() {
    let rig = Rig::new("local").await;
    std::fs::write(rig.folder.path().join("f"), [b'a', 255]).unwrap();
    for name in ["local_file", "local_sensitive_file"] {
        let (value, found) = rig.data(name, &[("filename", "f".into())]).await;
        assert!(found.is_empty());
        assert_eq!((text(&value, "content"), text(&value, "content_base64")), ("a\u{fffd}", "Yf8="));
        let block = &rig.provider.schema().data_sources[name].block;
        assert_eq!(block.attributes["content"].sensitive, name == "local_sensitive_file");
        assert!(rig.data(name, &[("filename", "none".into())]).await.1.has_errors());
    }
}

#[tokio::test]
async fn direxists() {
    let rig = Rig::new("local").await;
    std::fs::write(rig.folder.path().join("f"), "").unwrap();
    let call = |path: &'static str| async { rig.provider.call_function("direxists", &[path.into()]).await };
    assert_eq!(call(".").await, Ok(Value::from(true)));
    assert_eq!(call("none").await, Ok(Value::from(false)));
    assert!(call("f").await.is_err());
}
