//! A repository as an organisation keeps it: accounts, regions, what all units of a kind share in `_envcommon`, and
//! modules from a repository, a registry and an archive. Nothing of it exists yet; then all of it does.

use crate::case::{Case, Ran};
use crate::origin::{Repository, WebServer, zip};

/// Accounts by name; their networks begin with the number.
const ACCOUNTS: [(&str, &str, u8); 3] =
    [("dev", "111111111111", 10), ("staging", "222222222222", 20), ("prod", "333333333333", 30)];
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

const ROOT: &str = r#"
locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOF
    provider "aws" {
      region              = "${local.region.name}"
      allowed_account_ids = ["${local.account.id}"]
      default_tags {
        tags = { Account = "${local.account.name}" }
      }
    }
  EOF
}

remote_state {
  backend = "s3"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    bucket       = "acme-${local.account.name}-${local.region.name}-state"
    key          = "${path_relative_to_include()}/terraform.tfstate"
    region       = local.region.name
    encrypt      = true
    use_lockfile = true
  }
}

inputs = {
  account = local.account.name
}
"#;

const NETWORK_COMMON: &str = r#"
terraform {
  source = "GIT//modules/network?ref=v1.0.0"
}

locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl")).locals
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
}

inputs = {
  name = "${local.account.name}-${local.region.name}"
  cidr = "${local.account.network + local.region.number}.0.0.0/16"
}
"#;

const DATABASE_COMMON: &str = r#"
terraform {
  source = "tfr://reg.example.com/acme/database/aws?version=1.4.0"
}

dependency "network" {
  config_path = "${get_terragrunt_dir()}/../network"

  mock_outputs = {
    vpc_id = "vpc-00000000"
    cidr   = "192.0.2.0/24"
  }
  mock_outputs_allowed_terraform_commands = ["validate", "plan"]
}

inputs = {
  vpc_id = dependency.network.outputs.vpc_id
  cidrs  = [dependency.network.outputs.cidr]
}
"#;

const APP_COMMON: &str = r#"
terraform {
  source = "WEB/app.zip//app-2.0"
}

dependency "network" {
  config_path = "${get_terragrunt_dir()}/../network"
}

dependency "database" {
  config_path = "${get_terragrunt_dir()}/../database"
}

dependency "zone" {
  config_path = "${dirname(find_in_parent_folders("root.hcl"))}/prod/eu-west-1/zone"
}

inputs = {
  database = dependency.database.outputs.id
  domain   = "${basename(dirname(get_terragrunt_dir()))}.${dependency.zone.outputs.domain}"
}
"#;

const NETWORK: &str = r#"
variable "account" { type = string }
variable "name" { type = string }
variable "cidr" { type = string }
resource "aws_vpc" "this" {
  cidr_block = var.cidr
  tags       = { Name = var.name }
}
module "subnet" {
  source = "../subnet"
  vpc_id = aws_vpc.this.id
  cidr   = cidrsubnet(var.cidr, 8, 1)
}
output "vpc_id" { value = aws_vpc.this.id }
output "cidr" { value = aws_vpc.this.cidr_block }
"#;

const SUBNET: &str = r#"
variable "vpc_id" { type = string }
variable "cidr" { type = string }
resource "aws_subnet" "this" {
  vpc_id     = var.vpc_id
  cidr_block = var.cidr
}
"#;

const DATABASE: &str = r#"
variable "vpc_id" { type = string }
variable "cidrs" { type = list(string) }
variable "primary" {
  type    = string
  default = null
}
resource "aws_security_group" "this" {
  name        = "database"
  description = var.primary == null ? "primary" : "replica of ${var.primary}"
  vpc_id      = var.vpc_id
  ingress {
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = var.cidrs
  }
}
output "id" { value = aws_security_group.this.id }
"#;

const APP: &str = r#"
variable "account" { type = string }
variable "database" { type = string }
variable "domain" { type = string }
resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.account}/${var.domain}"
  retention_in_days = 30
  tags              = { Database = var.database }
}
output "domain" { value = var.domain }
"#;

/// A unit that takes in the root and what its kind shares.
fn unit(kind: &str, more: &str) -> String {
    format!(
        "include \"root\" {{\n  path = find_in_parent_folders(\"root.hcl\")\n}}\n\ninclude \"common\" {{\n  path = \"${{dirname(find_in_parent_folders(\"root.hcl\"))}}/_envcommon/{kind}.hcl\"\n}}\n{more}"
    )
}

struct Organisation {
    case: Case,
    web: WebServer,
    _modules: Repository,
}

fn organisation() -> Organisation {
    let case = Case::new(&[]);
    let modules = Repository::new(&case.path("elsewhere"), "modules");
    modules.commit(&[("modules/network/main.tf", NETWORK), ("modules/subnet/main.tf", SUBNET)], "v1.0.0");
    let web = WebServer::new();
    web.page("/app.zip", 200, &[], &zip(&[("app-2.0/main.tf", APP)]));
    web.page("/database.zip", 200, &[], &zip(&[("main.tf", DATABASE)]));
    web.module("acme/database/aws", &[("1.3.0", "/none.zip"), ("1.4.0", "/database.zip")]);
    case.write("cli.tfrc", &web.cli_config());

    case.write("live/root.hcl", ROOT);
    case.write("live/_envcommon/network.hcl", &NETWORK_COMMON.replace("GIT", &modules.address()));
    case.write("live/_envcommon/database.hcl", DATABASE_COMMON);
    case.write("live/_envcommon/app.hcl", &APP_COMMON.replace("WEB", &web.address));
    for (name, id, network) in ACCOUNTS {
        let account = format!("locals {{\n  name    = \"{name}\"\n  id      = \"{id}\"\n  network = {network}\n}}\n");
        case.write(&format!("live/{name}/account.hcl"), &account);
        for (number, region) in REGIONS.iter().enumerate() {
            let at = |path: &str| format!("live/{name}/{region}/{path}");
            case.write(&at("region.hcl"), &format!("locals {{\n  name   = \"{region}\"\n  number = {number}\n}}\n"));
            case.write(&at("network/terragrunt.hcl"), &unit("network", ""));
            // In the second region the database is a replica of the first region's.
            let replica = "\ndependency \"primary\" {\n  config_path = \"../../eu-west-1/database\"\n}\n\ninputs = {\n  primary = dependency.primary.outputs.id\n}\n";
            case.write(&at("database/terragrunt.hcl"), &unit("database", if number == 0 { "" } else { replica }));
            case.write(&at("app/terragrunt.hcl"), &unit("app", ""));
        }
    }
    // One for all accounts, and a module of its own.
    case.write(
        "live/prod/eu-west-1/zone/terragrunt.hcl",
        "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n\ninputs = {\n  domain = \"acme.example\"\n}\n",
    );
    case.write(
        "live/prod/eu-west-1/zone/main.tf",
        "variable \"domain\" { type = string }\nresource \"terraform_data\" \"zone\" {\n  input = var.domain\n}\noutput \"domain\" { value = terraform_data.zone.output }\n",
    );
    Organisation { case, web, _modules: modules }
}

impl Organisation {
    fn run(&self, args: &[&str]) -> Ran {
        let all = [&["--sandbox", "--working-dir", "live", "--non-interactive"], args].concat();
        let mut command = self.case.command(&all);
        command.env("TF_CLI_CONFIG_FILE", self.case.path("cli.tfrc"));
        self.case.finish(command)
    }
}

#[test]
fn the_whole_organisation_is_planned_and_then_made() {
    let acme = organisation();
    let planned = acme.run(&["run", "--all", "plan", "-out=tree.plan"]).ok();
    let planned = planned.says("Succeeded 19").says("The plan of 19 units was saved to tree.plan");
    // What is known is shown, across units; what is not is named, and no mock stands in for it.
    for (account, _, network) in ACCOUNTS {
        for (number, region) in REGIONS.iter().enumerate() {
            let unit = |name: &str| format!("[{account}/{region}/{name}]");
            let cidr = format!("{}.0.0.0/16", usize::from(network) + number);
            let lines = |name: &str| {
                let lines = planned.out.lines().filter(|l| l.starts_with(&unit(name)));
                lines.collect::<Vec<_>>().join("\n")
            };
            assert!(lines("network").contains(&format!("\"{cidr}\"")), "{planned}");
            let database = lines("database");
            assert!(database.contains(&format!("\"{cidr}\"")), "{database}");
            let waits = if number == 0 { "vpc_id." } else { "primary, vpc_id." };
            assert!(database.contains(&format!("Known after other units are applied: {waits}")), "{database}");
            assert!(lines("app").contains("Known after other units are applied: database, domain."), "{planned}");
        }
    }
    assert!(!planned.out.contains("vpc-00000000"), "{planned}");
    // Nothing was made, but for what the states need.
    for (_, id, _) in ACCOUNTS {
        let mut held = acme.case.held_by(id);
        held.remove("bucket");
        assert!(held.is_empty(), "{held:?}");
    }
    // Each module was fetched once for all units.
    assert_eq!((acme.web.count("/app.zip"), acme.web.count("/database.zip")), (1, 1));

    let applied = acme.run(&["apply", "tree.plan"]).ok().says("Succeeded 19");
    let position = |text: &str| applied.out.find(text).unwrap_or_else(|| panic!("not said: {text}\n{applied}"));
    assert!(
        [
            "[dev/eu-west-1/network] Apply complete",
            "[dev/eu-west-1/database] Apply complete",
            "[dev/us-east-1/database] Apply complete",
            "[dev/us-east-1/app] Apply complete"
        ]
        .map(position)
        .is_sorted(),
        "{applied}"
    );
    for (name, id, _) in ACCOUNTS {
        let held = acme.case.held_by(id);
        let of = |kind: &str| held.get(kind).copied().unwrap_or(0);
        assert_eq!((of("vpc"), of("subnet"), of("bucket")), (2, 2, 2), "{name}: {held:?}");
    }
    acme.run(&["run", "--all", "plan", "-detailed-exitcode"]).ok().says("Succeeded 19");
    let said = acme.run(&["run", "--all", "--filter", "./staging/us-east-1/app", "output", "-json"]).ok().out;
    assert!(said.contains("us-east-1.acme.example"), "{said}");
    // A plan is followed once.
    acme.run(&["apply", "tree.plan"]).ends(1).says("Saved plan is stale");
    acme.run(&["run", "--all", "destroy"]).ok().says("Succeeded 19");
    for (_, id, _) in ACCOUNTS {
        let mut held = acme.case.held_by(id);
        assert_eq!(held.remove("bucket"), Some(2), "the states stay: {held:?}");
        assert!(held.is_empty(), "{held:?}");
    }
}

#[test]
fn mocks_stand_in_while_nothing_is_applied() {
    let acme = organisation();
    // Of the units that have them; the others say what they wait for.
    let ran = acme.run(&["run", "--all", "plan"]).ok().says("Succeeded 19");
    ran.says("vpc-00000000").says("plan does not have");
    // A unit alone sees the same, where mocks are allowed for what is done.
    let alone = ["--working-dir", "live/dev/eu-west-1/database"];
    let unit = |args: &[&str]| {
        let mut command = acme.case.command(&[&["--sandbox", "--non-interactive"], &alone[..], args].concat());
        command.env("TF_CLI_CONFIG_FILE", acme.case.path("cli.tfrc"));
        acme.case.finish(command)
    };
    unit(&["plan"]).ok().says("vpc-00000000");
    unit(&["apply", "-auto-approve"]).ends(1).error("Dependency has no outputs");
}
