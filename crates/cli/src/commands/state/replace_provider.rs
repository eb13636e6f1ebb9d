//! `state replace-provider`

use craton_model::Diagnostic;
use craton_model::addr::ProviderAddr;

use super::{edited, finish};
use crate::app::{App, Ended};
use crate::args::{LockArgs, StateFileArgs};
use crate::unit::Work;

/// Changes which provider manages resources.
pub async fn run(
    app: &App,
    work: &Work,
    files: &StateFileArgs,
    locking: &LockArgs,
    auto_approve: bool,
    (from, to): (&str, &str),
) -> Ended {
    let (from, to) = (parse(from)?, parse(to)?);
    let open = edited(app, work, files, locking).await?;
    let mut state = open.state.clone();
    let matching = state.resources.iter_mut().filter(|(_, r)| r.provider.provider == from);
    let mut names = Vec::new();
    for (addr, resource) in matching {
        resource.provider.provider = to.clone();
        names.push(addr.to_string());
    }
    if names.is_empty() {
        println!("No matching resources found.");
        return finish(open, Ok(None)).await;
    }
    println!("craton will perform the following actions:\n\n  {} Updating provider:", app.out.yellow("~"));
    println!("    {} {from}\n    {} {to}\n", app.out.red("-"), app.out.green("+"));
    println!("{}\n\n  {}\n", app.out.bold(format!("Changing {} resources:", names.len())), names.join("\n  "));
    let question = "Do you want to make these changes?";
    let yes = if auto_approve { Ok(true) } else { app.confirm(question, true, "-auto-approve") };
    let approved = yes.as_ref().is_ok_and(|yes| *yes);
    let ended = finish(open, yes.map(|yes| yes.then_some(state))).await?;
    match approved {
        true => println!("Successfully replaced provider for {} resources.", names.len()),
        false => println!("Cancelled replacing providers."),
    }
    Ok(ended)
}

fn parse(text: &str) -> Result<ProviderAddr, Diagnostic> {
    ProviderAddr::parse(text).ok_or_else(|| {
        Diagnostic::error(
            "Invalid provider address",
            format!("{text:?} is no provider address, such as hashicorp/aws."),
        )
    })
}
