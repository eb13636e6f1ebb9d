use std::process::Command;
use std::sync::atomic::Ordering;

use craton_model::{Path, Type, Value};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime, pem::PemObject as _};
use serde_json::json;

use crate::rig::{Rig, START, list, text};

const CURVES: [&str; 4] = ["P224", "P256", "P384", "P521"];

async fn key(rig: &Rig, algorithm: &str, curve: &str) -> Value {
    let arguments =
        [("algorithm", Value::from(algorithm)), ("ecdsa_curve", curve.into()), ("rsa_bits", Value::from(1024))];
    rig.create("tls_private_key", &arguments).await
}

pub fn subject(arguments: &[(&str, &str)]) -> (&'static str, Value) {
    let mut object: Vec<(&str, Value)> = Vec::new();
    for name in [
        "common_name",
        "country",
        "locality",
        "organization",
        "organizational_unit",
        "postal_code",
        "province",
        "serial_number",
    ] {
        let given = arguments.iter().find(|(n, _)| *n == name);
        object.push((name, given.map_or(Value::null(Type::String), |(_, v)| Value::from(*v))));
    }
    object.push(("street_address", Value::null(Type::list(Type::String))));
    let object = Value::object(object);
    ("subject", Value::list(object.ty().clone(), [object]))
}

/// What openssl says of a text; `None` where there is no openssl.
fn openssl(arguments: &[&str], input: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in");
    std::fs::write(&file, input).unwrap();
    let out = match Command::new("openssl").args(arguments).arg("-in").arg(&file).output() {
        Ok(out) => out,
        Err(_) => {
            eprintln!("skipped: there is no openssl here");
            return None;
        }
    };
    assert!(out.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    Some(String::from_utf8_lossy(&out.stdout).into_owned())
}

#[tokio::test]
async fn tls_private_key() {
    let rig = Rig::new("tls").await;
    let ecdsa = |curve: &str| [("algorithm", Value::from("ECDSA")), ("ecdsa_curve", Value::from(curve))];
    rig.life_in_state("tls_private_key", &ecdsa("P256"), &ecdsa("P384")).await;
    rig.life_in_state("tls_private_key", &[("algorithm", "ED25519".into())], &ecdsa("P521")).await;
    for wrong in [[("algorithm", Value::from("DSA"))].to_vec(), ecdsa("P192").to_vec()] {
        assert!(rig.validate("tls_private_key", &wrong).await.has_errors());
    }
    let none = rig.none("tls_private_key");
    let small = rig.plan("tls_private_key", &none, &[("algorithm", "RSA".into()), ("rsa_bits", 9.into())]).await;
    assert!(rig.apply("tls_private_key", &none, &small.planned).await.diagnostics.has_errors());
}

#[tokio::test]
async fn every_form_of_a_key_is_the_same_key() {
    let rig = Rig::new("tls").await;
    let kinds = CURVES.map(|c| ("ECDSA", c)).into_iter().chain([("RSA", "P224"), ("ED25519", "P224")]);
    for (algorithm, curve) in kinds {
        let key = key(&rig, algorithm, curve).await;
        let about = [
            "id",
            "public_key_pem",
            "public_key_openssh",
            "public_key_fingerprint_md5",
            "public_key_fingerprint_sha256",
        ];
        let openssh = text(&key, "private_key_openssh");
        // OpenSSH has no keys on P224.
        assert_eq!(openssh.is_empty(), algorithm == "ECDSA" && curve == "P224");
        assert_eq!(text(&key, "public_key_openssh").is_empty(), openssh.is_empty());
        let forms = [
            ("private_key_pem", "private_key_pem"),
            ("private_key_pem", "private_key_pem_pkcs8"),
            ("private_key_openssh", "private_key_openssh"),
        ];
        for (argument, form) in forms.into_iter().filter(|(_, form)| !text(&key, form).is_empty()) {
            let (value, found) = rig.data("tls_public_key", &[(argument, text(&key, form).into())]).await;
            assert!(found.is_empty(), "{algorithm} {curve} {form}: {found:?}");
            assert_eq!(text(&value, "algorithm"), algorithm);
            for name in about {
                assert_eq!(text(&value, name), text(&key, name), "{algorithm} {curve} {form} {name}");
            }
        }
        for form in ["private_key_pem", "private_key_pem_pkcs8"] {
            if let Some(public) = openssl(&["pkey", "-pubout"], text(&key, form)) {
                assert_eq!(public, text(&key, "public_key_pem"), "{algorithm} {curve} {form}");
            }
        }
    }
    assert!(rig.data("tls_public_key", &[]).await.1.has_errors());
    let (_, found) = rig
        .data(
            "tls_public_key",
            &[("private_key_pem", "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n".into())],
        )
        .await;
    assert!(found.has_errors() && !format!("{found:?}").contains("c2VjcmV0"));
}

#[tokio::test]
async fn old_keys_get_the_forms_they_lack() {
    let rig = Rig::new("tls").await;
    let key = key(&rig, "ECDSA", "P256").await;
    let stored = json!({"algorithm": "ECDSA", "ecdsa_curve": "P256", "rsa_bits": 1024, "private_key_pem": text(&key, "private_key_pem")});
    let upgraded = rig.provider.upgrade("tls_private_key", 0, &stored).await.unwrap();
    for name in ["private_key_pem_pkcs8", "public_key_openssh", "id"] {
        assert_eq!(text(&upgraded, name), text(&key, name));
    }
}

async fn authority(rig: &Rig, key: &Value) -> Value {
    let arguments = [
        ("private_key_pem", Value::from(text(key, "private_key_pem"))),
        ("validity_period_hours", 24.into()),
        ("allowed_uses", list(&["cert_signing", "crl_signing", "digital_signature"])),
        ("is_ca_certificate", true.into()),
        ("set_authority_key_id", true.into()),
        ("set_subject_key_id", true.into()),
        subject(&[("common_name", "Root, of tests"), ("organization", "Örg"), ("country", "DE")]),
    ];
    rig.create("tls_self_signed_cert", &arguments).await
}

async fn leaf(rig: &Rig, authority_key: &Value, authority: &Value, key: &Value) -> Value {
    let request = [
        ("private_key_pem", Value::from(text(key, "private_key_pem"))),
        ("dns_names", list(&["example.com", "*.example.com"])),
        ("ip_addresses", list(&["192.0.2.1", "2001:db8::1"])),
        ("uris", list(&["spiffe://example.com/a"])),
        subject(&[("common_name", "example.com")]),
    ];
    let request = rig.create("tls_cert_request", &request).await;
    let arguments = [
        ("cert_request_pem", Value::from(text(&request, "cert_request_pem"))),
        ("ca_private_key_pem", text(authority_key, "private_key_pem").into()),
        ("ca_cert_pem", text(authority, "cert_pem").into()),
        ("validity_period_hours", 12.into()),
        ("allowed_uses", list(&["key_encipherment", "server_auth"])),
    ];
    rig.create("tls_locally_signed_cert", &arguments).await
}

#[tokio::test]
async fn certificates_are_what_others_take() {
    let rig = Rig::new("tls").await;
    let kinds = CURVES.map(|c| ("ECDSA", c)).into_iter().chain([("RSA", "P224"), ("ED25519", "P224")]);
    for (algorithm, curve) in kinds {
        let key = key(&rig, algorithm, curve).await;
        let root = authority(&rig, &key).await;
        let leaf = leaf(&rig, &key, &root, &key).await;
        assert_eq!((text(&root, "key_algorithm"), text(&leaf, "ca_key_algorithm")), (algorithm, algorithm));
        if let Some(shown) = openssl(&["x509", "-noout", "-text"], text(&leaf, "cert_pem")) {
            for part in [
                "DNS:example.com, DNS:*.example.com, IP Address:192.0.2.1",
                "URI:spiffe://example.com/a",
                "TLS Web Server Authentication",
                "Key Encipherment",
                "CA:FALSE",
                "May  6 19:08:09 2024 GMT",
            ] {
                assert!(shown.contains(part), "{part}: {shown}");
            }
        }
        // webpki takes neither these two curves nor RSA keys of this size.
        if curve == "P256" || curve == "P384" || algorithm == "ED25519" {
            verify(text(&root, "cert_pem"), text(&leaf, "cert_pem"));
        } else if let Some(folder) =
            openssl(&["x509", "-noout"], text(&leaf, "cert_pem")).map(|_| tempfile::tempdir().unwrap())
        {
            let (a, b) = (folder.path().join("a"), folder.path().join("b"));
            std::fs::write(&a, text(&root, "cert_pem")).unwrap();
            std::fs::write(&b, text(&leaf, "cert_pem")).unwrap();
            let at = (START + 60).to_string();
            let out = Command::new("openssl")
                .args(["verify", "-auth_level", "0", "-attime", &at, "-CAfile"])
                .arg(a)
                .arg(b)
                .output()
                .unwrap();
            assert!(out.status.success(), "{algorithm} {curve}: {}", String::from_utf8_lossy(&out.stderr));
        }
    }
}

fn verify(root: &str, leaf: &str) {
    let (root, leaf) = (
        CertificateDer::from_pem_slice(root.as_bytes()).unwrap(),
        CertificateDer::from_pem_slice(leaf.as_bytes()).unwrap(),
    );
    let anchor: TrustAnchor<'_> = webpki::anchor_from_trusted_cert(&root).unwrap();
    let end = webpki::EndEntityCert::try_from(&leaf).unwrap();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(START + 60));
    let usage = webpki::KeyUsage::server_auth();
    end.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &[anchor], &[], now, usage, None, None).unwrap();
    end.verify_is_valid_for_subject_name(&ServerName::try_from("www.example.com").unwrap()).unwrap();
    end.verify_is_valid_for_subject_name(&ServerName::try_from("192.0.2.1").unwrap()).unwrap();
}

#[tokio::test]
async fn tls_self_signed_cert() {
    let rig = Rig::new("tls").await;
    let key = key(&rig, "ED25519", "P224").await;
    let arguments = |hours: i64| {
        [
            ("private_key_pem", Value::from(text(&key, "private_key_pem"))),
            ("validity_period_hours", hours.into()),
            ("allowed_uses", list(&["server_auth"])),
            ("dns_names", list(&["example.com"])),
        ]
    };
    rig.life_in_state("tls_self_signed_cert", &arguments(10), &arguments(11)).await;
    let early = [arguments(10).to_vec(), vec![("early_renewal_hours", 2.into())]].concat();
    rig.life_in_state("tls_self_signed_cert", &arguments(10), &early).await;
    let object = rig.create("tls_self_signed_cert", &early).await;
    assert_eq!(
        (text(&object, "validity_start_time"), text(&object, "validity_end_time")),
        ("2024-05-06T07:08:09Z", "2024-05-06T17:08:09Z")
    );
    // Two hours before its end another one is made.
    rig.clock.passed.store(8 * 3600 - 1, Ordering::SeqCst);
    assert_eq!(rig.plan("tls_self_signed_cert", &object, &early).await.planned, object);
    rig.clock.passed.store(8 * 3600, Ordering::SeqCst);
    let read = rig.read("tls_self_signed_cert", &object).await;
    assert_eq!(read.get("ready_for_renewal"), Some(&Value::from(true)));
    let plan = rig.plan("tls_self_signed_cert", &read, &early).await;
    assert_eq!(plan.requires_replace, [Path::attr("ready_for_renewal")]);
    for (name, value) in [
        ("is_ca_certificate", Value::from(true)),
        ("set_authority_key_id", true.into()),
        ("ip_addresses", list(&["x"])),
    ] {
        let wrong = [arguments(1).to_vec(), vec![(name, value)]].concat();
        let none = rig.none("tls_self_signed_cert");
        let planned = rig.plan("tls_self_signed_cert", &none, &wrong).await.planned;
        assert!(rig.apply("tls_self_signed_cert", &none, &planned).await.diagnostics.has_errors(), "{name}");
    }
    let wrong = [arguments(1).to_vec(), vec![("allowed_uses", list(&["anything"]))]].concat();
    assert!(rig.validate("tls_self_signed_cert", &wrong).await.has_errors());
}

#[tokio::test]
async fn tls_cert_request() {
    let rig = Rig::new("tls").await;
    let key = key(&rig, "ECDSA", "P256").await;
    let pem = ("private_key_pem", Value::from(text(&key, "private_key_pem")));
    let first = [pem.clone(), subject(&[("common_name", "a"), ("organization", "b")])];
    rig.life_in_state("tls_cert_request", &first, &[pem, ("dns_names", list(&["b"]))]).await;
    let request = rig.create("tls_cert_request", &first).await;
    openssl(&["req", "-noout", "-verify"], text(&request, "cert_request_pem"));
}

#[tokio::test]
async fn tls_locally_signed_cert() {
    let rig = Rig::new("tls").await;
    let (one, two) = (key(&rig, "ECDSA", "P256").await, key(&rig, "ECDSA", "P256").await);
    let root = authority(&rig, &one).await;
    let request = rig.create("tls_cert_request", &[("private_key_pem", text(&two, "private_key_pem").into())]).await;
    let arguments = |key: &Value, hours: i64| {
        [
            ("cert_request_pem", Value::from(text(&request, "cert_request_pem"))),
            ("ca_private_key_pem", text(key, "private_key_pem").into()),
            ("ca_cert_pem", text(&root, "cert_pem").into()),
            ("validity_period_hours", hours.into()),
            ("allowed_uses", list(&["client_auth"])),
        ]
    };
    rig.life_in_state("tls_locally_signed_cert", &arguments(&one, 1), &arguments(&one, 2)).await;
    let none = rig.none("tls_locally_signed_cert");
    let planned = rig.plan("tls_locally_signed_cert", &none, &arguments(&two, 1)).await.planned;
    let refused = rig.apply("tls_locally_signed_cert", &none, &planned).await;
    assert_eq!(refused.diagnostics.0[0].summary, "Key and certificate do not fit");
    assert!(!format!("{:?}", refused.diagnostics).contains("PRIVATE KEY-----"));
    // What never was valid is due from the beginning.
    let due = rig.plan("tls_locally_signed_cert", &none, &arguments(&one, 0)).await.planned;
    assert_eq!(due.get("ready_for_renewal"), Some(&Value::from(true)));
}
