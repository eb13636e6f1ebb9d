//! Values of Systems Manager: `aws_ssm_parameter`, `aws_ssm_parameters_by_path`.

use serde_json::json;

use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;

/// `aws_ssm_parameter` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/ssm_parameter>).
pub static PARAMETER: DataSource = data(
    "aws_ssm_parameter",
    &[
        string("arn").computed().from("ARN"),
        string("insecure_value").computed().unread(),
        string("name").required().unread(),
        string("type").computed(),
        string("value").computed().sensitive(),
        int("version").computed(),
        boolean("with_decryption").default_bool(true).unread(),
    ],
    parameter,
);

/// Whether secrets are wanted in the clear, as they are unless the configuration says otherwise.
fn decrypted(obj: &mut Obj) -> bool {
    let wanted = obj.get("with_decryption").as_bool().unwrap_or(true);
    obj.set("with_decryption", wanted);
    wanted
}

fn parameter<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"Name": obj.text("name"), "WithDecryption": decrypted(obj)});
        let answer = match cx.call("ssm", "GetParameter", input).await {
            Err(e) if e.is(&["ParameterNotFound"]) => exactly_one("SSM parameter", Vec::new())?,
            other => other?,
        };
        let item = doc::at(&answer, "Parameter").unwrap_or_default();
        doc::fill(PARAMETER.attrs, &item, obj);
        if doc::text(&item, "Type") == "SecureString" {
            obj.set("insecure_value", "");
        } else {
            obj.set("insecure_value", doc::text(&item, "Value"));
        }
        obj.set("id", doc::text(&item, "Name"));
        obj.set("name", doc::text(&item, "Name"));
        Ok(())
    })
}

/// `aws_ssm_parameters_by_path`
/// (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/ssm_parameters_by_path>).
pub static PARAMETERS_BY_PATH: DataSource = data(
    "aws_ssm_parameters_by_path",
    &[
        list("arns", &Kind::String).computed(),
        list("names", &Kind::String).computed(),
        string("path").required(),
        boolean("recursive").default_bool(false),
        list("types", &Kind::String).computed(),
        list("values", &Kind::String).computed().sensitive(),
        boolean("with_decryption").default_bool(true),
    ],
    parameters_by_path,
);

fn parameters_by_path<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let path = obj.text("path").to_owned();
        let recursive = obj.bool("recursive");
        obj.set("recursive", recursive);
        let input = json!({"Path": path, "Recursive": recursive, "WithDecryption": decrypted(obj)});
        let all = cx.list("ssm", "GetParametersByPath", "Parameters", input).await?;
        for (name, member) in [("arns", "ARN"), ("names", "Name"), ("types", "Type"), ("values", "Value")] {
            let of: Vec<String> = all.iter().map(|p| doc::text(p, member)).collect();
            obj.set_strs(name, of.iter().map(String::as_str));
        }
        obj.set("id", path);
        Ok(())
    })
}
