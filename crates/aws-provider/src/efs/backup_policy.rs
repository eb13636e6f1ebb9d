//! `aws_efs_backup_policy`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/efs_backup_policy>).

use serde_json::{Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const POLICY: Kind = Kind::Object(&[string("status").required().check(&[Check::OneOf(&["DISABLED", "ENABLED"])])]);

/// `aws_efs_backup_policy`.
pub static BACKUP_POLICY: Resource = resource("aws_efs_backup_policy", &super::EFS)
    .attrs(&[block("backup_policy", &POLICY).required(), string("file_system_id").required().replaces().unread()])
    .create_with(put)
    .key(&[("FileSystemId", "id")])
    .read(Read::One { op: "DescribeBackupPolicy", item: "" })
    .updates(&[update_with(put, &["backup_policy"])])
    .delete_with(delete)
    .gone(&["FileSystemNotFound", "PolicyNotFound"])
    .after_read(read);

async fn set(cx: &Cx, work: &Work, id: &str, status: &str) -> Result<(), Fail> {
    let input = json!({"FileSystemId": id, "BackupPolicy": {"Status": status}});
    cx.call("efs", "PutBackupPolicy", input).await?;
    let (pending, what) =
        (if status == "ENABLED" { "ENABLING" } else { "DISABLING" }, format!("the backup policy of {id}"));
    cx.wait(&what, work.limit, &[pending], &[status], || {
        Box::pin(async {
            let answer = cx.call("efs", "DescribeBackupPolicy", json!({"FileSystemId": id})).await?;
            Ok(Some(Seen::of(doc::text(&answer, "BackupPolicy.Status"))))
        })
    })
    .await?;
    Ok(())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.text("file_system_id").to_owned();
        let wanted = work.state.objects("backup_policy");
        let status = wanted.first().map(|p| p.text("status").to_owned()).unwrap_or_default();
        set(cx, work, &id, &status).await?;
        work.state.set("id", id);
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        obj.set("file_system_id", id);
        Ok(true)
    })
}

/// There is no way back to no policy: backups are turned off.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.prior.id().to_owned();
        set(cx, work, &id, "DISABLED").await
    })
}
