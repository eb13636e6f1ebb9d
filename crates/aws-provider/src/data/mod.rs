//! Data sources.

mod efs;
mod eks;
mod iam;
mod iam_policy_document;
mod iam_policy_model;
mod identity;
mod image;
mod instance;
mod ip_ranges;
mod kms;
mod logs;
mod nat_gateway;
mod network;
mod network_lists;
mod s3;
mod ssm;
mod vpc_endpoint_service;

use std::sync::Arc;

use craton_model::schema::{Attribute, AttributeType, Block, Schema};
use craton_model::{Diagnostic, Diagnostics, Type, Value};

use crate::cx::Cx;
use crate::decl::{Attr, Fut, Shape};
use crate::fail::Fail;
use crate::obj::Obj;
use crate::schema;

/// Reads a data source: `obj` holds the configuration, and takes what is found.
pub type DataHook = for<'a> fn(&'a Cx, &'a mut Obj) -> Fut<'a, ()>;

/// A declared data source.
pub struct DataSource {
    /// `aws_region`.
    pub name: &'static str,
    /// Attributes, without `id` and `timeouts`.
    pub attrs: &'static [Attr],
    /// `id` can be configured (as in most that Terraform's plugin SDK made).
    pub id_optional: bool,
    /// It has no `id` at all (some that Terraform's plugin framework made).
    pub without_id: bool,
    /// It has a `timeouts` block with `read`.
    pub timeouts: bool,
    /// Made with Terraform's plugin framework: blocks that are not there are empty in the state, not null.
    pub framework: bool,
    /// The minor version of 5.x that brought it; 0: it was there in 5.87.0.
    pub since: u64,
    /// Reads it.
    pub read: DataHook,
    /// Error codes that are about one argument.
    pub faults: &'static [(&'static str, &'static str)],
}

/// Begins a declaration.
pub const fn data(name: &'static str, attrs: &'static [Attr], read: DataHook) -> DataSource {
    DataSource {
        name,
        attrs,
        id_optional: true,
        without_id: false,
        timeouts: false,
        framework: false,
        since: 0,
        read,
        faults: &[],
    }
}

impl DataSource {
    /// With a `timeouts` block.
    pub const fn timeouts(mut self) -> Self {
        self.timeouts = true;
        self
    }

    /// It came with version 5.`minor` of the AWS provider.
    pub const fn since(mut self, minor: u64) -> Self {
        self.since = minor;
        self
    }

    /// Made with Terraform's plugin framework.
    pub const fn framework(mut self) -> Self {
        self.framework = true;
        self
    }

    /// There is no `id`.
    pub const fn without_id(mut self) -> Self {
        self.without_id = true;
        self
    }

    /// `id` is only exported.
    pub const fn id_computed(mut self) -> Self {
        self.id_optional = false;
        self
    }
}

/// Every data source.
pub static ALL: &[&DataSource] = &[
    &efs::FILE_SYSTEM,
    &iam::OPENID_CONNECT_PROVIDER,
    &iam::POLICY,
    &iam::ROLE,
    &iam::ROLES,
    &iam::SESSION_CONTEXT,
    &eks::ADDON_VERSION,
    &eks::CLUSTER,
    &eks::CLUSTERS,
    &eks::CLUSTER_AUTH,
    &eks::CLUSTER_VERSIONS,
    &iam_policy_document::POLICY_DOCUMENT,
    &image::AMI,
    &image::INSTANCE_TYPE,
    &image::OFFERINGS,
    &instance::INSTANCE,
    &identity::ARN,
    &identity::BILLING_SERVICE_ACCOUNT,
    &identity::CALLER_IDENTITY,
    &identity::DEFAULT_TAGS,
    &identity::PARTITION,
    &identity::REGION,
    &identity::REGIONS_OF_THE_ACCOUNT,
    &identity::SERVICE_PRINCIPAL,
    &ip_ranges::IP_RANGES,
    &kms::ALIAS,
    &kms::KEY,
    &logs::LOG_GROUP,
    &nat_gateway::NAT_GATEWAY,
    &nat_gateway::NAT_GATEWAYS,
    &network::AVAILABILITY_ZONES,
    &network::PREFIX_LIST,
    &network::ROUTE_TABLE,
    &network::ROUTE_TABLES,
    &network::SECURITY_GROUP,
    &network_lists::SECURITY_GROUPS,
    &network::SUBNET,
    &network::SUBNETS,
    &network::VPC,
    &network_lists::VPCS,
    &s3::BUCKET,
    &ssm::PARAMETER,
    &ssm::PARAMETERS_BY_PATH,
    &vpc_endpoint_service::VPC_ENDPOINT_SERVICE,
];

/// The schema of a data source.
pub fn schema(d: &DataSource) -> Schema {
    let Block { mut attributes, mut blocks, .. } = schema::block(d.attrs);
    if !d.without_id {
        attributes.entry(Arc::from("id")).or_insert_with(|| Attribute {
            ty: AttributeType::Plain(Type::String),
            optional: d.id_optional,
            computed: true,
            ..Attribute::default()
        });
    }
    if d.timeouts {
        blocks.insert("timeouts".into(), schema::timeouts(std::iter::once("read")));
    }
    Schema { version: 0, block: Arc::new(Block::new(attributes, blocks)) }
}

/// Checks a configuration.
pub fn validate(d: &DataSource, config: &Value) -> Diagnostics {
    crate::validate::arguments(d.attrs, &Obj::of(config.ty(), config))
}

/// Reads a data source.
///
/// # Errors
/// AWS refused, or there is none.
pub async fn read(cx: &Cx, d: &DataSource, config: &Value) -> Result<Value, Fail> {
    let ty = crate::provider::provider_schema().data_sources.get(d.name).map(|s| s.block.implied_type().clone());
    let ty = ty.unwrap_or_else(|| config.ty().clone());
    let mut obj = Obj::of(&ty, config);
    (d.read)(cx, &mut obj).await?;
    // The state of the AWS provider has null for blocks that are not there, unless its newer framework made the type.
    for a in d.attrs.iter().filter(|a| matches!(a.shape, Shape::Block(..))) {
        match obj.is_zero(a.name) {
            true if d.framework => obj.set_zero(a.name),
            true => obj.clear(a.name),
            false => {}
        }
    }
    // And for collections that the configuration leaves empty, as its SDK does.
    for a in d.attrs.iter().filter(|a| a.settable() && !a.computed && !matches!(a.shape, Shape::Block(..))) {
        let v = obj.get(a.name);
        if v.ty().is_collection() && v.is_empty() {
            obj.clear(a.name);
        }
    }
    Ok(obj.value())
}

/// Says that a data source found nothing, or too much.
pub fn exactly_one<T>(what: &str, mut found: Vec<T>) -> Result<T, Fail> {
    match (found.len(), found.pop()) {
        (1, Some(one)) => Ok(one),
        (0, _) | (_, None) => Err(Diagnostic::error(
            format!("No matching {what} found"),
            "Nothing in this account and region matches the arguments. Check them, the region and the account.",
        )
        .into()),
        (n, _) => Err(Diagnostic::error(
            format!("More than one matching {what}"),
            format!("{n} match the arguments, but the data source gives one. Narrow them down, by id for instance."),
        )
        .into()),
    }
}
