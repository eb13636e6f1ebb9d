//! Other machines, reached over SSH.

use async_trait::async_trait;
use craton_engine::{Communicator, RemoteLine, RemoteWork};
use craton_model::{Diagnostic, Value};
use craton_ssh::{Connection, Content, Line, Script};

/// Works on other machines for the provisioners `remote-exec` and `file`.
pub struct Ssh;

#[async_trait]
impl Communicator for Ssh {
    fn check(&self, connection: &Value) -> Result<(), Diagnostic> {
        Connection::new(connection).map(|_| ())
    }

    async fn work(
        &self,
        connection: &Value,
        work: RemoteWork,
        tell: &(dyn Fn(RemoteLine) + Send + Sync),
    ) -> Result<(), Diagnostic> {
        let connection = Connection::new(connection)?;
        let tell = &|line| match line {
            Line::Progress(line) => tell(RemoteLine::Progress(line)),
            Line::Output(line) => tell(RemoteLine::Output(line)),
        };
        match work {
            RemoteWork::Commands(lines) => craton_ssh::run_scripts(&connection, &[Script::Commands(lines)], tell).await,
            RemoteWork::Scripts(paths) => {
                let scripts: Vec<_> = paths.into_iter().map(Script::File).collect();
                craton_ssh::run_scripts(&connection, &scripts, tell).await
            }
            RemoteWork::CopyPath { source, destination } => {
                craton_ssh::upload(&connection, &Content::Path(source), &destination).await
            }
            RemoteWork::CopyText { content, destination } => {
                craton_ssh::upload(&connection, &Content::Text(content), &destination).await
            }
        }
    }
}
