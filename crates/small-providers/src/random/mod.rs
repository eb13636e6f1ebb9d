//! `random`: what is drawn once and then kept in the state (version 3.6).

mod bytes;
pub(crate) mod entropy;
mod number;
mod password;
mod pet;
mod text;
mod words;

use crate::decl::{Attr, Declaration, Kind, Replace};

pub(crate) const PROVIDER: Declaration = Declaration {
    resources: &[
        &bytes::Bytes,
        &bytes::Id,
        &bytes::Uuid,
        &number::Integer,
        &number::Shuffle,
        &password::Password,
        &password::Text,
        &pet::Pet,
    ],
    ..Declaration::new("random", "3.6.3", "< 3.10")
};

/// Any map; another object is drawn when its values change.
const KEEPERS: Attr = Attr::optional("keepers", Kind::TextMap).replaces_when(Replace::ValuesChanged);
