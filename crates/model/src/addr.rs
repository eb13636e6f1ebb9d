//! Addresses: of modules, resources, their instances and providers, in Terraform's notation
//! (<https://developer.hashicorp.com/terraform/cli/state/resource-addressing>).

use std::fmt;
use std::sync::Arc;

/// The key of an instance of something with `count` or `for_each`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InstanceKey {
    /// Neither `count` nor `for_each`.
    #[default]
    None,
    /// `[0]`
    Int(u64),
    /// `["a"]`
    Str(Arc<str>),
}

/// The path of module calls to a module, without instance keys. The root module is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModulePath(pub Arc<[Arc<str>]>);

/// An instance of a module: the calls that lead to it, each with its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleInstance(pub Arc<[(Arc<str>, InstanceKey)]>);

/// Which kind of block a resource is declared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceMode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

/// A resource within its module: `aws_vpc.this`, `data.aws_region.current`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// Kind of block.
    pub mode: ResourceMode,
    /// Resource type.
    pub r#type: Arc<str>,
    /// Name given in the configuration.
    pub name: Arc<str>,
}

/// A resource in the configuration: no instance keys anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigResource {
    /// Its module.
    pub module: ModulePath,
    /// The resource in it.
    pub resource: Resource,
}

/// A resource of one module instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AbsResource {
    /// Its module instance.
    pub module: ModuleInstance,
    /// The resource in it.
    pub resource: Resource,
}

/// One resource instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceInstance {
    /// Its module instance.
    pub module: ModuleInstance,
    /// The resource in it.
    pub resource: Resource,
    /// Its key.
    pub key: InstanceKey,
}

/// A provider's source address: `registry.terraform.io/hashicorp/aws`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderAddr {
    /// Registry host.
    pub host: Arc<str>,
    /// Organisation.
    pub namespace: Arc<str>,
    /// Provider type, `aws`.
    pub r#type: Arc<str>,
}

/// A provider configuration as the state names it:
/// `module.a.provider["registry.terraform.io/hashicorp/aws"].west`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderConfigAddr {
    /// The module that declares it.
    pub module: ModulePath,
    /// Which provider.
    pub provider: ProviderAddr,
    /// The alias, if it is not the default configuration.
    pub alias: Option<Arc<str>>,
}

/// The host of addresses that name none.
pub const DEFAULT_REGISTRY: &str = "registry.terraform.io";

impl InstanceKey {
    /// The key as a value: number, string, or `None`.
    pub fn to_value(&self) -> Option<crate::Value> {
        match self {
            InstanceKey::None => None,
            InstanceKey::Int(i) => Some(crate::Value::number(*i as i64)),
            InstanceKey::Str(s) => Some(crate::Value::string(s.clone())),
        }
    }
}

impl ModulePath {
    /// The root module.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether it is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The module that a call in this one leads to.
    #[must_use]
    pub fn child(&self, name: impl Into<Arc<str>>) -> Self {
        Self(self.0.iter().cloned().chain([name.into()]).collect())
    }

    /// The calling module; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.into()))
    }
}

impl ModuleInstance {
    /// The root module.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether it is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// An instance of a module called from this one.
    #[must_use]
    pub fn child(&self, name: impl Into<Arc<str>>, key: InstanceKey) -> Self {
        Self(self.0.iter().cloned().chain([(name.into(), key)]).collect())
    }

    /// The calling module instance; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.into()))
    }

    /// The path without keys.
    pub fn path(&self) -> ModulePath {
        ModulePath(self.0.iter().map(|(name, _)| name.clone()).collect())
    }

    /// A resource in it.
    pub fn resource(&self, resource: Resource) -> AbsResource {
        AbsResource { module: self.clone(), resource }
    }

    /// Reads `module.a["x"].module.b`; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (module, rest) = parse_module(text)?;
        rest.is_empty().then_some(module)
    }
}

impl Resource {
    /// A managed resource.
    pub fn managed(r#type: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { mode: ResourceMode::Managed, r#type: r#type.into(), name: name.into() }
    }

    /// A data source.
    pub fn data(r#type: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { mode: ResourceMode::Data, r#type: r#type.into(), name: name.into() }
    }
}

impl AbsResource {
    /// One of its instances.
    pub fn instance(&self, key: InstanceKey) -> ResourceInstance {
        ResourceInstance { module: self.module.clone(), resource: self.resource.clone(), key }
    }

    /// The address in the configuration.
    pub fn config(&self) -> ConfigResource {
        ConfigResource { module: self.module.path(), resource: self.resource.clone() }
    }
}

impl ResourceInstance {
    /// The resource it is an instance of.
    pub fn resource(&self) -> AbsResource {
        AbsResource { module: self.module.clone(), resource: self.resource.clone() }
    }

    /// The address in the configuration.
    pub fn config(&self) -> ConfigResource {
        ConfigResource { module: self.module.path(), resource: self.resource.clone() }
    }

    /// Reads `module.a.aws_subnet.private["x"]`; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (module, rest) = parse_module(text)?;
        let (mode, rest) = match (rest.strip_prefix("data."), rest.strip_prefix("ephemeral.")) {
            (Some(rest), _) => (ResourceMode::Data, rest),
            (_, Some(rest)) => (ResourceMode::Ephemeral, rest),
            _ => (ResourceMode::Managed, rest),
        };
        let (r#type, rest) = parse_name(rest)?;
        let (name, rest) = parse_name(rest.strip_prefix('.')?)?;
        let (key, rest) = parse_key(rest)?;
        rest.is_empty().then_some(Self { module, resource: Resource { mode, r#type, name }, key })
    }
}

impl ConfigResource {
    /// Reads `module.a.aws_subnet.private`, as the state's dependency lists hold it; `None` when
    /// it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let instance = ResourceInstance::parse(text)?;
        (instance.key == InstanceKey::None).then(|| instance.config())
    }
}

/// Whether `text` can be the local name of a provider, or the namespace or type in its address, whatever the case of its
/// letters. The error says what such a name is made of, as the rest of a sentence.
pub fn check_provider_part(text: &str) -> Result<(), &'static str> {
    let good = |c: char| c.is_alphanumeric() || c == '-';
    if text.is_empty() || !text.chars().all(good) || text.starts_with('-') || text.ends_with('-') {
        return Err("has only letters, digits and dashes, and no dash at its beginning or end");
    }
    if text.contains("--") {
        return Err("has no two dashes in a row");
    }
    Ok(())
}

impl ProviderAddr {
    /// A provider of the default registry.
    pub fn new(namespace: &str, r#type: &str) -> Self {
        Self { host: DEFAULT_REGISTRY.into(), namespace: namespace.into(), r#type: r#type.into() }
    }

    /// The built-in provider that serves `terraform_data` and `terraform_remote_state`.
    pub fn builtin() -> Self {
        Self { host: "terraform.io".into(), namespace: "builtin".into(), r#type: "terraform".into() }
    }

    /// What an undeclared local name stands for: `hashicorp/NAME`, or the built-in one.
    pub fn implied(local_name: &str) -> Self {
        if local_name == "terraform" { Self::builtin() } else { Self::new("hashicorp", local_name) }
    }

    /// Reads `aws`, `hashicorp/aws` or `host/hashicorp/aws`, in lower case; `None` when it is none.
    pub fn parse(source: &str) -> Option<Self> {
        let parts: Vec<&str> = source.split('/').collect();
        let word = |s: &str| check_provider_part(s).is_ok();
        let host = |s: &str| !s.is_empty() && (s.contains('.') || s.contains(':') || s == "localhost");
        let lower = |s: &str| Arc::from(s.to_lowercase());
        match parts.as_slice() {
            [t] if word(t) => Some(Self { r#type: lower(t), ..Self::new("hashicorp", "") }),
            [n, t] if word(n) && word(t) => Some(Self { namespace: lower(n), r#type: lower(t), ..Self::new("", "") }),
            [h, n, t] if host(h) && word(n) && word(t) => {
                Some(Self { host: lower(h), namespace: lower(n), r#type: lower(t) })
            }
            _ => None,
        }
    }

    /// The short form people write: without the default registry's host.
    pub fn short(&self) -> String {
        if self.host.as_ref() == DEFAULT_REGISTRY {
            format!("{}/{}", self.namespace, self.r#type)
        } else {
            self.to_string()
        }
    }
}

impl ProviderConfigAddr {
    /// Reads the form that state files hold; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (module, rest) = parse_module(text)?;
        let rest = rest.strip_prefix("provider[\"")?;
        let (addr, rest) = rest.split_once("\"]")?;
        let alias = match rest {
            "" => None,
            _ => Some(Arc::from(rest.strip_prefix('.')?)),
        };
        Some(Self { module: module.path(), provider: ProviderAddr::parse(addr)?, alias })
    }
}

/// Leading `module.x[...]` parts and what follows them.
fn parse_module(text: &str) -> Option<(ModuleInstance, &str)> {
    let mut steps = Vec::new();
    let mut rest = text;
    while let Some(after) = rest.strip_prefix("module.") {
        let (name, after) = parse_name(after)?;
        let (key, after) = parse_key(after)?;
        steps.push((name, key));
        rest = match after.strip_prefix('.') {
            Some(after) => after,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some((ModuleInstance(steps.into()), rest))
}

fn parse_name(text: &str) -> Option<(Arc<str>, &str)> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
    (end > 0).then(|| (Arc::from(&text[..end]), &text[end..]))
}

fn parse_key(text: &str) -> Option<(InstanceKey, &str)> {
    let Some(inner) = text.strip_prefix('[') else { return Some((InstanceKey::None, text)) };
    if inner.starts_with('"') {
        // A JSON string reads the escapes that `Display` writes, but for the two of templates.
        let mut stream = serde_json::Deserializer::from_str(inner).into_iter::<String>();
        let key = stream.next()?.ok()?;
        let rest = inner[stream.byte_offset()..].strip_prefix(']')?;
        let key = key.replace("$${", "${").replace("%%{", "%{");
        return Some((InstanceKey::Str(key.into()), rest));
    }
    let (digits, rest) = inner.split_once(']')?;
    Some((InstanceKey::Int(digits.parse().ok()?), rest))
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::None => Ok(()),
            InstanceKey::Int(i) => write!(f, "[{i}]"),
            InstanceKey::Str(s) => {
                let escaped = serde_json::to_string(s.as_ref()).map_err(|_| fmt::Error)?;
                write!(f, "[{}]", escaped.replace("${", "$${").replace("%{", "%%{"))
            }
        }
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if i == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl fmt::Display for ModuleInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, key)) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}{key}", if i == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.mode {
            ResourceMode::Managed => "",
            ResourceMode::Data => "data.",
            ResourceMode::Ephemeral => "ephemeral.",
        };
        write!(f, "{prefix}{}.{}", self.r#type, self.name)
    }
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)
    }
}

impl fmt::Display for AbsResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)
    }
}

impl fmt::Display for ResourceInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "{}{}", self.resource, self.key)
    }
}

impl fmt::Display for ProviderAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.namespace, self.r#type)
    }
}

impl fmt::Display for ProviderConfigAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "provider[\"{}\"]", self.provider)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, ".{alias}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_what_they_print() {
        for text in [
            "aws_vpc.this",
            "aws_subnet.private[2]",
            "module.vpc.aws_subnet.private[\"eu-west-1a\"]",
            "module.a[0].module.b[\"x\\\"y\"].data.aws_region.current",
            "aws_x.y[\"$${z}\"]",
        ] {
            assert_eq!(ResourceInstance::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "aws_vpc", "module.a", "aws_vpc.this[", "aws_vpc.this[x]", "aws_vpc.this.id"] {
            assert!(ResourceInstance::parse(text).is_none(), "{text}");
        }
        for text in [
            "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "module.a.provider[\"terraform.io/builtin/terraform\"].x",
        ] {
            assert_eq!(ProviderConfigAddr::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn provider_sources() {
        assert_eq!(ProviderAddr::parse("aws").unwrap().to_string(), "registry.terraform.io/hashicorp/aws");
        assert_eq!(ProviderAddr::parse("Acme/thing").unwrap().short(), "acme/thing");
        assert!(ProviderAddr::parse("a/b/c/d").is_none() && ProviderAddr::parse("").is_none());
    }
}
