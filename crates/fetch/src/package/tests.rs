use super::*;
use crate::fetcher::FetchOptions;
use crate::web::tests::FakeWeb;
use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A fetcher over a web of which all is known, with a cache in `dir`.
fn fetcher(dir: &Path, web: FakeWeb) -> (Fetcher, Arc<FakeWeb>) {
    let web = Arc::new(web);
    let mut hosts = crate::Hosts::default();
    hosts.add_services("reg.example", [("modules.v1".to_owned(), "https://reg.example/m/".to_owned())]);
    let options =
        FetchOptions { cache: Some(dir.join("cache")), web: Some(web.clone()), hosts, ..FetchOptions::default() };
    (Fetcher::new(options), web)
}

fn brought(fetcher: &Fetcher, source: &str, version: Option<&str>, dest: &Path) -> Result<(String, usize), String> {
    let source = Source::parse(source).unwrap();
    let got = fetcher.fetch(&source, version, dest).map_err(|d| d.detail)?;
    Ok((std::fs::read_to_string(got.dir.join("main.tf")).unwrap(), got.warnings.0.len()))
}

fn git(dir: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]);
    let out = command.args(args).current_dir(dir).output().unwrap();
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// A repository with a module in `m`, tagged `v1`.
fn repository(dir: &Path) -> String {
    let repo = dir.join("repo");
    std::fs::create_dir_all(repo.join("m")).unwrap();
    git(&repo, &["init", "-q"]);
    commit(&repo, "one");
    git(&repo, &["tag", "-m", "one", "v1"]);
    format!("git::file://{}", repo.display())
}

fn commit(repo: &Path, text: &str) -> String {
    std::fs::write(repo.join("m/main.tf"), text).unwrap();
    git(repo, &["add", "-A"]);
    git(repo, &["commit", "-q", "-m", text]);
    git(repo, &["rev-parse", "HEAD"])
}

#[test]
fn branches_tags_and_commits() {
    let dir = tempfile::tempdir().unwrap();
    let url = repository(dir.path());
    let second = commit(&dir.path().join("repo"), "two");
    let (fetcher, _) = fetcher(dir.path(), FakeWeb::default());
    for (n, (query, text)) in [
        ("", "two"),
        ("?ref=v1", "one"),
        ("?ref=main&depth=1", "two"),
        (&format!("?ref={second}"), "two"),
        (&format!("?ref={}", &second[..8]), "two"),
    ]
    .iter()
    .enumerate()
    {
        let dest = dir.path().join(n.to_string());
        assert_eq!(
            brought(&fetcher, &format!("{url}//m{query}"), None, &dest).unwrap(),
            ((*text).to_owned(), 0),
            "{query}"
        );
        assert!(!dest.join(".git").exists());
    }
    for (sub, why) in [("//m?ref=v9", "\"v9\""), ("//none", "no folder none")] {
        let dest = dir.path().join("bad");
        let text = brought(&fetcher, &format!("{url}{sub}"), None, &dest).unwrap_err();
        assert!(text.contains(why), "{text}");
        assert!(!dest.exists());
    }
}

#[test]
fn a_branch_that_moved_is_fetched_again_and_an_old_one_does_offline() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("{}//m", repository(dir.path()));
    let at = |n: &str| dir.path().join(n);
    brought(&fetcher(dir.path(), FakeWeb::default()).0, &url, None, &at("1")).unwrap();
    commit(&at("repo"), "two");
    assert_eq!(brought(&fetcher(dir.path(), FakeWeb::default()).0, &url, None, &at("2")).unwrap().0, "two");
    std::fs::rename(at("repo"), at("gone")).unwrap();
    // With a warning that says so.
    assert_eq!(brought(&fetcher(dir.path(), FakeWeb::default()).0, &url, None, &at("3")).unwrap(), ("two".into(), 1));
    let never = brought(&fetcher(dir.path(), FakeWeb::default()).0, &format!("{url}?ref=v2"), None, &at("4"));
    assert!(never.unwrap_err().contains("git ls-remote failed"));
}

#[test]
fn submodules_come_along() {
    let dir = tempfile::tempdir().unwrap();
    let inner = repository(dir.path());
    let outer = dir.path().join("outer");
    std::fs::create_dir(&outer).unwrap();
    git(&outer, &["init", "-q"]);
    let inner = inner.trim_start_matches("git::");
    git(&outer, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "sub"]);
    git(&outer, &["commit", "-q", "-m", "x"]);
    let (fetcher, _) = fetcher(dir.path(), FakeWeb::default());
    let source = format!("git::file://{}//sub/m", outer.display());
    match brought(&fetcher, &source, None, &dir.path().join("dest")) {
        Ok((text, _)) => assert_eq!(text, "one"),
        // Git may be told not to take submodules from disk.
        Err(why) => assert!(why.contains("git submodule failed") && why.contains("'file' not allowed"), "{why}"),
    }
}

#[test]
fn what_many_want_is_fetched_once() {
    let dir = tempfile::tempdir().unwrap();
    let page = zip(&[("main.tf", "x")]);
    let (fetcher, web) = fetcher(dir.path(), FakeWeb::default().page("https://h/m.zip", 200, &[], &page));
    std::thread::scope(|s| {
        for n in 0..10 {
            let (fetcher, dest) = (fetcher.clone(), dir.path().join(n.to_string()));
            s.spawn(move || assert_eq!(brought(&fetcher, "https://h/m.zip", None, &dest).unwrap().0, "x"));
        }
    });
    assert_eq!(web.asked.lock().unwrap().len(), 1);
}

#[test]
fn archives_are_checked_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let page = zip(&[("top/a/main.tf", "x")]);
    let file = dir.path().join("m.zip");
    std::fs::write(&file, &page).unwrap();
    let sha = checksum::sha256(&file).unwrap();
    let list = format!("{sha}  m.zip\n");
    let web = || {
        FakeWeb::default()
            .page("https://h/m.zip", 200, &[("etag", "\"1\"")], &page)
            .page("https://h/sums", 200, &[], list.as_bytes())
            .page("https://h/bad.zip", 200, &[], b"<html>")
            .page("https://h/evil.zip", 200, &[], &zip(&[("../evil", "x")]))
    };
    let (online, asked) = fetcher(dir.path(), web());
    for (n, source) in [
        format!("https://h/m.zip//top/a?checksum=sha256:{sha}"),
        "https://h/m.zip//*/a".to_owned(),
        "https://h/m.zip//top/a?checksum=file:sums".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(brought(&online, source, None, &dir.path().join(n.to_string())).unwrap().0, "x", "{source}");
    }
    for (source, why) in [
        (format!("https://h/m.zip?checksum=sha256:{}", "0".repeat(64)), "Sha256 checksum"),
        ("https://h/bad.zip".to_owned(), "no zip archive"),
        ("https://h/evil.zip".to_owned(), "leads out"),
        ("https://h/none.zip".to_owned(), "no such host"),
        ("https://h/m.zip//*/b".to_owned(), "no folder"),
    ] {
        let text = brought(&online, &source, None, &dir.path().join("bad")).unwrap_err();
        assert!(text.contains(why), "{text}");
    }
    assert!(asked.asked.lock().unwrap().len() > 3);
    // Later, without a network.
    let (offline, _) = fetcher(dir.path(), FakeWeb::default());
    assert_eq!(brought(&offline, "https://h/m.zip//top/a", None, &dir.path().join("o1")).unwrap(), ("x".into(), 1));
    let same = format!("https://h/m.zip//top/a?checksum=sha256:{sha}");
    let (again, asked) = fetcher(dir.path(), web());
    brought(&again, &same, None, &dir.path().join("o2")).unwrap();
    brought(&again, &same, None, &dir.path().join("o3")).unwrap();
    assert!(asked.asked.lock().unwrap().len() <= 1);
}

#[test]
fn pages_lead_to_other_addresses() {
    let dir = tempfile::tempdir().unwrap();
    let page = zip(&[("a/m/main.tf", "x")]);
    let meta = b"<html><META name='terraform-get' content=\"https://h/m.zip//a?x=1&amp;y=2\">";
    let web = FakeWeb::default()
        .page("https://h/header?terraform-get=1", 200, &[("x-terraform-get", "./m.zip//a")], b"")
        .page("https://h/tag?terraform-get=1", 200, &[], meta)
        .page("https://h/nothing?terraform-get=1", 200, &[], b"<html>")
        .page("https://h/local?terraform-get=1", 200, &[("x-terraform-get", "file:///etc")], b"")
        .page("https://h/round?terraform-get=1", 200, &[("x-terraform-get", "https://h/round")], b"")
        .page("https://h/m.zip", 200, &[], &page)
        .page("https://h/m.zip?x=1&y=2", 200, &[], &page);
    let (fetcher, _) = fetcher(dir.path(), web);
    assert_eq!(brought(&fetcher, "https://h/header//m", None, &dir.path().join("1")).unwrap().0, "x");
    assert_eq!(brought(&fetcher, "https://h/tag//m", None, &dir.path().join("2")).unwrap().0, "x");
    for (source, why) in [
        ("https://h/nothing", "leads nowhere"),
        ("https://h/local", "no server may name"),
        ("https://h/round", "more than 8 times"),
        ("gcs::https://h/x", "does not fetch gcs sources"),
    ] {
        let text = brought(&fetcher, source, None, &dir.path().join("bad")).unwrap_err();
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn modules_of_a_registry() {
    let dir = tempfile::tempdir().unwrap();
    let versions = br#"{"modules":[{"versions":[{"version":"1.0.0"},{"version":"1.2.0"},{"version":"1.10.0"},{"version":"2.0.0-rc1"}]}]}"#;
    let web = FakeWeb::default()
        .page("https://reg.example/m/a/vpc/aws/versions", 200, &[], versions)
        .page("https://reg.example/m/a/vpc/aws/1.2.0/download", 204, &[("x-terraform-get", "https://h/m.zip//*")], b"")
        .page("https://h/m.zip", 200, &[], &zip(&[("vpc-1.2.0/sub/main.tf", "x")]));
    let (online, _) = fetcher(dir.path(), web);
    let Source::Registry(module) = Source::parse("reg.example/a/vpc/aws//sub").unwrap() else { panic!() };
    let choose = |f: &Fetcher, text: &str| {
        let wanted =
            if text.is_empty() { Default::default() } else { craton_model::version::Constraint::parse(text).unwrap() };
        f.choose_version(&module, &wanted).map_err(|d| d.detail)
    };
    assert_eq!(choose(&online, "~> 1.2").unwrap(), "1.10.0");
    assert_eq!(choose(&online, "").unwrap(), "1.10.0");
    assert_eq!(choose(&online, "2.0.0-rc1").unwrap(), "2.0.0-rc1");
    let none = choose(&online, "> 3.0").unwrap_err();
    assert!(none.contains("2.0.0-rc1, 1.10.0, 1.2.0, 1.0.0"), "{none}");
    let source = "reg.example/a/vpc/aws//sub";
    assert_eq!(brought(&online, source, Some("1.2.0"), &dir.path().join("1")).unwrap().0, "x");
    let rooted = online.fetch_rooted(&Source::parse(source).unwrap(), Some("1.2.0"), &dir.path().join("2")).unwrap();
    assert_eq!(rooted.dir, dir.path().join("2/sub"));
    let (offline, _) = fetcher(dir.path(), FakeWeb::default());
    assert_eq!(choose(&offline, "~> 1.2.0").unwrap(), "1.2.0");
    // Both the registry and the archive are warned of.
    assert_eq!(brought(&offline, source, Some("1.2.0"), &dir.path().join("3")).unwrap(), ("x".into(), 2));
    assert!(brought(&offline, source, Some("1.0.0"), &dir.path().join("4")).is_err());
}
