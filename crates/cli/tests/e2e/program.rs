//! Programs around units: `exec`, and the one that gives credentials.

use crate::case::Case;
use crate::many::{MODULE, unit};

#[test]
fn exec_has_the_inputs() {
    let case = Case::new(&[("u/terragrunt.hcl", "inputs = {\n  text = \"a b\"\n  list = [1, 2]\n  none = null\n}\n")]);
    let script = "echo \"$TF_VAR_text|$TF_VAR_list|${TF_VAR_none-unset}|$(basename $PWD)\"";
    case.run(&["--working-dir", "u", "exec", "--", "sh", "-c", script]).ok().says("a b|[1,2]|unset|u");
    // Without the dashes, what follows is the program's all the same.
    case.run(&["--working-dir", "u", "exec", "sh", "-c", "echo $TF_VAR_text --all"]).ok().says("a b --all");
    let out = case.run(&["--working-dir", "u", "exec", "--in-download-dir", "--", "pwd"]).ok().out;
    assert!(out.contains("/u/.terragrunt-cache/"), "{out}");
    case.run(&["--working-dir", "u", "exec", "--", "sh", "-c", "exit 7"]).ends(7);
    case.run(&["--working-dir", "u", "exec", "--", "no-such-program"]).ends(1).error("Program did not start");
}

#[test]
fn exec_runs_between_hooks() {
    let hooks = r#"
terraform {
  before_hook "b" {
    commands = ["sh"]
    execute  = ["echo", "BEFORE"]
  }
  after_hook "a" {
    commands = ["sh"]
    execute  = ["echo", "AFTER"]
  }
}
"#;
    let case = Case::new(&[("u/terragrunt.hcl", hooks)]);
    case.run(&["--working-dir", "u", "exec", "--", "sh", "-c", "true"]).ok().says("BEFORE").says("AFTER");
    case.run(&["--working-dir", "u", "exec", "--", "true"]).ok();
}

/// A program that gives credentials, with one argument.
fn provider(case: &Case, answer: &str) -> String {
    case.write("give.sh", &format!("echo called >> $1\ncat <<'END'\n{answer}\nEND\n"));
    format!("sh {} {}", case.path("give.sh").display(), case.path("calls").display())
}

#[test]
fn credentials_come_from_a_program() {
    let case = Case::new(&[("modules/m/main.tf", MODULE)]);
    let more = "inputs = { text = get_env(\"GIVEN\") }\n";
    case.write("live/a/terragrunt.hcl", &unit(&[], more));
    case.write("live/b/terragrunt.hcl", &unit(&["a"], more));
    let answer =
        r#"{"awsCredentials": {"ACCESS_KEY_ID": "AK", "SECRET_ACCESS_KEY": "SK"}, "envs": {"GIVEN": "by program"}}"#;
    let program = provider(&case, answer);
    let run = |more: &[&str]| {
        case.run(&[&["--working-dir", "live", "--auth-provider-cmd", &program, "--non-interactive"], more].concat())
    };
    run(&["run", "--all", "apply"]).ok().says("text = \"by program\"");
    // Once for each unit.
    assert_eq!(case.read("calls").lines().count(), 2);
    let script = "echo $AWS_ACCESS_KEY_ID $GIVEN";
    case.run(&["--working-dir", "live/a", "--auth-provider-cmd", &program, "exec", "--", "sh", "-c", script])
        .ok()
        .says("AK by program");
    case.run(&["--working-dir", "live/a", "plan"]).ends(1).says("the environment variable GIVEN is not set");
}

#[test]
fn a_program_that_gives_none_is_an_error() {
    let case = Case::new(&[("u/terragrunt.hcl", ""), ("u/main.tf", "")]);
    for (answer, why) in [
        ("", "wrote nothing"),
        ("secret-text", "is not valid JSON"),
        (r#"{"awsRole": {}}"#, "awsRole.roleARN is missing"),
    ] {
        let program = provider(&case, answer);
        let ran = case.run(&["--working-dir", "u", "--auth-provider-cmd", &program, "plan"]).ends(1);
        assert!(!ran.err.contains("secret-text"), "{ran}");
        ran.error("No credentials").says(why);
    }
}
