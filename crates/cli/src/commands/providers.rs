//! `providers`

use crate::app::{App, Ended, Outcome};
use crate::args::{ProvidersArgs, ProvidersCommand};
use crate::json::schemas;
use crate::unit::Work;

/// Lists the providers a configuration needs, or writes their schemas.
pub async fn run(app: &App, args: &ProvidersArgs) -> Ended {
    let work = Work::load(app, "providers").await?;
    if let Some(ProvidersCommand::Schema { .. }) = args.command {
        println!("{}", schemas::render(&work.schemas().await?));
        return Ok(Outcome::Done);
    }
    println!("Providers required by the configuration:\n");
    for (addr, requirements) in work.root.tree.provider_requirements() {
        println!("{}", app.out.bold(addr.to_string()));
        for r in requirements {
            let module = if r.module.is_root() { "(root module)".to_owned() } else { r.module.to_string() };
            let version = r.version.map_or_else(String::new, |v| format!(" {v}"));
            println!("  {module}{version}");
        }
    }
    Ok(Outcome::Done)
}
