//! `taint` and `untaint`

use craton_model::addr::{ResourceInstance, ResourceMode};
use craton_model::state::ObjectStatus;
use craton_model::{Diagnostic, Diagnostics, similar};

use super::{closing, open_state};
use crate::app::{App, Ended, Outcome};
use crate::args::AddressArgs;
use crate::backend::LocalFlags;
use crate::store::OpenState;
use crate::unit::Work;

/// Marks (or with `false` unmarks) an object to be replaced.
pub async fn run(app: &App, args: &AddressArgs, taint: bool) -> Ended {
    let addr = ResourceInstance::parse(&args.address).filter(|a| a.resource.mode == ResourceMode::Managed);
    let Some(addr) = addr else {
        let detail =
            format!("{:?} is not the address of a resource instance, such as aws_instance.web[0].", args.address);
        return Err(Diagnostic::error("Invalid resource address", detail).into());
    };
    let work = Work::for_state(app).await?;
    let flags = LocalFlags::from(&args.files);
    let mut open = open_state(app, &work, &flags, "", Some(&args.locking)).await?;
    let result = mark(app, &mut open, &addr, args, taint).await;
    closing(open, result).await
}

async fn mark(
    app: &App,
    open: &mut OpenState,
    addr: &ResourceInstance,
    args: &AddressArgs,
    taint: bool,
) -> Result<Outcome, Diagnostics> {
    let mut state = open.state.clone();
    let object = state
        .resources
        .get_mut(&addr.resource())
        .and_then(|r| r.instances.get_mut(&addr.key))
        .and_then(|i| i.current.as_mut());
    let Some(object) = object else {
        if args.allow_missing {
            let detail = format!("The state holds no {addr}. -allow-missing was given, so this is no error.");
            app.report(&Diagnostic::warning("No such resource instance", detail).into(), false);
            return Ok(Outcome::Done);
        }
        let all: Vec<String> = state.instances().map(|(a, ..)| a.to_string()).collect();
        let hint = similar(&addr.to_string(), all.iter().map(String::as_str))
            .map(|n| format!(" Did you mean {n}?"))
            .unwrap_or_default();
        return Err(Diagnostic::error("No such resource instance", format!("The state holds no {addr}.{hint}")).into());
    };
    let status = if taint { ObjectStatus::Tainted } else { ObjectStatus::Ready };
    if object.status == status && !taint {
        let detail = format!("{addr} is not tainted; nothing was changed.");
        return Err(Diagnostic::error("Resource instance is not tainted", detail).into());
    }
    object.status = status;
    open.write(state).await?;
    let how = if taint { "marked as tainted" } else { "successfully untainted" };
    println!("Resource instance {addr} has been {how}.");
    Ok(Outcome::Done)
}
