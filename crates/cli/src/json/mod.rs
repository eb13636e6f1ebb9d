//! The machine formats that tools read:
//! <https://developer.hashicorp.com/terraform/internals/json-format>.

pub mod checks;
pub mod configuration;
pub mod plan;
pub mod provider_configs;
pub mod schemas;
pub mod state;
pub mod stream;
pub mod test_stream;
pub mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::addr::{ProviderAddr, ResourceMode};
use craton_model::schema::{ProviderSchema, Schema};

/// The schemas of the providers in use.
pub type Schemas = BTreeMap<ProviderAddr, Arc<ProviderSchema>>;

/// The schema of a resource type or data source, if its provider is in use.
pub fn schema<'s>(schemas: &'s Schemas, provider: &ProviderAddr, mode: ResourceMode, ty: &str) -> Option<&'s Schema> {
    let provider = schemas.get(provider)?;
    match mode {
        ResourceMode::Managed => provider.resources.get(ty),
        ResourceMode::Data => provider.data_sources.get(ty),
        ResourceMode::Ephemeral => provider.ephemeral.get(ty),
    }
}

/// The word for a mode.
pub fn mode_name(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "managed",
        ResourceMode::Data => "data",
        ResourceMode::Ephemeral => "ephemeral",
    }
}
