//! The `aws-chunked` content encoding, in which SDKs send objects to S3 with a checksum or signature after the data.

/// The data of an `aws-chunked` body. Signatures and trailers are dropped.
pub(crate) fn decode(mut body: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(body.len());
    loop {
        let end = find_crlf(body).ok_or("aws-chunked: a chunk without a size line")?;
        let line = std::str::from_utf8(&body[..end]).map_err(|_| "aws-chunked: a size line that is not text")?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16).map_err(|_| format!("aws-chunked: {digits:?} is not a size"))?;
        body = &body[end + 2..];
        if size == 0 {
            return Ok(out);
        }
        if body.len() < size || !body[size..].starts_with(b"\r\n") {
            return Err("aws-chunked: the body is shorter than its chunks say".into());
        }
        out.extend_from_slice(&body[..size]);
        body = &body[size + 2..];
    }
}

fn find_crlf(body: &[u8]) -> Option<usize> {
    body.windows(2).position(|w| w == b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn joins_chunks_and_drops_signatures_and_trailers() {
        let body = b"5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        assert_eq!(decode(body).unwrap(), b"hello world");
    }

    #[test]
    fn refuses_a_body_cut_short() {
        assert!(decode(b"5\r\nhel").is_err());
        assert!(decode(b"zz\r\n").is_err());
        assert!(decode(b"5\r\nhello\r\n").is_err());
    }
}
