//! `file` and `remote-exec` on a machine that is reached over SSH.

use crate::case::Case;
use crate::ssh_server::{Rules, Server, new_key};

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
    ran.error("Invalid connection argument").at("main.tf line 12", "\"soon\"");
    case.edit("main.tf", "    timeout = \"soon\"", "    type = \"winrm\"");
    case.run(&["plan"]).ends(1).error("Invalid connection argument").says("\"winrm\" are not supported");
    assert!(server.log().is_empty());
}

/// An agent that holds a key; it ends with the runtime.
fn agent(key: russh::keys::PrivateKey, socket: std::path::PathBuf) -> tokio::runtime::Runtime {
    use russh::keys::agent;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let connections = futures_util::stream::unfold(listener, async |listener| {
            let next = listener.accept().await.map(|(stream, _)| stream);
            Some((next, listener))
        });
        tokio::spawn(agent::server::serve(Box::pin(connections), ()));
        let mut client = agent::client::AgentClient::connect_uds(&socket).await.unwrap();
        client.add_identity(&key, &[]).await.unwrap();
    });
    runtime
}

#[test]
fn an_agent_logs_in_where_it_is_asked() {
    let key = new_key();
    let server = Server::start(Rules { key: Some(key.public_key().clone()), ..Rules::default() });
    let case = case(&server, "  provisioner \"remote-exec\" {\n    inline = [\"echo by agent\"]\n  }");
    case.edit("main.tf", "    agent       = false\n", "    agent       = true\n");
    let ran = case.run(&["apply", "-auto-approve"]).ends(1);
    ran.error("remote-exec provisioner error").says("SSH_AUTH_SOCK is not set");

    let socket = case.path("agent");
    let _agent = agent(key, socket.clone());
    let mut command = case.command(&["--sandbox", "apply", "-auto-approve"]);
    command.env("SSH_AUTH_SOCK", &socket);
    case.finish(command).ok().says("(remote-exec): by agent");
    // The password is tried first, as it is given too.
    assert_eq!(server.log()[..2], ["login password test false", "login key test true"]);
}
