//! Flags, the environment, exit codes and help of the command line.

use crate::case::Case;

const MAIN: &str = "variable \"x\" {\n  default = \"hi\"\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.x\n}\n\noutput \"x\" {\n  value = var.x\n}\n";

fn main_tf() -> Case {
    Case::new(&[("main.tf", MAIN)])
}

#[test]
fn a_command_that_is_none_gets_a_suggestion() {
    let case = main_tf();
    case.run_bare(&["plna"]).ends(1).says("a similar subcommand exists: 'plan'");
    case.run_bare(&["state", "lits"]).ends(1).says("'list'");
    case.run_bare(&["plan", "-destory"]).ends(1).says("'--destroy'");
    case.run_bare(&["graph", "-type=pln"]).ends(1).error("Unsupported graph type").says("Did you mean \"plan\"?");
    case.run_bare(&[]).ends(127).says("Usage: craton");
    case.run_bare(&["-version"]).ok().says("for Terraform v1.11.4");
}

#[test]
fn every_command_has_help() {
    let case = main_tf();
    let commands = [
        "apply",
        "console",
        "destroy",
        "fmt",
        "force-unlock",
        "get",
        "graph",
        "import",
        "init",
        "login",
        "logout",
        "metadata functions",
        "modules",
        "output",
        "plan",
        "providers",
        "providers lock",
        "providers mirror",
        "providers schema",
        "refresh",
        "show",
        "state",
        "state list",
        "state mv",
        "state pull",
        "state push",
        "state replace-provider",
        "state rm",
        "state show",
        "taint",
        "untaint",
        "validate",
        "version",
        "workspace",
        "workspace delete",
        "workspace list",
        "workspace new",
        "workspace select",
        "workspace show",
    ];
    for command in commands {
        let args: Vec<&str> = command.split(' ').chain(["-help"]).collect();
        case.run_bare(&args).ok().says(&format!("Usage: craton {command}"));
    }
}

#[test]
fn another_folder_is_named_before_the_command() {
    let case = Case::new(&[("in/main.tf", MAIN)]);
    case.run_bare(&["-chdir=in", "validate"]).ok();
    case.run_bare(&["validate", "-chdir=in"]).ends(1).says("write it before the command's name");
    case.run_bare(&["-chdir", "in", "validate"]).ends(1).says("equal sign is needed");
    case.run_bare(&["-chdir=nowhere", "version"]).ends(1).says("There is no folder nowhere");
}

#[test]
fn arguments_come_from_the_environment_too() {
    let case = main_tf();
    let run = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = case.command(args);
        command.envs(env.iter().copied());
        case.finish(command)
    };
    run(&["plan"], &[("TF_CLI_ARGS_plan", "-out=p -var 'x=a b'")]).ok().says("input = \"a b\"");
    assert!(case.path("p").is_file());
    // What is typed counts.
    run(&["plan", "-out=q"], &[("TF_CLI_ARGS", "-out=r")]).ok();
    assert!(case.path("q").is_file() && !case.path("r").exists());
    run(&["workspace", "list"], &[("TF_CLI_ARGS_workspace_list", "-bogus")]).ends(1).says("--bogus");
    run(&["workspace", "list"], &[("TF_CLI_ARGS_workspace", "-bogus")]).ok();
    run(&["plan"], &[("TF_CLI_ARGS", "'open")]).ends(1).says("TF_CLI_ARGS holds a quote that does not end");
    run(&["workspace", "show"], &[("TF_WORKSPACE", "blue")]).ok().says("blue");
    run(&["plan"], &[("TF_WORKSPACE", "a b/c")]).ends(1).error("Invalid workspace name").says("TF_WORKSPACE");
    run(&["apply"], &[("TF_INPUT", "0")]).ends(1).error("Approval is needed");
}

#[test]
fn replacements_are_for_normal_plans() {
    let case = main_tf();
    for mode in ["-destroy", "-refresh-only"] {
        let args = ["plan", mode, "-replace=terraform_data.a"];
        case.run_bare(&args).ends(1).error("Incompatible options").says("-replace");
    }
}

#[test]
fn a_log_tells_what_is_done_and_no_values() {
    let case = main_tf();
    let mut command = case.command(&["plan", "-var", "x=hunter2", "-out=p"]);
    command.env("TF_LOG", "debug").env("TF_LOG_PATH", case.path("log"));
    case.finish(command).ok();
    let log = case.read("log");
    assert!(
        log.contains("[INFO] arguments: plan --var=x=... --out=p") && log.contains("workspace \"default\""),
        "{log}"
    );
    assert!(!log.contains("hunter2"), "{log}");
    let mut command = case.command(&["version"]);
    command.env("TF_LOG", "off");
    assert_eq!(case.finish(command).ok().err, "");
}

#[test]
fn an_apply_without_changes_needs_no_approval() {
    let case = main_tf();
    case.run_bare(&["apply", "-input=false"]).ends(1).error("Approval is needed");
    case.run_bare(&["apply", "-auto-approve"]).ok();
    case.run_bare(&["apply", "-input=false"]).ok();
}

#[test]
fn what_is_no_login_says_what_to_do_instead() {
    let case = main_tf();
    case.run_bare(&["login"]).ends(1).error("Login is not supported").says("set TF_TOKEN_app_terraform_io to it");
    case.run_bare(&["logout", "example.com"]).ends(1).error("Logout is not supported").says("example.com");
}

#[test]
fn who_names_a_folder_of_the_sandbox_means_the_sandbox() {
    let case = Case::new(&[(
        "main.tf",
        "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n\ndata \"aws_caller_identity\" \"it\" {\n}\n\noutput \"account\" {\n  value = data.aws_caller_identity.it.account_id\n}\n",
    )]);
    let folder = case.path("elsewhere");
    let folder = folder.to_str().unwrap();
    case.run_bare(&["--sandbox-folder", folder, "plan"]).ok().says("123456789012");
    case.run_bare(&["plan", &format!("-sandbox-folder={folder}")]).ok().says("123456789012");
    // The variable says where the sandbox is, not that it is meant.
    case.run_bare(&["plan"]).ends(1).error("No usable AWS credentials");
}
