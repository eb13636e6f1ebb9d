//! Modules from everywhere: repositories, registries, archives, buckets; fetched once and then at hand.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::case::{Case, Ran};
use crate::many::MODULE;
use crate::origin::{Repository, WebServer, zip};

/// A module that says which version it is.
fn saying(what: &str) -> String {
    format!("{MODULE}\noutput \"what\" {{\n  value = \"{what}\"\n}}\n")
}

/// Runs craton with the CLI configuration of a registry.
fn with_registry(case: &Case, args: &[&str]) -> Ran {
    let mut command = case.command(args);
    command.env("TF_CLI_CONFIG_FILE", case.path("cli.tfrc"));
    case.finish(command)
}

fn installed(case: &Case) -> Value {
    let manifest: Value = serde_json::from_str(&case.read(".terraform/modules/modules.json")).unwrap();
    manifest["Modules"].clone()
}

fn forget(case: &Case, folder: &str) {
    std::fs::remove_dir_all(case.path(folder)).unwrap();
}

#[test]
fn module_calls_from_everywhere_and_then_offline() {
    let case = Case::new(&[]);
    let repository = Repository::new(&case.path("repos"), "net");
    repository.commit(&[("m/main.tf", &saying("git one"))], "v1");
    repository.commit(&[("m/main.tf", &saying("git two"))], "v2");
    let web = WebServer::new();
    web.page("/a.zip", 200, &[("ETag", "\"1\"")], &zip(&[("top/main.tf", &saying("archive"))]));
    web.module(
        "acme/net/aws",
        &[("1.0.0", "/none.zip"), ("1.2.0", "/reg.zip//*"), ("2.0.0", "/none.zip"), ("1.3.0-rc1", "/none.zip")],
    );
    web.page("/reg.zip", 200, &[], &zip(&[("net-1.2.0/main.tf", &saying("registry"))]));
    case.write("cli.tfrc", &web.cli_config());
    case.write(
        "main.tf",
        &format!(
            "module \"git\" {{\n  source = \"{git}//m?ref=v1\"\n}}\nmodule \"head\" {{\n  source = \"{git}//m\"\n}}\nmodule \"archive\" {{\n  source = \"{}/a.zip//top\"\n}}\nmodule \"registry\" {{\n  source  = \"reg.example.com/acme/net/aws\"\n  version = \"~> 1.0\"\n}}\noutput \"all\" {{\n  value = [module.git.what, module.head.what, module.archive.what, module.registry.what]\n}}\n",
            web.address,
            git = repository.address(),
        ),
    );
    let said = "\"git one\", \"git two\", \"archive\", \"registry\"";
    let ran = with_registry(&case, &["init"]).ok();
    ran.says("Fetching reg.example.com/acme/net/aws 1.2.0 for registry...");
    with_registry(&case, &["apply", "-auto-approve"]).ok().says(said);
    assert_eq!(web.authorization("/v1/modules/acme/net/aws/versions").as_deref(), Some("Bearer sesame"));
    assert_eq!(web.authorization("/reg.zip"), None);
    let modules = installed(&case);
    let of = |key: &str| modules.as_array().unwrap().iter().find(|m| m["Key"] == key).unwrap().clone();
    assert_eq!(
        of("registry"),
        json!({ "Key": "registry", "Source": "reg.example.com/acme/net/aws", "Version": "1.2.0", "Dir": ".terraform/modules/registry/net-1.2.0" })
    );
    assert_eq!(of("archive")["Dir"], ".terraform/modules/archive/top");
    // What is installed is not asked for again.
    with_registry(&case, &["init"]).ok();
    assert_eq!((web.count("/a.zip"), web.count("/v1/modules/acme/net/aws/versions")), (1, 1));
    // Another clone of the configuration: the archive is there still, as its server confirms.
    forget(&case, ".terraform");
    with_registry(&case, &["init"]).ok();
    assert_eq!(web.count("/a.zip"), 2);
    // And with nothing to be reached: what was fetched once does, and it is said.
    forget(&case, ".terraform");
    std::fs::rename(case.path("repos"), case.path("moved")).unwrap();
    web.shut();
    let ran = with_registry(&case, &["init"]).ok().says("could not be asked what v1 is");
    ran.says("The registry reg.example.com could not be asked").says("What was last fetched is used");
    with_registry(&case, &["plan"]).ok();
}

#[test]
fn a_registry_that_has_not_what_is_wanted() {
    let case = Case::new(&[]);
    let web = WebServer::new();
    web.module(
        "acme/net/aws",
        &[("1.0.0", "/none.zip"), ("1.1.0", "git::http://127.0.0.1:1/x.git"), ("1.2.0", "git::file:///srv/x.git")],
    );
    case.write("cli.tfrc", &web.cli_config());
    let call = |version: &str| {
        format!("module \"m\" {{\n  source  = \"reg.example.com/acme/net/aws\"\n  version = \"{version}\"\n}}\n")
    };
    let failed = |version: &str| {
        case.write("main.tf", &call(version));
        let ran = with_registry(&case, &["init"]).ends(1);
        assert!(!case.path(".terraform/modules/m").exists(), "something stayed");
        ran
    };
    let place = ("main.tf line 2", "\"reg.example.com/acme/net/aws\"");
    failed("> 2.0")
        .error("Unresolvable module version constraint")
        .at(place.0, place.1)
        .says("it has 1.2.0, 1.1.0, 1.0.0");
    let found = failed("1.0.0").error("Failed to fetch source").at(place.0, place.1);
    found.says("it leads to").says("/none.zip").says("answered 404");
    failed("1.1.0").error("Failed to fetch source").says("git ls-remote failed");
    failed("1.2.0").error("Failed to fetch source").says("a path on this machine, which no server may name");
    web.page("/v1/modules/acme/net/aws/versions", 401, &[], b"");
    failed("1.1.0").error("Failed to choose module version").says("the token for reg.example.com is not accepted");
    let mut command = case.command(&["init"]);
    command.env("TF_CLI_CONFIG_FILE", case.path("none.tfrc"));
    case.finish(command).ends(1).says("Unable to open CLI configuration file");
}

#[test]
fn archives_that_are_not_to_be_trusted() {
    let case = Case::new(&[]);
    let web = WebServer::new();
    web.page("/evil.zip", 200, &[], &zip(&[("main.tf", ""), ("../../evil.tf", "")]));
    web.page("/page?terraform-get=1", 200, &[], b"<html></html>");
    web.page("/cut.tar.gz", 200, &[], b"\x1f\x8b\x08");
    let sum = "0".repeat(64);
    for (address, why) in [
        ("/evil.zip", "leads out of the archive's folder".to_owned()),
        ("/page", "it has neither the header X-Terraform-Get nor a meta tag".to_owned()),
        ("/cut.tar.gz", "cannot be unpacked".to_owned()),
        (&format!("/evil.zip?checksum=sha256:{sum}"), format!("and not {sum}")),
    ] {
        case.write("main.tf", &format!("module \"m\" {{\n  source = \"{}{address}\"\n}}\n", web.address));
        let ran = case.run_bare(&["init"]).ends(1);
        ran.error("Failed to fetch source").says(&why);
        assert!(!case.path(".terraform/modules/m").exists());
    }
    assert!(!case.path("evil.tf").exists());
}

#[test]
fn a_bucket_of_the_sandbox() {
    let case = Case::new(&[]);
    case.aws(
        "s3",
        "CreateBucket",
        json!({"Bucket": "modules", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
    );
    let put = |key: &str, bytes: &[u8]| {
        let body = base64::engine::general_purpose::STANDARD.encode(bytes);
        case.aws("s3", "PutObject", json!({"Bucket": "modules", "Key": key, "Body": body}));
    };
    put("net/1.zip", &zip(&[("m/main.tf", &saying("zip"))]));
    put("plain/main.tf", saying("objects").as_bytes());
    put("plain/sub/extra.txt", b"x");
    case.write(
        "main.tf",
        "module \"a\" {\n  source = \"s3::https://s3-eu-west-1.amazonaws.com/modules/net/1.zip//m\"\n}\nmodule \"b\" {\n  source = \"modules.s3.eu-west-1.amazonaws.com/plain\"\n}\noutput \"all\" {\n  value = [module.a.what, module.b.what]\n}\n",
    );
    case.run(&["init"]).ok();
    case.run(&["apply", "-auto-approve"]).ok().says("\"zip\", \"objects\"");
    assert!(case.path(".terraform/modules/b/sub/extra.txt").is_file());
    case.edit("main.tf", "net/1.zip", "net/2.zip");
    let found = case.run(&["init"]).ends(1).error("Failed to fetch source");
    found.says("the bucket modules has no object net/2.zip");
}

/// The folder that a unit's module runs in.
fn working(case: &Case, unit: &str) -> std::path::PathBuf {
    let cache = case.path(unit).join(".terragrunt-cache");
    let one = |folder: &std::path::Path| std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    one(&one(&cache))
}

#[test]
fn a_unit_s_source_changes_its_version() {
    let case = Case::new(&[]);
    let repository = Repository::new(&case.path("repos"), "net");
    repository.commit(&[("m/main.tf", &saying("one")), ("m/old.tf", ""), ("m/.hidden", "")], "v1");
    let unit = |more: &str| format!("terraform {{\n  source = \"{}//m?ref=v1\"\n}}\n{more}", repository.address());
    case.write("app/terragrunt.hcl", &unit(""));
    let app = |args: &[&str]| case.run(&[&["--working-dir", "app", "--non-interactive"], args].concat());
    app(&["apply", "-auto-approve"])
        .ok()
        .says("Downloading Terraform configurations from git::file://")
        .says("what = \"one\"");
    let copy = working(&case, "app");
    // base64 of the SHA-1 of `ref=v1`.
    let version = std::fs::read_to_string(copy.join(".terragrunt-source-version")).unwrap();
    assert_eq!(version, "vN4PpUkEyKNU3wFbbsRUcBD8YLI");
    assert!(copy.join("m/.hidden").is_file() && copy.join("m/terragrunt.hcl").is_file());
    assert!(!copy.join("m/.terragrunt-init-required").exists());
    // The same version is not asked for again, wherever it comes from.
    std::fs::rename(&repository.bare, case.path("away")).unwrap();
    let ran = app(&["plan"]).ok();
    assert!(!ran.err.contains("Downloading"), "{ran}");
    std::fs::rename(case.path("away"), &repository.bare).unwrap();
    // Another version takes the place of the old files, and the state stays.
    std::fs::remove_file(case.path("repos/net-work/m/old.tf")).unwrap();
    repository.commit(&[("m/main.tf", &saying("two"))], "v2");
    case.edit("app/terragrunt.hcl", "ref=v1", "ref=v2");
    app(&["plan"]).ok().says("Downloading").says("what = \"one\" -> \"two\"").says("no resource does");
    assert!(!copy.join("m/old.tf").exists() && copy.join("m/terraform.tfstate").is_file());
}

#[test]
fn sources_from_outside() {
    let case = Case::new(&[]);
    let repository = Repository::new(&case.path("repos"), "net");
    repository.commit(&[("m/main.tf", &saying("git")), ("n/main.tf", &saying("git n"))], "v1");
    for (unit, sub) in [("a", "m"), ("b", "n")] {
        let text = format!("terraform {{\n  source = \"{}//{sub}?ref=v1\"\n}}\n", repository.address());
        case.write(&format!("live/{unit}/terragrunt.hcl"), &text);
        case.write(&format!("local/{sub}/main.tf"), &saying(&format!("local {sub}")));
    }
    let local = case.path("local").display().to_string();
    let one = |args: &[&str]| case.run(&[&["--working-dir", "live/a", "--non-interactive"], args].concat());
    one(&["plan", "--source", &format!("{local}//m")]).ok().says("what = \"local m\"");
    let map = format!("{}={local}", repository.address());
    one(&["plan", "--source-map", &map]).ok().says("what = \"local m\"");
    one(&["plan"]).ok().says("what = \"git\"");
    // Of a tag that moved nothing is known until it is asked for.
    repository.commit(&[("m/main.tf", &saying("moved"))], "v1");
    one(&["plan"]).ok().says("what = \"git\"");
    one(&["plan", "--source-update"]).ok().says("what = \"moved\"");
    let all = |args: &[&str]| case.run(&[&["--working-dir", "live", "--non-interactive"], args].concat());
    all(&["run", "--all", "plan", "--source", &local]).ok().says("\"local m\"").says("\"local n\"");
    all(&["run", "--all", "plan", "--source-map", &map]).ok().says("\"local m\"").says("\"local n\"");
}

#[test]
fn ten_units_fetch_a_module_once() {
    let case = Case::new(&[]);
    let web = WebServer::new();
    web.page("/m.zip", 200, &[], &zip(&[("m/main.tf", &saying("x"))]));
    web.module("acme/net/aws", &[("1.0.0", "/m.zip//m"), ("1.1.0", "/m.zip//m")]);
    case.write("cli.tfrc", &web.cli_config());
    for n in 0..10 {
        let source = match n % 2 {
            0 => format!("source = \"{}/m.zip//m\"", web.address),
            _ => "source  = \"tfr://reg.example.com/acme/net/aws\"\n  version = \"~> 1.0\"".to_owned(),
        };
        case.write(&format!("live/u{n}/terragrunt.hcl"), &format!("terraform {{\n  {source}\n}}\n"));
    }
    let run = |args: &[&str]| with_registry(&case, &[&["--working-dir", "live", "--non-interactive"], args].concat());
    run(&["run", "--all", "plan"]).ok().says("Succeeded 10");
    // Once by its name, and once where the registry leads.
    assert!(web.count("/m.zip") <= 2, "{}", web.count("/m.zip"));
    assert_eq!(web.count("/v1/modules/acme/net/aws/versions"), 1);
    assert_eq!(web.count("/v1/modules/acme/net/aws/1.1.0/download"), 1);
}

#[test]
fn many_processes_fetch_a_repository_once() {
    let case = Case::new(&[]);
    let repository = Repository::new(&case.path("repos"), "net");
    repository.commit(&[("m/main.tf", &saying("x"))], "v1");
    let running: Vec<_> = (0..4)
        .map(|n| {
            let text = format!("module \"m\" {{\n  source = \"{}//m?ref=v1\"\n}}\n", repository.address());
            case.write(&format!("p{n}/main.tf"), &text);
            case.command(&[&format!("-chdir=p{n}"), "init"]).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut process in running {
        assert!(process.wait().unwrap().success());
    }
    let trees = case.folder().parent().unwrap().join(".cache/craton/sources/v1/tree");
    assert_eq!(std::fs::read_dir(trees).unwrap().count(), 1);
}

#[test]
fn a_unit_whose_source_cannot_be_had() {
    let case = Case::new(&[]);
    let repository = Repository::new(&case.path("repos"), "net");
    repository.commit(&[("m/main.tf", &saying("x"))], "v1");
    let plan = |source: &str| {
        case.write("app/terragrunt.hcl", &format!("terraform {{\n  source = \"{source}\"\n}}\n"));
        let ran = case.run(&["--working-dir", "app", "--non-interactive", "plan"]).ends(1);
        assert!(!case.path("app/terraform.tfstate").exists());
        ran
    };
    let git = repository.address();
    let refused = |source: &str, summary: &str, why: &str| {
        let found = plan(source).error(summary).says(why);
        assert_eq!(found.place.as_deref(), Some("app/terragrunt.hcl line 2"), "{found:#?}");
        let shown = found.underlined.unwrap();
        assert!(shown.starts_with(&format!("\"{}", &source[..8])), "{shown}");
    };
    let failed = "Failed to fetch source";
    refused(&format!("{git}//none?ref=v1"), failed, "what was fetched has no folder none");
    refused(&format!("{git}//m?ref=v9"), failed, "no branch, tag or commit \"v9\"");
    refused("git::file:///nowhere.git//m", failed, "git ls-remote failed");
    refused("oci::registry.example.com/x", failed, "does not fetch oci sources");
    refused("tfr:///acme/net/aws?version=~> 1.0", "Invalid terraform.source", "is no version such as 1.2.3");
}

#[test]
fn a_fetch_that_is_killed_leaves_nothing_half_done() {
    let case = Case::new(&[]);
    let web = WebServer::new();
    // Without anything to squeeze out of it, so that half of it is half of the file.
    let filler: String =
        (0..20_000u32).map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 27) as u8 % 26)).collect();
    web.page("/m.zip", 200, &[], &zip(&[("main.tf", &saying("whole")), ("filler", &filler)]));
    case.write("app/terragrunt.hcl", &format!("terraform {{\n  source = \"{}/m.zip\"\n}}\n", web.address));
    let args = ["--working-dir", "app", "--non-interactive", "plan"];
    web.stop_half_way("/m.zip");
    let mut command = case.command(&args);
    let mut running = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    web.stopped();
    running.kill().unwrap();
    running.wait().unwrap();
    let trees = case.folder().parent().unwrap().join(".cache/craton/sources/v1/tree");
    assert_eq!(std::fs::read_dir(&trees).unwrap().count(), 0);
    assert!(case.everything().iter().all(|(path, _)| !path.ends_with("main.tf")));
    case.run_bare(&args).ok().says("what = \"whole\"");
    assert_eq!(std::fs::read_dir(&trees).unwrap().count(), 1);
}

#[test]
fn git_is_the_one_that_people_have_set_up() {
    let case = Case::new(&[]);
    let repository = Repository::new(&case.path("repos"), "net");
    repository.commit(&[("m/main.tf", &saying("here"))], "v1");
    let folder = repository.bare.parent().unwrap().display().to_string();
    let settings = format!("[url \"file://{folder}/\"]\n\tinsteadOf = https://git.example.com/acme/\n");
    std::fs::write(case.folder().parent().unwrap().join(".gitconfig"), settings).unwrap();
    let source = "git::https://git.example.com/acme/net.git//m?ref=v1";
    case.write("app/terragrunt.hcl", &format!("terraform {{\n  source = \"{source}\"\n}}\n"));
    let ran = case.run_bare(&["--working-dir", "app", "--non-interactive", "plan"]).ok();
    ran.says("what = \"here\"");
}

#[test]
fn modules_of_a_unit_are_fetched_where_it_runs() {
    let case = Case::new(&[]);
    let repository = Repository::new(&case.path("repos"), "net");
    repository.commit(&[("m/main.tf", &saying("one"))], "v1");
    case.write("app/terragrunt.hcl", "");
    let call = format!("module \"m\" {{\n  source = \"{}//m\"\n}}\n", repository.address());
    case.write("app/main.tf", &format!("{call}output \"what\" {{\n  value = module.m.what\n}}\n"));
    let app = |args: &[&str]| case.run_bare(&[&["--working-dir", "app", "--non-interactive"], args].concat());
    app(&["get"]).ok().says("- m in .terraform/modules/m/m");
    assert!(!case.path("app/.terraform").exists() && working(&case, "app").join(".terraform/modules/m").is_dir());
    repository.commit(&[("m/main.tf", &saying("two"))], "v2");
    app(&["plan"]).ok().says("what = \"one\"");
    app(&["get", "-update"]).ok();
    app(&["plan"]).ok().says("what = \"two\"");
}
