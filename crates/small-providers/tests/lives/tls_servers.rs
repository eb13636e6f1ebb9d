use std::sync::Arc;

use craton_model::{Type, Value};
use craton_small_providers::Servers;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::rig::{Held, Rig, list, text};
use crate::server::{Server, answer, proxy};
use crate::tls::subject;

/// A certificate for this machine that is valid now, its key, and that of the authority that signed it.
async fn chain(rig: &Rig) -> (String, String, String) {
    let key = |object: &Value| ("private_key_pem", Value::from(text(object, "private_key_pem")));
    let ecdsa = [("algorithm", Value::from("ECDSA")), ("ecdsa_curve", "P256".into())];
    let (one, two) = (rig.create("tls_private_key", &ecdsa).await, rig.create("tls_private_key", &ecdsa).await);
    let root = [
        key(&one),
        ("validity_period_hours", 1_000_000.into()),
        ("allowed_uses", list(&["cert_signing"])),
        ("is_ca_certificate", true.into()),
        subject(&[("common_name", "Root, of tests"), ("organization", "Org")]),
    ];
    let root = rig.create("tls_self_signed_cert", &root).await;
    let request = [key(&two), ("ip_addresses", list(&["127.0.0.1"])), subject(&[("common_name", "here")])];
    let request = rig.create("tls_cert_request", &request).await;
    let leaf = [
        ("cert_request_pem", Value::from(text(&request, "cert_request_pem"))),
        ("ca_private_key_pem", text(&one, "private_key_pem").into()),
        ("ca_cert_pem", text(&root, "cert_pem").into()),
        ("validity_period_hours", 1_000_000.into()),
        ("allowed_uses", list(&["server_auth", "digital_signature"])),
    ];
    let leaf = rig.create("tls_locally_signed_cert", &leaf).await;
    (text(&root, "cert_pem").into(), text(&leaf, "cert_pem").into(), text(&two, "private_key_pem_pkcs8").into())
}

#[tokio::test]
async fn an_own_authority_is_trusted_where_it_is_named() {
    let (tls, http) = (Rig::new("tls").await, Rig::new("http").await);
    let (root, leaf, key) = chain(&tls).await;
    let server = Server::secure(vec![answer("200 OK", &[], b"safe")], &leaf, &key).await;
    let url = ("url", Value::from(format!("https://{}/", server.address)));
    for arguments in [vec![url.clone(), ("ca_cert_pem", root.into())], vec![url.clone(), ("insecure", true.into())]] {
        let (value, found) = http.data("http", &arguments).await;
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(text(&value, "response_body"), "safe");
    }
    // The certificate's own key is no authority's.
    assert!(http.data("http", &[url.clone(), ("ca_cert_pem", leaf.into())]).await.1.has_errors());
    let (_, found) = http.data("http", &[url]).await;
    assert!(found.has_errors() && server.asked().len() == 2, "{found:?}");
}

#[tokio::test]
async fn tls_certificate() {
    let rig = Rig::new("tls").await;
    let (root, leaf, key) = chain(&rig).await;
    let server = Server::secure(vec![answer("200 OK", &[], b"")], &format!("{leaf}{root}"), &key).await;
    for scheme in ["https", "tls"] {
        let url = ("url", Value::from(format!("{scheme}://{}", server.address)));
        let (value, found) = rig.data("tls_certificate", &[url.clone(), ("verify_chain", false.into())]).await;
        assert!(found.is_empty(), "{found:?}");
        let found = value.get("certificates").unwrap().as_seq().unwrap();
        assert_eq!((text(&found[0], "cert_pem"), text(&found[1], "cert_pem")), (root.as_str(), leaf.as_str()));
        assert_eq!(text(&found[0], "subject"), r"CN=Root\, of tests,O=Org");
        assert_eq!((text(&found[1], "issuer"), text(&found[1], "subject")), (r"CN=Root\, of tests,O=Org", "CN=here"));
        assert_eq!(
            (found[0].get("is_ca"), found[1].get("is_ca")),
            (Some(&Value::from(true)), Some(&Value::from(false)))
        );
        assert_eq!(
            (text(&found[0], "signature_algorithm"), text(&found[0], "public_key_algorithm")),
            ("ECDSA-SHA256", "ECDSA")
        );
        assert_eq!(
            (found[0].get("version"), text(&found[0], "not_before")),
            (Some(&Value::from(3)), "2024-05-06T07:08:09Z")
        );
        // The machine does not know the authority.
        assert!(rig.data("tls_certificate", &[url]).await.1.has_errors());
    }
    let (value, found) = rig.data("tls_certificate", &[("content", leaf.as_str().into())]).await;
    assert!(found.is_empty());
    assert_eq!(text(&value.get("certificates").unwrap().as_seq().unwrap()[0], "cert_pem"), leaf);
    assert_eq!(text(&value, "id").len(), 40);
    for wrong in [
        vec![],
        vec![("content", Value::from("x"))],
        vec![("content", leaf.as_str().into()), ("verify_chain", true.into())],
        vec![("url", "http://127.0.0.1/".into())],
        vec![("url", "tls://127.0.0.1/".into())],
    ] {
        assert!(rig.data("tls_certificate", &wrong).await.1.has_errors(), "{wrong:?}");
    }
}

/// One server is there without a network; it shows what it was given.
struct One(&'static str, Vec<Vec<u8>>);

impl Servers for One {
    fn certificates(&self, host: &str) -> Option<Vec<Vec<u8>>> {
        (host == self.0).then(|| self.1.clone())
    }
}

#[tokio::test]
async fn servers_that_a_rehearsal_plays_are_not_asked_for() {
    let (root, leaf, _) = chain(&Rig::new("tls").await).await;
    let bytes = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec();
    let played = One("oidc.example.invalid", vec![bytes(&leaf), bytes(&root)]);
    let rig = Rig::beside("tls", Held::default(), Arc::new(played)).await;
    for url in ["https://oidc.example.invalid/id/A", "tls://oidc.example.invalid:443"] {
        let (value, found) = rig.data("tls_certificate", &[("url", url.into())]).await;
        assert!(found.is_empty(), "{found:?}");
        let found = value.get("certificates").unwrap().as_seq().unwrap();
        assert_eq!((text(&found[0], "cert_pem"), text(&found[1], "cert_pem")), (root.as_str(), leaf.as_str()));
    }
    let other = ("url", "https://127.0.0.1:1/".into());
    assert!(rig.data("tls_certificate", &[other]).await.1.has_errors());
}

#[tokio::test]
async fn a_proxy_is_used_where_one_is_configured() {
    let rig = Rig::new("tls").await;
    let (_, leaf, key) = chain(&rig).await;
    let server = Server::secure(vec![answer("200 OK", &[], b"")], &leaf, &key).await;
    let (address, asked) = proxy().await;
    let settings = |from_env: Value, url: Value| {
        let proxy = Value::object([
            ("from_env", from_env),
            ("password", "pass".into()),
            ("url", url),
            ("username", "user".into()),
        ]);
        Value::object([("proxy", Value::list(proxy.ty().clone(), [proxy]))])
    };
    let config = settings(Value::null(Type::Bool), format!("http://{address}").into());
    assert!(rig.provider.validate_provider(&config).await.is_empty());
    assert!(rig.provider.validate_provider(&settings(true.into(), "http://x".into())).await.has_errors());
    assert!(
        rig.provider
            .validate_provider(&settings(Value::null(Type::Bool), Value::null(Type::String)))
            .await
            .has_errors()
    );
    rig.provider.configure(&config).await;
    let url = ("url", Value::from(format!("https://{}", server.address)));
    let (value, found) = rig.data("tls_certificate", &[url, ("verify_chain", false.into())]).await;
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(value.get("certificates").unwrap().as_seq().unwrap().len(), 1);
    let asked = asked.lock().unwrap();
    assert!(asked[0].starts_with(&format!("CONNECT {} ", server.address)));
    assert!(asked[0].contains("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"), "{asked:?}");
}
