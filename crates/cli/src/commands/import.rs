//! `import`

use craton_model::Diagnostic;
use craton_model::addr::{ResourceInstance, ResourceMode};

use crate::app::{App, Ended};
use crate::args::ImportArgs;
use crate::backend::LocalFlags;
use crate::operation::Operation;
use crate::unit::Work;

/// Brings an existing object under management.
pub async fn run(app: &App, args: &ImportArgs) -> Ended {
    let addr = ResourceInstance::parse(&args.address).filter(|a| a.resource.mode == ResourceMode::Managed);
    let Some(addr) = addr else {
        let detail = format!(
            "{:?} is not the address of a resource instance, such as aws_vpc.main or module.vpc.aws_subnet.private[0].",
            args.address
        );
        return Err(Diagnostic::error("Invalid resource address", detail).into());
    };
    let mut work = match &args.config {
        None => Work::load(app, "import").await?,
        Some(dir) => Work::load_folder(app, app.path(dir)).await?,
    };
    if args.config.is_some() {
        // Only the configuration is read there: the state is that of the working folder.
        work.root = work.root.seen_from(app.dir())?;
    }
    work.hooked(import(app, &work, args, &addr)).await
}

async fn import(app: &App, work: &Work, args: &ImportArgs, addr: &ResourceInstance) -> Ended {
    let options = &args.options;
    let mut inputs = work.inputs()?;
    work.root.ask_missing(app, &mut inputs, options.input)?;
    let (variables, found) = work.variables(&inputs);
    if found.has_errors() {
        return Err(found);
    }
    let operation = Operation::new(app, work, options);
    let flags = LocalFlags::from(&options.files);
    let open = operation.open(options, &flags, "OperationTypeImport").await?;
    operation.import(variables, open, addr, &args.id).await
}
