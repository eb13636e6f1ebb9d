//! Serves a sandbox: `serve [port] [folder]`. Stops on Ctrl-C.

use craton_aws_sandbox::{Sandbox, SandboxOptions};

#[tokio::main]
async fn main() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let port: u16 = args.next().unwrap_or_else(|| "4566".into()).parse().map_err(|e| format!("port: {e}"))?;
    let options = SandboxOptions { folder: args.next().map(Into::into), ..SandboxOptions::default() };
    let failed = |d: Box<craton_model::Diagnostic>| format!("{}: {}", d.summary, d.detail);
    let sandbox = Sandbox::open(options).map_err(failed)?;
    let stop = async {
        // Without a handler for Ctrl-C the process ends by it, which is as good.
        let _ = tokio::signal::ctrl_c().await;
    };
    let server = sandbox.serve(([127, 0, 0, 1], port).into(), stop).await.map_err(failed)?;
    #[allow(clippy::print_stdout)]
    {
        println!("http://{}", server.addr);
    }
    server.finished().await;
    Ok(())
}
