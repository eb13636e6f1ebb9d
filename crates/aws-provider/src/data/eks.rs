//! `aws_eks_cluster`, `aws_eks_clusters`, `aws_eks_addon_version`, `aws_eks_cluster_versions`, `aws_eks_cluster_auth`.

use serde_json::{Value as Json, json};

use super::{DataSource, data};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::eks::cluster_parts as parts;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::of_document;

/// `aws_eks_cluster`.
pub static CLUSTER: DataSource = data(
    "aws_eks_cluster",
    &[
        list("access_config", &parts::ACCESS).computed().from("accessConfig").zero(),
        string("arn").computed().from("arn"),
        list("certificate_authority", &parts::CERTIFICATE).computed().from("certificateAuthority").zero(),
        string("cluster_id").computed().unread(),
        list("compute_config", &parts::COMPUTE).computed().from("computeConfig").zero(),
        string("created_at").computed().unread(),
        strings("enabled_cluster_log_types").computed().unread(),
        string("endpoint").computed().from("endpoint").zero(),
        list("identity", &parts::IDENTITY).computed().from("identity").zero(),
        list("kubernetes_network_config", &parts::NETWORK).computed().from("kubernetesNetworkConfig").zero(),
        string("name").required().unread().check(&[Check::By(crate::eks::cluster_name)]),
        list("outpost_config", &parts::OUTPOST).computed().from("outpostConfig").zero(),
        string("platform_version").computed().from("platformVersion").zero(),
        list("remote_network_config", &parts::REMOTE).computed().from("remoteNetworkConfig").zero(),
        string("role_arn").computed().from("roleArn"),
        string("status").computed().from("status"),
        list("storage_config", &parts::STORAGE).computed().from("storageConfig").zero(),
        map("tags", &Kind::String).optional_computed().unread(),
        list("upgrade_policy", &parts::UPGRADE).computed().from("upgradePolicy").zero(),
        string("version").computed().from("version"),
        list("vpc_config", &parts::VPC).computed().from("resourcesVpcConfig").zero(),
        list("zonal_shift_config", &parts::ZONAL).computed().from("zonalShiftConfig").zero(),
    ],
    cluster,
);

fn cluster<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = obj.text("name").to_owned();
        let answer = match cx.once("eks", "DescribeCluster", json!({"name": name})).await {
            Err(e) if e.is(&["ResourceNotFoundException"]) => return Err(no_cluster(&name)),
            answer => answer?,
        };
        let item = doc::at(&answer, "cluster").unwrap_or(Json::Null);
        doc::fill(CLUSTER.attrs, &item, obj);
        let admin = doc::flag(&item, "accessConfig.bootstrapClusterCreatorAdminPermissions");
        let mode = doc::text(&item, "accessConfig.authenticationMode");
        let access = json!([{"authentication_mode": mode, "bootstrap_cluster_creator_admin_permissions": admin}]);
        obj.set_json("access_config", &if mode.is_empty() { json!([]) } else { access })?;
        obj.set("created_at", crate::iam::moment(&item, "createdAt"));
        if item.get("outpostConfig").is_some() {
            obj.set("cluster_id", doc::text(&item, "id"));
        }
        let on: Vec<String> = doc::items(&item, "logging.clusterLogging")
            .iter()
            .filter(|l| doc::flag(l, "enabled"))
            .flat_map(|l| doc::texts(l, "types"))
            .collect();
        obj.set_strs("enabled_cluster_log_types", on.iter().map(String::as_str));
        let tags = doc::at(&item, "tags").map(|t| of_document(&t)).unwrap_or_default();
        obj.set("tags", crate::tags::value(tags.iter().filter(|(k, _)| !cx.settings.tags.ignores(k))));
        obj.set("id", name);
        Ok(())
    })
}

fn no_cluster(name: &str) -> Fail {
    craton_model::Diagnostic::error(
        "No matching EKS cluster found",
        format!(
            "There is no EKS cluster {name:?} in this account and region. Check the name, the region and the account."
        ),
    )
    .on_attribute(craton_model::Path::attr("name"))
    .into()
}

/// `aws_eks_clusters`.
pub static CLUSTERS: DataSource = data("aws_eks_clusters", &[strings("names").computed()], clusters);

fn clusters<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let all = cx.list("eks", "ListClusters", "clusters", json!({})).await?;
        let names: Vec<&str> = all.iter().filter_map(Json::as_str).collect();
        obj.set_strs("names", names);
        obj.set("id", cx.region().to_owned());
        Ok(())
    })
}

/// `aws_eks_addon_version`.
pub static ADDON_VERSION: DataSource = data(
    "aws_eks_addon_version",
    &[
        string("addon_name").required(),
        string("kubernetes_version").required(),
        boolean("most_recent").default_bool(false),
        string("version").computed(),
    ],
    addon_version,
);

/// Versions come newest first; without `most_recent` it is the default for the version of Kubernetes.
fn addon_version<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let (name, kubernetes) = (obj.text("addon_name").to_owned(), obj.text("kubernetes_version").to_owned());
        let input = json!({"addonName": name, "kubernetesVersion": kubernetes});
        let addons = cx.list("eks", "DescribeAddonVersions", "addons", input).await?;
        let versions: Vec<Json> = addons.iter().flat_map(|a| doc::items(a, "addonVersions")).collect();
        let default = |v: &Json| {
            let fits = doc::items(v, "compatibilities");
            fits.iter().any(|c| doc::text(c, "clusterVersion") == kubernetes && doc::flag(c, "defaultVersion"))
        };
        let newest = obj.bool("most_recent");
        obj.set("most_recent", newest);
        let found = match newest {
            true => versions.first(),
            false => versions.iter().find(|v| default(v)),
        };
        let Some(found) = found else {
            return Err(Fail::new(
                "No matching EKS add-on version found",
                format!("EKS has no version of the add-on {name:?} for Kubernetes {kubernetes}. Check both."),
            ));
        };
        obj.set("version", doc::text(found, "addonVersion"));
        obj.set("id", name);
        Ok(())
    })
}

const VERSION: Kind = Kind::Object(&[
    string("cluster_type").from("clusterType"),
    string("cluster_version").from("clusterVersion"),
    string("default_platform_version").from("defaultPlatformVersion"),
    boolean("default_version").from("defaultVersion"),
    string("end_of_extended_support_date").from("endOfExtendedSupportDate"),
    string("end_of_standard_support_date").from("endOfStandardSupportDate"),
    string("kubernetes_patch_version").from("kubernetesPatchVersion"),
    string("release_date").from("releaseDate"),
    string("version_status").from("versionStatus"),
]);

/// `aws_eks_cluster_versions`.
pub static CLUSTER_VERSIONS: DataSource = data(
    "aws_eks_cluster_versions",
    &[
        string("cluster_type"),
        list("cluster_versions", &VERSION).computed(),
        list("cluster_versions_only", &Kind::String),
        boolean("default_only"),
        boolean("include_all"),
        string("version_status").check(&[Check::OneOf(&["EXTENDED_SUPPORT", "STANDARD_SUPPORT", "UNSUPPORTED"])]),
    ],
    cluster_versions,
)
.without_id()
.since(92);

fn cluster_versions<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = json!({});
        for (name, member) in [("cluster_type", "clusterType"), ("version_status", "versionStatus")] {
            if let Some(v) = obj.str(name) {
                input[member] = json!(v);
            }
        }
        for (name, member) in [("default_only", "defaultOnly"), ("include_all", "includeAll")] {
            if let Some(on) = obj.get(name).as_bool() {
                input[member] = json!(on);
            }
        }
        let only = obj.strs("cluster_versions_only");
        if !only.is_empty() {
            input["clusterVersions"] = json!(only);
        }
        let mut found = cx.list("eks", "DescribeClusterVersions", "clusterVersions", input).await?;
        for v in &mut found {
            for member in ["releaseDate", "endOfStandardSupportDate", "endOfExtendedSupportDate"] {
                let moment = crate::iam::moment(v, member);
                v[member] = json!(moment);
            }
        }
        obj.set("cluster_versions", doc::value(&Kind::List(&VERSION), &json!(found)));
        Ok(())
    })
}

/// `aws_eks_cluster_auth`.
pub static CLUSTER_AUTH: DataSource = data(
    "aws_eks_cluster_auth",
    &[string("name").required().check(&[Check::Length(1, 100)]), string("token").computed().sensitive()],
    cluster_auth,
);

/// A token is a signed request to STS that says who calls, for a minute
/// (<https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster>).
fn cluster_auth<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = obj.text("name").to_owned();
        let url = cx.settings.api.client().presigned_identity(("x-k8s-aws-id", &name)).await?;
        let encoded = doc::base64(url.as_bytes()).replace('+', "-").replace('/', "_");
        obj.set("token", format!("k8s-aws-v1.{}", encoded.trim_end_matches('=')));
        obj.set("id", name);
        Ok(())
    })
}
