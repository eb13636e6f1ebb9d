//! `base64gzip`. The compressed bytes must be the same as Terraform's, because they stand in attributes (`user_data`)
//! whose change replaces machines, so this is DEFLATE (<https://www.rfc-editor.org/rfc/rfc1951>) with the choices that
//! the Go standard library makes at its default level.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::deflate::deflate;
use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function("base64gzip", "A text, compressed with gzip, in base64.", [param("str", Type::String)], |_, args| {
            Ok(Value::from(STANDARD.encode(gzip(text(args, 0)?.as_bytes()))))
        })
        .returns(Type::String),
    ]
}

/// The gzip form (<https://www.rfc-editor.org/rfc/rfc1952>) without name and time.
fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    deflate(data, &mut out);
    let mut crc = flate2::Crc::new();
    crc.update(data);
    out.extend(crc.sum().to_le_bytes());
    out.extend((data.len() as u32).to_le_bytes());
    out
}
