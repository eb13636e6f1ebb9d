//! stub
pub(crate) const OPERATIONS: &[crate::sandbox::Operations] = &[];
pub(crate) fn blobs(_: &crate::store::Store) -> std::collections::HashSet<String> {
    Default::default()
}
