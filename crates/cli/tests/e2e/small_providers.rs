//! The small providers, all of their types in one configuration.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use serde_json::json;

use crate::case::Case;

const MAIN: &str = r##"terraform {
  required_providers {
    http      = { source = "hashicorp/http", version = "~> 3.4" }
    cloudinit = { source = "hashicorp/cloudinit", version = "~> 2.3" }
    local     = { source = "hashicorp/local", version = ">= 2.0" }
    null      = { source = "hashicorp/null", version = "~> 3.2.0" }
    random    = { source = "hashicorp/random" }
    tls       = { source = "hashicorp/tls", version = "~> 4.0" }
    time      = { source = "hashicorp/time", version = ">= 0.9, < 1.0" }
  }
}

resource "null_resource" "a" {
  triggers = { id = random_id.a.hex }
  provisioner "local-exec" {
    command = "echo ${self.id} > ran"
  }
}
data "null_data_source" "a" {
  inputs = { pet = random_pet.a.id }
}

resource "random_bytes" "a" {
  length = 8
}
resource "random_id" "a" {
  byte_length = 4
  keepers     = { version = var.version_of_keys }
}
resource "random_integer" "a" {
  min = 1
  max = 6
}
resource "random_password" "a" {
  length      = 20
  min_numeric = 2
}
resource "random_pet" "a" {}
resource "random_shuffle" "a" {
  input = ["a", "b", "c"]
}
resource "random_string" "a" {
  length  = 8
  special = false
}
resource "random_uuid" "a" {}

resource "time_offset" "a" {
  offset_days = 1
}
resource "time_rotating" "a" {
  rotation_days = 30
}
resource "time_sleep" "a" {
  create_duration  = "1h"
  destroy_duration = "1h"
}
resource "time_static" "a" {
  rfc3339 = "2020-02-12T06:36:13Z"
}

resource "local_file" "a" {
  filename = "out/file.txt"
  content  = random_pet.a.id
}
resource "local_sensitive_file" "a" {
  filename = "out/secret.txt"
  content  = random_password.a.result
}
data "local_file" "a" {
  filename   = "out/file.txt"
  depends_on = [local_file.a]
}
data "local_sensitive_file" "a" {
  filename   = "out/secret.txt"
  depends_on = [local_sensitive_file.a]
}

resource "cloudinit_config" "a" {
  gzip = false
  part {
    content = "resource"
  }
}
data "cloudinit_config" "a" {
  gzip          = false
  base64_encode = false
  part {
    filename = "a.sh"
    content  = "data"
  }
}

resource "tls_private_key" "a" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P256"
}
resource "tls_self_signed_cert" "a" {
  private_key_pem       = tls_private_key.a.private_key_pem
  validity_period_hours = 24
  is_ca_certificate     = true
  allowed_uses          = ["cert_signing"]
  subject {
    common_name = "root"
  }
}
resource "tls_cert_request" "a" {
  private_key_pem = tls_private_key.a.private_key_pem
  dns_names       = ["example.com"]
}
resource "tls_locally_signed_cert" "a" {
  cert_request_pem      = tls_cert_request.a.cert_request_pem
  ca_private_key_pem    = tls_private_key.a.private_key_pem
  ca_cert_pem           = tls_self_signed_cert.a.cert_pem
  validity_period_hours = 12
  allowed_uses          = ["server_auth"]
}
data "tls_public_key" "a" {
  private_key_openssh = tls_private_key.a.private_key_openssh
}

data "tls_certificate" "a" {
  content = tls_self_signed_cert.a.cert_pem
}

variable "url" {}
data "http" "a" {
  url = var.url
}
output "subject" {
  value = data.tls_certificate.a.certificates[0].subject
}
output "answer" {
  value = data.http.a.response_body
}

variable "version_of_keys" {
  default = "1"
}
output "year" {
  value = provider::time::rfc3339_parse(time_static.a.rfc3339).year
}
output "same" {
  value = data.local_file.a.content == random_pet.a.id
}
output "out" {
  value = provider::local::direxists(".")
}
"##;

/// Answers every request with a word; gives the URL.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|l| l.is_ok_and(|l| !l.is_empty())) {}
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
        }
    });
    url
}

#[test]
fn every_type_of_the_small_providers_lives() {
    let url = format!("url = \"{}\"\n", server());
    let case = Case::new(&[("main.tf", MAIN), ("terraform.tfvars", &url)]);
    case.run(&["init"]).ok().says("- hashicorp/random is built in");
    case.run(&["providers", "lock"]).ok().says("- hashicorp/time is built in (version 0.12.1)");
    case.run(&["plan"]).ok().says("20 to add").says("random_password.a will be created");
    case.run(&["apply", "-auto-approve"]).ok().says("20 added");
    let value = |address: &str, name: &str| {
        let state = case.state();
        let (r#type, _) = address.split_once('.').unwrap();
        let found =
            state["resources"].as_array().unwrap().iter().find(|r| r["type"] == r#type && r["mode"] == "managed");
        found.unwrap()["instances"][0]["attributes"][name].as_str().unwrap().to_owned()
    };
    assert_eq!(case.read("out/file.txt"), value("random_pet.a", "id"));
    assert_eq!(case.read("ran").trim(), value("null_resource.a", "id"));
    assert_eq!(case.state()["outputs"]["year"]["value"], json!(2020));
    assert_eq!(case.state()["outputs"]["same"]["value"], json!(true));
    assert_eq!(case.state()["outputs"]["subject"]["value"], json!("CN=root"));
    assert_eq!(case.state()["outputs"]["answer"]["value"], json!("hello"));
    case.run(&["plan", "-detailed-exitcode"]).ok().says("No changes.");

    // What was drawn stays until its keepers change; a file that somebody changed is written again.
    let (before, password) = (value("null_resource.a", "id"), value("random_password.a", "result"));
    case.write("out/file.txt", "changed");
    case.run(&["apply", "-auto-approve", "-var", "version_of_keys=2"])
        .ok()
        .says("random_id.a must be replaced")
        .says("3 added");
    assert_ne!(value("null_resource.a", "id"), before);
    assert_eq!(value("random_password.a", "result"), password);
    assert_eq!(case.read("out/file.txt"), value("random_pet.a", "id"));

    case.run(&["destroy", "-auto-approve", "-var", "version_of_keys=2"]).ok().says("20 destroyed");
    assert!(!case.path("out/file.txt").exists() && !case.path("out/secret.txt").exists());
}

/// What the module for EKS does: the authority of the issuer's server becomes the fingerprint of the identity provider.
const ISSUER: &str = r#"
provider "aws" {
  region = "eu-west-1"
}
resource "aws_vpc" "a" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "a" {
  count             = 2
  vpc_id            = aws_vpc.a.id
  cidr_block        = cidrsubnet(aws_vpc.a.cidr_block, 8, count.index)
  availability_zone = ["eu-west-1a", "eu-west-1b"][count.index]
}
resource "aws_iam_role" "a" {
  name = "cluster"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "eks.amazonaws.com" } }]
  })
}
resource "aws_eks_cluster" "a" {
  name     = "a"
  role_arn = aws_iam_role.a.arn
  vpc_config {
    subnet_ids = aws_subnet.a[*].id
  }
}
data "tls_certificate" "a" {
  url = aws_eks_cluster.a.identity[0].oidc[0].issuer
}
resource "aws_iam_openid_connect_provider" "a" {
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = [data.tls_certificate.a.certificates[0].sha1_fingerprint]
  url             = aws_eks_cluster.a.identity[0].oidc[0].issuer
}
output "certificates" {
  value = data.tls_certificate.a.certificates
}
"#;

#[test]
fn the_issuer_of_a_cluster_shows_its_certificates_in_a_rehearsal() {
    let case = Case::new(&[("main.tf", ISSUER)]);
    case.run(&["apply", "-auto-approve"]).ok();
    let certificates = case.state()["outputs"]["certificates"]["value"].clone();
    assert_eq!(certificates[0]["subject"], "CN=craton sandbox authority");
    assert_eq!(certificates[0]["is_ca"], true);
    assert_eq!(certificates[1]["issuer"], certificates[0]["subject"]);
    assert_eq!(certificates[1]["subject"], "CN=oidc.eks.eu-west-1.amazonaws.com");
    case.run(&["plan", "-detailed-exitcode"]).ok().says("No changes.");

    // Without a fingerprint IAM looks for itself, and finds the same.
    let given = "thumbprint_list = [data.tls_certificate.a.certificates[0].sha1_fingerprint]\n";
    case.edit("main.tf", given, "\n");
    case.run(&["apply", "-auto-approve", "-replace", "aws_iam_openid_connect_provider.a"]).ok();
    let state = case.state();
    let made = state["resources"].as_array().unwrap().iter().find(|r| r["type"] == "aws_iam_openid_connect_provider");
    let found = &made.unwrap()["instances"][0]["attributes"]["thumbprint_list"];
    assert_eq!(*found, json!([certificates[0]["sha1_fingerprint"]]));
    case.run(&["destroy", "-auto-approve"]).ok();
}

#[test]
fn what_can_be_imported_is() {
    let text = "resource \"random_integer\" \"a\" {\n  min = 1\n  max = 6\n}\nresource \"random_pet\" \"a\" {}\n";
    let case = Case::new(&[("main.tf", text)]);
    case.run_bare(&["import", "random_integer.a", "5,1,6"]).ok();
    case.run_bare(&["plan"]).ok().says("1 to add");
    case.run_bare(&["import", "random_pet.a", "happy-otter"]).ends(1).error("Import is not supported");
    case.run_bare(&["import", "random_integer.a", "x"]).ends(1);
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let case = Case::new(&[("main.tf", "resource \"random_password\" \"a\" {\n  length    = 2\n  min_upper = 3\n}\n")]);
    case.run_bare(&["validate"]).ends(1).error("Invalid Attribute Value").at("main.tf line 2", "2");
    case.write("main.tf", "resource \"random_passwort\" \"a\" {}\n");
    case.run_bare(&["validate"]).ends(1).error("Invalid resource type").says("random_password");
}

#[test]
fn plain_requests_go_through_the_proxy_of_the_environment() {
    let text = "data \"http\" \"a\" {\n  url = \"http://craton.invalid/x\"\n}\noutput \"a\" {\n  value = data.http.a.response_body\n}\n";
    let case = Case::new(&[("main.tf", text)]);
    case.run_bare(&["plan"]).ends(1).error("Error making request").at("main.tf line 1", "data \"http\" \"a\"");
    let mut command = case.command(&["apply", "-auto-approve"]);
    command.env("http_proxy", server());
    case.finish(command).ok().says("a = \"hello\"");
}
