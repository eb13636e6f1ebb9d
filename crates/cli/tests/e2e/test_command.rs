//! `test`: runs, assertions, expected failures, overrides, mocks, and what is left of them. What is said and how it ends
//! was compared with what Terraform 1.11.4 says of the same files.

use crate::case::{Case, Ran};
use serde_json::Value;

const MODULE: &str = r#"
variable "name" {
  default = "x"
  validation {
    condition     = var.name != "invalid"
    error_message = "That name is invalid."
  }
}
resource "terraform_data" "this" {
  input = var.name
  lifecycle {
    precondition {
      condition     = var.name != "pre"
      error_message = "Not that one."
    }
    postcondition {
      condition     = self.output != "post"
      error_message = "Not afterwards."
    }
  }
}
check "name" {
  assert {
    condition     = var.name != "check"
    error_message = "The check failed."
  }
}
output "name" {
  value = terraform_data.this.output
}
output "secret" {
  value     = "hunter2"
  sensitive = true
}
"#;

const CHILD: &str = r#"
variable "name" {}
resource "terraform_data" "c" {
  input = var.name
}
output "out" {
  value = terraform_data.c.output
}
output "size" {
  value = 1
}
"#;

const PARENT: &str = r#"
variable "name" {
  default = "x"
}
module "child" {
  source = "./child"
  name   = var.name
}
resource "terraform_data" "a" {
  input = module.child.out
}
data "terraform_remote_state" "other" {
  backend = "local"
  config  = { path = "nowhere.tfstate" }
}
output "o" {
  value = terraform_data.a.output
}
output "id" {
  value = terraform_data.a.id
}
output "child" {
  value = module.child
}
output "other" {
  value = data.terraform_remote_state.other.outputs
}
"#;

/// The remote state does not exist, so that every test of the parent shows that it is overridden.
const NO_REMOTE_STATE: &str =
    "override_data {\n  target = data.terraform_remote_state.other\n  values = { outputs = { x = \"there\" } }\n}\n";

fn assert_that(condition: &str) -> String {
    format!("  assert {{\n    condition     = {condition}\n    error_message = \"It does not hold.\"\n  }}\n")
}

/// Runs one test file on the module.
fn tested(text: &str) -> Ran {
    Case::new(&[("main.tf", MODULE), ("main.tftest.hcl", text)]).run_bare(&["test"])
}

/// Runs one test file on the parent and its child.
fn parent_tested(text: &str) -> Ran {
    let text = format!("{NO_REMOTE_STATE}{text}");
    let files = [("main.tf", PARENT), ("child/main.tf", CHILD), ("main.tftest.hcl", text.as_str())];
    Case::new(&files).run_bare(&["test"])
}

#[test]
fn passing_files_in_both_folders() {
    let case = Case::new(&[
        ("main.tf", MODULE),
        (
            "main.tftest.hcl",
            &format!(
                "run \"first\" {{\n{}}}\nrun \"second\" {{\n  command = plan\n{}}}\n",
                assert_that("output.name == \"x\""),
                assert_that("terraform_data.this.input == \"x\"")
            ),
        ),
        (
            "tests/more.tftest.json",
            r#"{"run": {"json": {"variables": {"name": "j"}, "assert": {"condition": "${output.name == \"j\"}", "error_message": "no"}}}}"#,
        ),
    ]);
    let ran = case.run_bare(&["test"]).ok();
    assert_eq!(
        ran.out,
        "main.tftest.hcl... in progress\n  run \"first\"... pass\n  run \"second\"... pass\nmain.tftest.hcl... tearing down\nmain.tftest.hcl... pass\n\
         tests/more.tftest.json... in progress\n  run \"json\"... pass\ntests/more.tftest.json... tearing down\ntests/more.tftest.json... pass\n\
         \nSuccess! 3 passed, 0 failed.\n"
    );
    assert!(!case.path("terraform.tfstate").exists(), "tests keep no state");
}

#[test]
fn a_failed_assertion_shows_values_and_later_runs_go_on() {
    let text = format!(
        "run \"bad\" {{\n{}}}\nrun \"good\" {{\n{}}}\n",
        assert_that("output.name == \"other\" && var.name == \"x\""),
        assert_that("output.name == \"x\"")
    );
    let ran = tested(&text).ends(1).says_in_order(&[
        "run \"bad\"... fail",
        "run \"good\"... pass",
        "Failure! 1 passed, 1 failed.",
    ]);
    ran.error("Test assertion failed")
        .says("output.name is \"x\"")
        .says("It does not hold.")
        .at("main.tftest.hcl line 3", "output.name == \"other\" && var.name == \"x\"");
}

#[test]
fn an_error_skips_the_runs_after_it_and_still_tears_down() {
    let case = Case::new(&[
        (
            "main.tf",
            "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    when    = destroy\n    command = \"echo gone > gone.txt\"\n  }\n}\nresource \"terraform_data\" \"b\" {\n  depends_on = [terraform_data.a]\n  provisioner \"local-exec\" {\n    command = \"exit 3\"\n  }\n}\n",
        ),
        ("main.tftest.hcl", "run \"breaks\" {}\nrun \"never\" {}\n"),
        ("other.tftest.hcl", "run \"plans\" {\n  command = plan\n}\n"),
    ]);
    let ran = case.run_bare(&["test"]).ends(1).says_in_order(&[
        "run \"breaks\"... fail",
        "run \"never\"... skip",
        "main.tftest.hcl... tearing down",
        "main.tftest.hcl... fail",
        "run \"plans\"... pass",
        "Failure! 1 passed, 1 failed, 1 skipped.",
    ]);
    ran.error("local-exec provisioner error");
    assert_eq!(case.read("gone.txt"), "gone\n");
}

#[test]
fn what_cannot_be_destroyed_is_named() {
    let case = Case::new(&[
        (
            "main.tf",
            "resource \"terraform_data\" \"stays\" {\n  provisioner \"local-exec\" {\n    when    = destroy\n    command = \"exit 3\"\n  }\n}\nresource \"terraform_data\" \"goes\" {}\n",
        ),
        ("main.tftest.hcl", "run \"makes\" {}\n"),
    ]);
    case.run_bare(&["test"])
        .ends(1)
        .says("could not destroy all that main.tftest.hcl/makes made")
        .says("- terraform_data.stays")
        .says_in_order(&["run \"makes\"... pass", "main.tftest.hcl... fail", "Failure! 1 passed, 0 failed."]);
    let stream = messages(&case.run_bare(&["test", "-json"]).ends(1));
    let left = stream.iter().find(|m| m["type"] == "test_cleanup").unwrap();
    assert_eq!(left["test_cleanup"]["failed_resources"], serde_json::json!([{"instance": "terraform_data.stays"}]));
}

#[test]
fn variables_go_from_outside_over_the_file_to_the_run() {
    let show = |names: &str| assert_that(&format!("\"{names}\" == \"\""));
    let text = format!(
        "variables {{\n  name  = var.extra\n  other = upper(\"o\")\n}}\nrun \"file\" {{\n{}}}\nrun \"run\" {{\n  variables {{\n    name = \"${{run.file.name}}-${{var.other}}\"\n    mine = \"m\"\n    idle = 1\n  }}\n{}}}\n",
        show("${var.name} ${var.extra} ${var.other}"),
        show("${var.name} ${var.mine} ${run.file.secret}")
    );
    let case = Case::new(&[
        ("main.tf", MODULE),
        ("terraform.tfvars", "name = \"t\"\nextra = \"e\"\n"),
        ("main.tftest.hcl", &text),
    ]);
    let ran = case.run_bare(&["test"]).ends(1);
    for value in
        ["var.name is \"e\"", "var.extra is \"e\"", "var.other is \"O\"", "var.name is \"e-O\"", "var.mine is \"m\""]
    {
        assert!(ran.err.contains(value), "{value}\n{ran}");
    }
    assert!(!ran.err.contains("hunter2"), "{ran}");
    ran.says("run.file.secret is sensitive").error("Value for undeclared variable").says("idle");
}

#[test]
fn the_command_line_and_the_tests_own_variable_file() {
    let text = format!("run \"a\" {{\n{}}}\n", assert_that("output.name == \"\""));
    let case = Case::new(&[
        ("main.tf", MODULE),
        ("main.tftest.hcl", &text),
        ("tests/in.tftest.hcl", &text),
        ("tests/terraform.tfvars", "name = \"from-tests\"\n"),
    ]);
    let ran = case.run_bare(&["test", "-var", "name=typed"]).ends(1);
    ran.says_in_order(&["output.name is \"typed\"", "output.name is \"from-tests\""]);
    case.write("more.tfvars", "name = \"from-file\"\n");
    case.run_bare(&["test", "-var-file=more.tfvars", "-filter=main.tftest.hcl"])
        .ends(1)
        .says("output.name is \"from-file\"");
}

#[test]
fn what_variables_cannot_refer_to() {
    tested("run \"a\" {\n  variables {\n    name = run.b.name\n  }\n}\nrun \"b\" {}\n")
        .ends(1)
        .error("Reference to unavailable run block")
        .at("main.tftest.hcl line 3", "run.b.name")
        .says("was not made yet");
    tested("variables {\n  name = run.a.name\n}\nrun \"a\" {}\n")
        .ends(1)
        .error("Invalid reference")
        .says("the same for all its runs");
    tested("run \"a\" {\n  variables {\n    name = terraform_data.this.id\n  }\n}\n")
        .ends(1)
        .error("Invalid reference");
    tested("run \"a\" {\n  command = plan\n}\nrun \"b\" {\n  variables {\n    name = run.a.name\n  }\n}\n")
        .ends(1)
        .error("Reference to unknown value");
    tested("run \"a\" {\n  variables {\n    name = var.nope\n  }\n}\n")
        .ends(1)
        .error("Reference to unavailable variable");
    let needs = "variable \"needed\" {}\n";
    let case = Case::new(&[("main.tf", needs), ("main.tftest.hcl", "run \"a\" {}\n")]);
    case.run_bare(&["test"])
        .ends(1)
        .error("No value for required variable")
        .at("main.tf line 1", "variable \"needed\"");
}

#[test]
fn conditions_that_are_no_answer() {
    let of = |condition: &str| {
        tested(&format!("run \"a\" {{\n  command = plan\n{}}}\nrun \"b\" {{}}\n", assert_that(condition)))
            .ends(1)
            .says("run \"b\"... skip")
    };
    of("output.name == \"x\"").error("Unknown condition value").says("override_during = plan");
    of("var.name").error("Invalid condition run");
    of("output.none == 1").error("Reference to undeclared output value");
    of("local.none == 1").error("Reference to undeclared local value");
    of("terraform_data.none.id == 1").error("Reference to undeclared resource");
    // What is known in part is null where it is not, as in Terraform.
    let whole = "resource \"terraform_data\" \"a\" {}\noutput \"whole\" {\n  value = terraform_data.a\n}\n";
    let text = format!("run \"a\" {{\n  command = plan\n{}}}\n", assert_that("output.whole.id == null"));
    Case::new(&[("main.tf", whole), ("main.tftest.hcl", &text)]).run_bare(&["test"]).ok();
}

#[test]
fn failures_that_are_expected() {
    let run = |command: &str, name: &str, expected: &str| {
        format!(
            "run \"{name}\" {{\n  command = {command}\n  variables {{\n    name = \"{name}\"\n  }}\n  expect_failures = [{expected}]\n}}\n"
        )
    };
    let all = [
        run("plan", "invalid", "var.name"),
        run("plan", "pre", "terraform_data.this"),
        run("plan", "check", "check.name"),
        run("apply", "check_", "check.name").replace("\"check_\"", "\"check\"").replacen(
            "run \"check\"",
            "run \"applied\"",
            1,
        ),
        run("apply", "post", "terraform_data.this"),
    ];
    tested(&all.concat()).ok().says("5 passed, 0 failed.");
}

#[test]
fn failures_that_are_not_as_expected() {
    let ran = tested("run \"a\" {\n  expect_failures = [check.name, output.name]\n}\nrun \"b\" {}\n").ends(1);
    ran.error("Missing expected failure").at("main.tftest.hcl line 2", "check.name");
    ran.says("output.name was expected to fail").says("run \"b\"... skip");

    // An apply has nothing to show for a failure that comes before it.
    let ran =
        tested("run \"a\" {\n  variables {\n    name = \"pre\"\n  }\n  expect_failures = [terraform_data.this]\n}\n")
            .ends(1);
    ran.error("Expected failure while planning").says("command = plan");
    ran.error("Resource precondition failed");

    // A check that nobody expects to fail is a failure.
    tested("run \"a\" {\n  variables {\n    name = \"check\"\n  }\n}\n").ends(1).error("Check block assertion failed");
    let module = "resource \"terraform_data\" \"a\" {}\ncheck \"c\" {\n  assert {\n    condition     = terraform_data.a.id != \"\"\n    error_message = \"no\"\n  }\n}\n";
    let case = Case::new(&[("main.tf", module), ("main.tftest.hcl", "run \"a\" {\n  command = plan\n}\n")]);
    case.run_bare(&["test"])
        .ends(1)
        .error("Check block assertion known after apply")
        .at("main.tf line 4", "terraform_data.a.id != \"\"");
    // One that a plan leaves open has not held, so it can be expected not to.
    let expecting = "run \"a\" {\n  command = plan\n  expect_failures = [check.c]\n}\n";
    Case::new(&[("main.tf", module), ("main.tftest.hcl", expecting)]).run_bare(&["test"]).ok().says("1 passed");
}

#[test]
fn a_folder_with_tests_alone() {
    let run = "run \"a\" {\n  module {\n    source = \"./m\"\n  }\n  assert {\n    condition     = output.o == 1\n    error_message = \"no\"\n  }\n}\nrun \"b\" {}\n";
    let case = Case::new(&[("all.tftest.hcl", run), ("m/main.tf", "output \"o\" {\n  value = 1\n}\n")]);
    case.run_bare(&["init"]).ok();
    case.run_bare(&["test"]).ok().says("2 passed, 0 failed.");
    Case::new(&[]).run_bare(&["test"]).ends(1).error("No configuration files");
}

#[test]
fn states_are_shared_by_module_and_key() {
    let first = "run \"first\" {\n  state_key = \"a\"\n}\n";
    let same = |key: &str, condition: &str| {
        format!("run \"later\" {{\n  state_key = \"{key}\"\n{}}}\n", assert_that(condition))
    };
    let module = "resource \"terraform_data\" \"a\" {}\noutput \"id\" {\n  value = terraform_data.a.id\n}\n";
    let run = |text: String| Case::new(&[("main.tf", module), ("main.tftest.hcl", &text)]).run_bare(&["test"]);
    run(format!("{first}{}", same("a", "output.id == run.first.id"))).ok();
    run(format!("{first}{}", same("b", "output.id != run.first.id"))).ok();
}

#[test]
fn runs_of_other_modules() {
    let setup = "variable \"in\" {\n  default = \"s\"\n}\nresource \"terraform_data\" \"setup\" {\n  input = var.in\n}\noutput \"name\" {\n  value = terraform_data.setup.output\n}\noutput \"id\" {\n  value = terraform_data.setup.id\n}\noutput \"path\" {\n  value = path.module\n}\n";
    let text = format!(
        "run \"setup\" {{\n  module {{\n    source = \"./tests/setup\"\n  }}\n{}}}\nrun \"main\" {{\n  variables {{\n    name = run.setup.name\n  }}\n{}}}\nrun \"again\" {{\n  module {{\n    source = \"./tests/setup\"\n  }}\n{}}}\n",
        assert_that("output.path == \"tests/setup\""),
        assert_that("output.name == \"s\""),
        assert_that("output.id == run.setup.id")
    );
    let case = Case::new(&[("main.tf", MODULE), ("tests/setup/main.tf", setup), ("tests/main.tftest.hcl", &text)]);
    case.run_bare(&["test"]).ok().says("3 passed");
    case.run_bare(&["init"]).ok().says("- test.tests.main.setup in tests/setup");
    assert!(case.read(".terraform/modules/modules.json").contains("test.tests.main.again"));
    // Each state is destroyed, the one that was changed last first.
    let stream = messages(&case.run_bare(&["test", "-json"]).ok());
    let torn: Vec<&str> = stream
        .iter()
        .filter(|m| m["test_run"]["progress"] == "teardown")
        .map(|m| m["@testrun"].as_str().unwrap())
        .collect();
    assert_eq!(torn, ["again", "main"]);
    case.edit(
        "tests/main.tftest.hcl",
        "source = \"./tests/setup\"\n  }\n  assert {\n    condition     = output.path",
        "source = \"./nowhere\"\n  }\n  assert {\n    condition     = output.path",
    );
    case.run_bare(&["test"])
        .ends(1)
        .error("Unreadable module directory")
        .at("tests/main.tftest.hcl line 3", "\"./nowhere\"");
    case.run_bare(&["validate"]).ends(1).error("Unreadable module directory");
}

#[test]
fn plan_options() {
    let text = format!(
        "run \"all\" {{}}\nrun \"limited\" {{\n  command = plan\n  plan_options {{\n    target  = [module.child]\n    replace = [module.child.terraform_data.c]\n  }}\n}}\nrun \"refreshed\" {{\n  variables {{\n    name = \"never\"\n  }}\n  plan_options {{\n    mode = refresh-only\n  }}\n{}}}\nrun \"unread\" {{\n  plan_options {{\n    refresh = false\n  }}\n}}\n",
        assert_that("terraform_data.a.output == \"x\"")
    );
    let text = format!("{NO_REMOTE_STATE}{text}");
    let case = Case::new(&[("main.tf", PARENT), ("child/main.tf", CHILD), ("main.tftest.hcl", &text)]);
    case.run_bare(&["test", "-verbose"]).ok().says_in_order(&[
        "run \"limited\"... pass",
        "module.child.terraform_data.c must be replaced, as asked by -replace",
        "Plan: 1 to add, 0 to change, 1 to destroy.",
        "Left out by -target",
    ]);
}

#[test]
fn overridden_resources_and_data_sources() {
    let run =
        |name: &str, more: &str, condition: &str| format!("run \"{name}\" {{\n{more}{}}}\n", assert_that(condition));
    let over = |values: &str| format!("  override_resource {{\n    target = terraform_data.a\n    {values}\n  }}\n");
    let early = over("values = { id = \"early\" }\n    override_during = plan");
    parent_tested(&run(
        "given",
        &over("values = { id = \"i\", input = \"never\" }"),
        "output.id == \"i\" && terraform_data.a.input == \"x\"",
    ))
    .ok();
    parent_tested(&run("made_up", &over(""), "length(output.id) == 8")).ok();
    parent_tested(&run("data", "", "output.other.x == \"there\"")).ok();
    parent_tested(&run("early", &format!("  command = plan\n{early}"), "output.id == \"early\"")).ok();
    // What was planned is what is applied.
    parent_tested(&run("applied", &early, "output.id == \"early\"")).ok();
    parent_tested(&run(
        "late",
        &format!("  command = plan\n{}", over("values = { id = \"late\" }")),
        "output.id == \"late\"",
    ))
    .ends(1)
    .error("Unknown condition value");
    // The run goes before the file.
    let file = "override_resource {\n  target = terraform_data.a\n  values = { id = \"file\" }\n}\n";
    parent_tested(&format!("{file}{}", run("file", "", "output.id == \"file\""))).ok();
    parent_tested(&format!("{file}{}", run("run", &over("values = { id = \"run\" }"), "output.id == \"run\""))).ok();
    parent_tested("run \"none\" {\n  override_resource {\n    target = terraform_data.none\n  }\n}\n")
        .ok()
        .error("Invalid override target");
    parent_tested(
        "override_resource {\n  target = module.child.terraform_data.c\n  values = { id = [] }\n}\nrun \"a\" {}\n",
    )
    .ends(1)
    .error("Failed to compute attribute")
    .says("id");
}

#[test]
fn overridden_modules() {
    let over = "  override_module {\n    target  = module.child\n    outputs = { out = \"fake\", none = 1 }\n  }\n";
    let text = format!(
        "run \"real\" {{}}\nrun \"fake\" {{\n{over}{}}}\nrun \"planned\" {{\n  command = plan\n{over}{}}}\n",
        assert_that("output.o == \"fake\" && output.child.size == null && module.child.out == \"fake\""),
        assert_that("module.child.out == \"fake\"")
    );
    let case = Case::new(&[
        ("main.tf", PARENT),
        ("child/main.tf", CHILD),
        ("main.tftest.hcl", &format!("{NO_REMOTE_STATE}{text}")),
    ]);
    let ran = case.run_bare(&["test", "-verbose"]).ok();
    let (real, fake) = ran.out.split_once("run \"fake\"").unwrap();
    assert!(real.contains("module.child.terraform_data.c") && !fake.contains("module.child.terraform_data.c"), "{ran}");
}

const NETWORK: &str = r#"
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.west]
    }
  }
}
data "aws_region" "here" {}
resource "aws_vpc" "a" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_vpc" "b" {
  provider   = aws.west
  cidr_block = "10.1.0.0/16"
  tags       = { Region = data.aws_region.here.name }
}
output "a" {
  value = aws_vpc.a
}
output "b" {
  value = aws_vpc.b
}
"#;

#[test]
fn mocked_providers_contact_nothing() {
    let mocks = "mock_resource \"aws_vpc\" {\n  defaults = {\n    id  = \"file\"\n    arn = \"file\"\n  }\n}\nmock_data \"aws_region\" {\n  defaults = { name = \"nowhere-1\" }\n}\noverride_resource {\n  target = aws_vpc.b\n  values = { id = \"never: another configuration\" }\n}\n";
    let text = format!(
        "mock_provider \"aws\" {{\n  source = \"./tests/mocks\"\n  mock_resource \"aws_vpc\" {{\n    defaults = {{ id = \"block\" }}\n  }}\n}}\nmock_provider \"aws\" {{\n  alias           = \"west\"\n  override_during = plan\n  override_resource {{\n    target = aws_vpc.b\n    values = {{ arn = \"over\" }}\n  }}\n}}\nrun \"planned\" {{\n  command = plan\n{}}}\nrun \"applied\" {{\n{}}}\n",
        assert_that("output.b.arn == \"over\" && length(output.b.id) == 8 && output.a.id == null"),
        assert_that(
            "output.a.id == \"block\" && length(output.a.arn) == 8 && output.b.arn == \"over\" && output.b.tags.Region == \"nowhere-1\" && output.a.enable_dns_hostnames == false"
        ),
    );
    let case =
        Case::new(&[("main.tf", NETWORK), ("tests/mocks/vpc.tfmock.hcl", mocks), ("tests/main.tftest.hcl", &text)]);
    case.run_bare(&["test"]).ok().says("2 passed");
}

#[test]
fn providers_that_a_run_names() {
    let text = format!(
        "mock_provider \"aws\" {{\n  alias = \"one\"\n  mock_resource \"aws_vpc\" {{\n    defaults = {{ id = \"one\" }}\n  }}\n}}\nmock_provider \"aws\" {{\n  alias = \"two\"\n  mock_resource \"aws_vpc\" {{\n    defaults = {{ id = \"two\" }}\n  }}\n}}\nrun \"named\" {{\n  providers = {{\n    aws      = aws.two\n    aws.west = aws.one\n  }}\n{}}}\n",
        assert_that("output.a.id == \"two\" && output.b.id == \"one\""),
    );
    let case = Case::new(&[("main.tf", NETWORK), ("main.tftest.hcl", &text)]);
    case.run_bare(&["test"]).ok();
    case.edit("main.tftest.hcl", "aws.west = aws.one", "aws.west = aws.three");
    case.run_bare(&["test"]).ends(1).error("Missing provider definition").says("aws.three");
}

#[test]
fn real_providers_are_configured_by_the_test_file() {
    let module = "resource \"aws_vpc\" \"a\" {\n  cidr_block = \"10.0.0.0/16\"\n}\ndata \"aws_region\" \"here\" {}\noutput \"region\" {\n  value = data.aws_region.here.name\n}\n";
    let setup = "output \"region\" {\n  value = \"eu-west-1\"\n}\n";
    let text = format!(
        "provider \"aws\" {{\n  region = run.setup.region\n}}\nrun \"setup\" {{\n  module {{\n    source = \"./setup\"\n  }}\n}}\nrun \"main\" {{\n{}}}\n",
        assert_that("output.region == \"eu-west-1\" && aws_vpc.a.arn != \"\"")
    );
    let case = Case::new(&[("main.tf", module), ("setup/main.tf", setup), ("main.tftest.hcl", &text)]);
    let before = case.held();
    case.run(&["test"]).ok().says("2 passed");
    assert_eq!(case.held(), before, "all is destroyed");
}

#[test]
fn mistakes_in_test_files_stop_everything() {
    let refused = |text: &str, summary: &str| {
        let ran = tested(text).ends(1);
        assert!(!ran.out.contains("in progress"), "{ran}");
        ran.error(summary)
    };
    refused("run \"a\" {\n  command = destroy\n}\n", "Invalid \"command\" keyword")
        .at("main.tftest.hcl line 2", "destroy");
    refused("run \"a\" {}\nrun \"a\" {}\n", "Duplicate \"run\" block names");
    refused("run \"1\" {}\n", "Invalid run name");
    refused("variables {}\nvariables {}\n", "Duplicate block");
    refused("run \"a\" {\n  nope = 1\n}\n", "Unsupported argument");
    refused("run \"a\" {\n  plan_options {\n    mode = destroy\n  }\n}\n", "Invalid \"mode\" keyword");
    refused(
        "run \"a\" {\n  plan_options {\n    mode    = refresh-only\n    refresh = false\n  }\n}\n",
        "Incompatible plan options",
    );
    refused("run \"a\" {\n  expect_failures = [module.x.output.y]\n}\n", "Invalid \"expect_failures\" reference");
    refused(
        "run \"a\" {\n  assert {\n    condition     = true\n    error_message = \"x\"\n  }\n}\n",
        "Invalid assert expression",
    );
    refused("override_resource {}\n", "Missing target attribute");
    refused("override_resource {\n  target = data.a.b\n}\n", "Invalid override target").says("managed resource");
    refused("override_data {\n  target = a.b\n}\n", "Invalid override target").says("data source");
    refused("override_module {\n  target = a.b\n}\n", "Invalid override target").says("module");
    refused("override_resource {\n  target = a.b\n  values = 1\n}\n", "Invalid values attribute");
    refused("override_resource {\n  target = a.b\n  values = { x = run.a.b }\n}\n", "Variables not allowed");
    refused(
        "override_resource {\n  target          = a.b\n  override_during = never\n}\n",
        "Invalid override_during value",
    );
    refused(
        "override_module {\n  target = module.a\n}\noverride_module {\n  target = module.a\n}\n",
        "Duplicate override_module block",
    );
    refused("mock_provider \"aws\" {}\nprovider \"aws\" {}\n", "Duplicate provider block");
    refused("mock_provider \"aws\" {\n  mock_data \"x\" {}\n  mock_data \"x\" {}\n}\n", "Duplicate mock_data block");
    refused("mock_provider \"aws\" {\n  source = \"./none\"\n}\n", "Failed to read mock data");
    refused("test {\n  parallel = true\n}\n", "Unsupported in this version of the language").says("1.12");
    refused("run \"a\" {\n  parallel = true\n}\n", "Unsupported in this version of the language");
}

#[test]
fn filters_and_folders() {
    let run = "run \"a\" {}\n";
    let case = Case::new(&[
        ("main.tf", MODULE),
        ("a.tftest.hcl", run),
        ("tests/b.tftest.hcl", run),
        ("deep/c.tftest.hcl", run),
    ]);
    let ran = case.run_bare(&["test", "-filter=a.tftest.hcl", "-filter", "./tests/b.tftest.hcl"]).ok().says("2 passed");
    assert!(ran.out.contains("tests/b.tftest.hcl"), "{ran}");
    let ran = case.run_bare(&["test", "-test-directory=deep"]).ok().says("2 passed");
    assert!(ran.out.contains("deep/c.tftest.hcl") && !ran.out.contains("tests/b"), "{ran}");
    case.run_bare(&["test", "-filter=b.tftest.hcl"])
        .ok()
        .says("Success! 0 passed, 0 failed.")
        .error("Unknown test file")
        .says("Did you mean");
    case.run_bare(&["test", "-test-directory=none"]).ok().error("Test directory does not exist");
    case.run_bare(&["test", "-test-directory=../x"]).ends(1).error("Invalid testing directory");
}

fn messages(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_stream_of_messages() {
    let text = format!("run \"good\" {{}}\nrun \"bad\" {{\n  command = plan\n{}}}\n", assert_that("var.name == \"y\""));
    let case = Case::new(&[("main.tf", MODULE), ("main.tftest.hcl", &text)]);
    let stream = messages(&case.run_bare(&["test", "-json", "-verbose"]).ends(1));
    let told: Vec<String> = stream
        .iter()
        .map(|m| {
            let at = |key: &str| m[key].as_str().map(|s| format!(" {s}")).unwrap_or_default();
            format!(
                "{}{}{}: {}",
                m["type"].as_str().unwrap(),
                at("@testfile"),
                at("@testrun"),
                m["@message"].as_str().unwrap()
            )
        })
        .skip(1)
        .collect();
    let expected = [
        "test_abstract: Found 1 file and 2 run blocks",
        "test_file main.tftest.hcl: main.tftest.hcl... in progress",
        "test_run main.tftest.hcl good:   \"good\"... in progress",
        "test_run main.tftest.hcl good:   \"good\"... pass",
        "test_state main.tftest.hcl good: -verbose flag enabled, printing state",
        "test_run main.tftest.hcl bad:   \"bad\"... in progress",
        "test_run main.tftest.hcl bad:   \"bad\"... fail",
        "test_plan main.tftest.hcl bad: -verbose flag enabled, printing plan",
        "diagnostic main.tftest.hcl bad: Error: Test assertion failed",
        "test_file main.tftest.hcl: main.tftest.hcl... tearing down",
        "test_run main.tftest.hcl good:   \"good\"... tearing down",
        "test_file main.tftest.hcl: main.tftest.hcl... fail",
        "test_summary: Failure! 1 passed, 1 failed.",
    ];
    assert_eq!(told, expected);
    let of = |kind: &str| stream.iter().find(|m| m["type"] == kind).unwrap();
    assert_eq!(of("test_abstract")["test_abstract"], serde_json::json!({"main.tftest.hcl": ["good", "bad"]}));
    assert_eq!(
        of("test_summary")["test_summary"],
        serde_json::json!({"status": "fail", "passed": 1, "failed": 1, "errored": 0, "skipped": 0})
    );
    assert_eq!(of("test_state")["test_state"]["root_module"]["resources"][0]["address"], "terraform_data.this");
    assert_eq!(of("test_plan")["test_plan"]["plan_format_version"], "1.2");
}

#[test]
fn a_report_for_junit() {
    let text = format!(
        "run \"bad\" {{\n{}}}\nrun \"breaks\" {{\n  variables {{\n    name = \"invalid\"\n  }}\n}}\nrun \"never\" {{}}\n",
        assert_that("var.name == \"y\"")
    );
    let case = Case::new(&[("main.tf", MODULE), ("main.tftest.hcl", &text)]);
    case.run_bare(&["test", "-junit-xml=report.xml"]).ends(1).says("Failure!");
    let report = case.read("report.xml");
    for part in [
        "<testsuite name=\"main.tftest.hcl\" tests=\"3\" skipped=\"1\" failures=\"1\" errors=\"1\">",
        "<failure message=\"1 of 1 assertions failed: It does not hold.\">",
        "<error message=\"Encountered an error\">",
        "Previous testcase \"breaks\" ended in error",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
}

#[test]
fn validate_and_fmt_know_test_files() {
    let case = Case::new(&[("main.tf", MODULE), ("main.tftest.hcl", "run \"a\" {\n  command = never\n}\n")]);
    case.run_bare(&["validate"]).ends(1).error("Invalid \"command\" keyword");
    case.run_bare(&["validate", "-no-tests"]).ok();
    case.write("main.tftest.hcl", "run \"a\" {\ncommand=plan\n}\n");
    case.write("a.tfmock.hcl", "mock_data \"x\" {\ndefaults={}\n}\n");
    case.run_bare(&["validate"]).ok();
    case.run_bare(&["fmt", "main.tf"]).ok();
    case.run_bare(&["fmt"]).ok().says_in_order(&["a.tfmock.hcl", "main.tftest.hcl"]);
    assert_eq!(case.read("main.tftest.hcl"), "run \"a\" {\n  command = plan\n}\n");
}

#[test]
fn an_overridden_resource_can_be_imported() {
    let main = "import {\n  to = terraform_data.a\n  id = \"x\"\n}\nresource \"terraform_data\" \"a\" {\n  input = \"in\"\n}\n";
    let over = "override_resource {\n  target = terraform_data.a\n  values = { id = \"given\" }\n}\n";
    let run = "run \"a\" {\n  assert {\n    condition     = terraform_data.a.id == \"given\"\n    error_message = \"It is ${terraform_data.a.id}.\"\n  }\n}\n";
    let case = Case::new(&[("main.tf", main), ("a.tftest.hcl", &format!("{over}{run}"))]);
    case.run_bare(&["test"]).ok().says("1 passed, 0 failed.");
    case.write("a.tftest.hcl", &format!("mock_provider \"terraform\" {{}}\n{run}"));
    case.run_bare(&["test"]).ends(1).error("Import from a mock").says("override_resource");
}
