//! `random_bytes`, `random_id`, `random_uuid`.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::BigUint;

use super::{KEEPERS, entropy};
use crate::cx::Cx;
use crate::decl::{Attr, Check, Kind, Outcome, Resource, fail};
use crate::encode::hex;
use crate::obj::Obj;

fn count(object: &Obj, name: &str) -> usize {
    usize::try_from(object.whole(name).unwrap_or(0)).unwrap_or(0)
}

fn length(bytes: &[u8]) -> Option<i64> {
    i64::try_from(bytes.len()).ok()
}

pub struct Bytes;

fn set_bytes(object: &mut Obj, bytes: &[u8]) {
    object.set("base64", STANDARD.encode(bytes));
    object.set("hex", hex(bytes));
}

#[async_trait]
impl Resource for Bytes {
    fn name(&self) -> &'static str {
        "random_bytes"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("base64", Kind::Text).secret().kept(),
            Attr::computed("hex", Kind::Text).secret().kept(),
            // Unlike the other types', any change of it replaces.
            Attr::optional("keepers", Kind::TextMap).replaces(),
            Attr::required("length", Kind::Whole).replaces().checked(Check::AtLeast(1)),
        ];
        ATTRS
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        set_bytes(object, &entropy::bytes(count(object, "length"))?);
        Ok(())
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        let Ok(bytes) = STANDARD.decode(id) else {
            return fail("Invalid import id", "The id of a random_bytes is its value in base64.");
        };
        object.set_whole("length", length(&bytes));
        set_bytes(object, &bytes);
        Ok(())
    }
}

pub struct Id;

fn set_id(object: &mut Obj, bytes: &[u8]) {
    let prefix = object.text("prefix").unwrap_or_default().to_owned();
    let id = URL_SAFE_NO_PAD.encode(bytes);
    object.set("b64_url", format!("{prefix}{id}"));
    object.set("b64_std", format!("{prefix}{}", STANDARD.encode(bytes)));
    object.set("hex", format!("{prefix}{}", hex(bytes)));
    object.set("dec", format!("{prefix}{}", BigUint::from_bytes_be(bytes)));
    object.set("id", id);
}

#[async_trait]
impl Resource for Id {
    fn name(&self) -> &'static str {
        "random_id"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("b64_std", Kind::Text).kept(),
            Attr::computed("b64_url", Kind::Text).kept(),
            Attr::required("byte_length", Kind::Whole).replaces().checked(Check::AtLeast(0)),
            Attr::computed("dec", Kind::Text).kept(),
            Attr::computed("hex", Kind::Text).kept(),
            Attr::computed("id", Kind::Text).kept(),
            KEEPERS,
            Attr::optional("prefix", Kind::Text).replaces(),
        ];
        ATTRS
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        set_id(object, &entropy::bytes(count(object, "byte_length"))?);
        Ok(())
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        let (prefix, id) = id.rsplit_once(',').unwrap_or(("", id));
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(id) else {
            let detail = "The id of a random_id is its b64_url without the prefix, or PREFIX,B64_URL.";
            return fail("Invalid import id", detail);
        };
        object.set_text("prefix", Some(prefix).filter(|p| !p.is_empty()));
        object.set_whole("byte_length", length(&bytes));
        set_id(object, &bytes);
        Ok(())
    }
}

pub struct Uuid;

#[async_trait]
impl Resource for Uuid {
    fn name(&self) -> &'static str {
        "random_uuid"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] =
            &[Attr::computed("id", Kind::Text).kept(), KEEPERS, Attr::computed("result", Kind::Text).kept()];
        ATTRS
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        // The published provider takes 16 random bytes as they are, without the bits that a version 4 would have set.
        let mut bytes = [0; 16];
        entropy::fill(&mut bytes)?;
        set_uuid(object, &uuid::Uuid::from_bytes(bytes));
        Ok(())
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        match uuid::Uuid::try_parse(id).ok().filter(|_| id.len() == 36) {
            Some(found) => {
                set_uuid(object, &found);
                Ok(())
            }
            None => fail("Invalid import id", format!("{id:?} is no UUID, which is the id of a random_uuid.")),
        }
    }
}

fn set_uuid(object: &mut Obj, found: &uuid::Uuid) {
    object.set("id", found.to_string());
    object.set("result", found.to_string());
}
