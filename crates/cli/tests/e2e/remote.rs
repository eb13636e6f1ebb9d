//! `file` and `remote-exec` on a machine that is reached over SSH.

use crate::case::Case;
use crate::ssh_server::{Rules, Server};

/// A machine with a login, as a resource.
fn case(server: &Server, provisioners: &str) -> Case {
    let text = format!(
        r#"
resource "terraform_data" "machine" {{
  input = {{ host = "127.0.0.1", password = "correct horse" }}

  connection {{
    host        = self.input.host
    port        = {}
    user        = "test"
    password    = self.input.password
    host_key    = "{}"
    agent       = false
    timeout     = "20s"
    script_path = "{}"
  }}
{provisioners}
}}
"#,
        server.port,
        server.host_key.trim(),
        server.path("script_%RAND%.sh")
    );
    Case::new(&[("main.tf", &text), ("site/index.html", "hello\n"), ("site/sub/a", "a")])
}

#[test]
fn a_machine_is_set_up_and_taken_down() {
    let server = Server::start(Rules::password("correct horse"));
    let folder = server.path("");
    let case = case(
        &server,
        &format!(
            r#"
  provisioner "file" {{
    source      = "site/"
    destination = "{folder}"
  }}
  provisioner "file" {{
    content     = "made ${{self.id}}"
    destination = "{folder}/motd"
  }}
  provisioner "remote-exec" {{
    inline = ["cat index.html", "ls sub"]
  }}
  provisioner "remote-exec" {{
    when   = destroy
    inline = ["echo bye > gone"]
  }}
"#
        ),
    );
    let ran = case.run(&["apply", "-auto-approve"]).ok();
    let ran = ran.says_in_order(&[
        "terraform_data.machine: Provisioning with 'file'...",
        "terraform_data.machine: Provisioning with 'remote-exec'...",
        "terraform_data.machine (remote-exec): Connecting to 127.0.0.1:",
        "terraform_data.machine (remote-exec): Connected.",
        "terraform_data.machine (remote-exec): hello",
        "terraform_data.machine (remote-exec): a",
        "Apply complete! Resources: 1 added",
    ]);
    assert!(!ran.err.contains("correct horse"), "{ran}");
    assert!(server.read("motd").starts_with("made ") && server.read("sub/a") == "a");
    assert_eq!(server.names(""), ["index.html", "motd", "sub"], "the scripts are removed");

    case.run(&["destroy", "-auto-approve"]).ok().says("Destroy complete!");
    assert_eq!(server.read("gone"), "bye\n");
}

#[test]
fn a_failing_script_taints_the_machine() {
    let server = Server::start(Rules::password("correct horse"));
    let case = case(&server, "  provisioner \"remote-exec\" {\n    inline = [\"echo oh no\", \"exit 7\"]\n  }");
    let ran = case.run(&["apply", "-auto-approve"]).ends(1);
    let error = ran.error("remote-exec provisioner error");
    error.says("it ended with exit status 7.").says("oh no");
    assert_eq!(case.state()["resources"][0]["instances"][0]["status"], "tainted");
    case.edit("main.tf", "exit 7", "exit 0");
    case.run(&["apply", "-auto-approve"]).ok().says("1 added, 0 changed, 1 destroyed");
}

#[test]
fn mistakes_in_a_connection_are_found_before_anything_is_made() {
    let server = Server::start(Rules::default());
    let case = case(&server, "  provisioner \"remote-exec\" {\n    inline = [\"true\"]\n  }");
    case.edit("main.tf", "    timeout     = \"20s\"", "    timeout = \"soon\"");
    let ran = case.run(&["plan"]).ends(1);
    ran.error("Invalid connection argument")
        .at("main.tf line 12", "\"soon\"");
    case.edit("main.tf", "    timeout = \"soon\"", "    type = \"winrm\"");
    case.run(&["plan"]).ends(1).error("Invalid connection argument").says("\"winrm\" are not supported");
    assert!(server.log().is_empty());
}
