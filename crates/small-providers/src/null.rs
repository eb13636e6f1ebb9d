//! `null`: a resource that is nothing, and a data source that gives what it takes (version 3.2).

use async_trait::async_trait;

use crate::cx::Cx;
use crate::decl::{Attr, DataSource, Declaration, Kind, Outcome, Replace, Resource};
use crate::obj::Obj;
use crate::random::entropy;

pub(crate) const PROVIDER: Declaration =
    Declaration { resources: &[&NullResource], data: &[&NullDataSource], ..Declaration::new("null", "3.2.4", "< 3.4") };

struct NullResource;

#[async_trait]
impl Resource for NullResource {
    fn name(&self) -> &'static str {
        "null_resource"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("id", Kind::Text).kept(),
            Attr::optional("triggers", Kind::TextMap).replaces_when(Replace::ValuesChanged),
        ];
        ATTRS
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        object.set("id", (entropy::number()? >> 1).to_string());
        Ok(())
    }
}

struct NullDataSource;

#[async_trait]
impl DataSource for NullDataSource {
    fn name(&self) -> &'static str {
        "null_data_source"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::either("has_computed_default", Kind::Text),
            Attr::computed("id", Kind::Text).deprecated("It is always the same and will be removed."),
            Attr::optional("inputs", Kind::TextMap),
            Attr::computed("outputs", Kind::TextMap),
            Attr::computed("random", Kind::Text),
        ];
        ATTRS
    }

    fn deprecated(&self) -> bool {
        true
    }

    async fn read(&self, _: &Cx, object: &mut Obj) -> Outcome {
        object.set("outputs", object.get("inputs"));
        object.set("random", (entropy::number()? >> 1).to_string());
        if object.is_null("has_computed_default") {
            object.set("has_computed_default", "default");
        }
        object.set("id", "static");
        Ok(())
    }
}
