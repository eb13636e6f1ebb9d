//! `sandbox`

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use craton_aws_sandbox::{Sandbox, SandboxOptions};
use craton_model::Diagnostic;

use crate::app::{App, Ended, Outcome};
use crate::args::SandboxCommand;
use crate::aws::{SANDBOX_ACCOUNT, account_folder, accounts, sandbox_folder};

/// Serves, empties or describes the sandbox.
pub async fn run(app: &App, command: &SandboxCommand) -> Ended {
    let base = |folder: &Option<PathBuf>| folder.clone().unwrap_or_else(|| sandbox_folder(app));
    match command {
        SandboxCommand::Start { port, folder, account_id } => {
            let base = base(folder);
            let account_id = match (account_id, accounts(&base).as_slice()) {
                (Some(id), _) => id.clone(),
                (None, [only]) => only.clone(),
                (None, []) => SANDBOX_ACCOUNT.into(),
                (None, several) => {
                    let detail = format!(
                        "{} holds several accounts: {}. Choose one with --account-id.",
                        base.display(),
                        several.join(", ")
                    );
                    return Err(Diagnostic::error("Which account?", detail).into());
                }
            };
            let options = SandboxOptions {
                account_id: account_id.clone(),
                folder: Some(account_folder(&base, &account_id)),
                ..SandboxOptions::default()
            };
            let sandbox = Sandbox::open(options).map_err(|d| *d)?;
            let stop = async {
                let _ = tokio::signal::ctrl_c().await;
            };
            let server = sandbox.serve(SocketAddr::from((Ipv4Addr::LOCALHOST, *port)), stop).await.map_err(|d| *d)?;
            println!("listening on http://{}", server.addr);
            eprintln!(
                "{}",
                app.err.dim(format!(
                    "account {account_id}, state in {}; any credentials will do. Ctrl-C stops it.",
                    base.display()
                ))
            );
            server.finished().await;
        }
        SandboxCommand::Reset { folder } => {
            let base = base(folder);
            let known = accounts(&base);
            for account in &known {
                Sandbox::reset(&account_folder(&base, account)).map_err(|d| *d)?;
            }
            match known.len() {
                0 => println!("The sandbox in {} is empty already.", base.display()),
                _ => println!("The sandbox in {} is empty now (account {}).", base.display(), known.join(", ")),
            }
        }
        SandboxCommand::Status { folder } => {
            let base = base(folder);
            let known = accounts(&base);
            if known.is_empty() {
                println!("The sandbox in {} is empty.", base.display());
            }
            for account in known {
                let options = SandboxOptions {
                    account_id: account.clone(),
                    folder: Some(account_folder(&base, &account)),
                    ..SandboxOptions::default()
                };
                let summary = Sandbox::open(options).and_then(|s| s.summary()).map_err(|d| *d)?;
                println!("{}", app.out.bold(format!("account {account}")));
                if summary.iter().all(|(_, n)| *n == 0) {
                    println!("  empty");
                }
                for (kind, count) in summary.into_iter().filter(|(_, n)| *n > 0) {
                    println!("  {count:>5}  {kind}");
                }
            }
        }
    }
    Ok(Outcome::Done)
}
