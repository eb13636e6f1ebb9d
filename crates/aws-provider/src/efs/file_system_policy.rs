//! `aws_efs_file_system_policy`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/efs_file_system_policy>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_efs_file_system_policy`.
pub static FILE_SYSTEM_POLICY: Resource = resource("aws_efs_file_system_policy", &super::EFS)
    .attrs(&[
        boolean("bypass_policy_lockout_safety_check").default_bool(false).unread(),
        string("file_system_id").required().replaces(),
        policy("policy").required(),
    ])
    .create_with(put)
    .key(&[("FileSystemId", "id")])
    .read(Read::One { op: "DescribeFileSystemPolicy", item: "" })
    .updates(&[update_with(put, &["policy", "bypass_policy_lockout_safety_check"])])
    .delete("DeleteFileSystemPolicy")
    .gone(&["FileSystemNotFound", "PolicyNotFound"])
    .after_read(read)
    .imports(import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let mut input = json!({
            "FileSystemId": s.text("file_system_id"), "Policy": crate::json::compact(s.text("policy")),
        });
        if s.bool("bypass_policy_lockout_safety_check") {
            input["BypassPolicyLockoutSafetyCheck"] = json!(true);
        }
        // A principal that was just made may not be known to EFS yet.
        cx.retry("efs", "PutFileSystemPolicy", input, std::time::Duration::from_secs(120), &["InvalidPolicyException"])
            .await?;
        work.state.set("id", work.state.text("file_system_id").to_owned());
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        // AWS knows nothing of it; the state says false where nothing is configured.
        let bypass = obj.bool("bypass_policy_lockout_safety_check");
        obj.set("bypass_policy_lockout_safety_check", bypass);
        Ok(true)
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        obj.set("file_system_id", id);
        Ok(())
    })
}
