//! The state: tables of documents, changed in transactions.
//!
//! A document is what AWS answers for the resource; members that begin with `_` are the sandbox's own and
//! never leave it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Tables of documents by key.
#[derive(Default)]
pub(crate) struct Store {
    tables: BTreeMap<String, BTreeMap<String, Value>>,
    undo: Vec<(String, String, Option<Value>)>,
}

impl Store {
    pub(crate) fn get(&self, table: &str, key: &str) -> Option<&Value> {
        self.tables.get(table)?.get(key)
    }

    /// All documents of a table, by key.
    pub(crate) fn rows<'s>(
        &'s self,
        table: &str,
    ) -> impl DoubleEndedIterator<Item = (&'s String, &'s Value)> + use<'s> {
        self.tables.get(table).into_iter().flatten()
    }

    pub(crate) fn count(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, BTreeMap::len)
    }

    /// Number of documents per table.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&String, usize)> {
        self.tables.iter().map(|(name, rows)| (name, rows.len()))
    }

    fn set(&mut self, table: &str, key: &str, doc: Option<Value>) -> Option<Value> {
        match doc {
            Some(doc) => match self.tables.get_mut(table) {
                Some(rows) => rows.insert(key.to_owned(), doc),
                None => self.tables.entry(table.to_owned()).or_default().insert(key.to_owned(), doc),
            },
            None => {
                let rows = self.tables.get_mut(table)?;
                let old = rows.remove(key);
                if rows.is_empty() {
                    self.tables.remove(table);
                }
                old
            }
        }
    }

    pub(crate) fn put(&mut self, table: &str, key: &str, doc: Value) {
        let old = self.set(table, key, Some(doc));
        self.undo.push((table.to_owned(), key.to_owned(), old));
    }

    pub(crate) fn remove(&mut self, table: &str, key: &str) -> Option<Value> {
        let old = self.set(table, key, None)?;
        self.undo.push((table.to_owned(), key.to_owned(), Some(old.clone())));
        Some(old)
    }

    /// A point to roll back to.
    pub(crate) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Takes back every change since the mark.
    pub(crate) fn rollback(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some((table, key, old)) = self.undo.pop() {
                self.set(&table, &key, old);
            }
        }
    }

    /// The changes since the last commit as one journal entry, or none. They stay open until [`Self::commit`].
    pub(crate) fn changes(&self) -> Option<Value> {
        if self.undo.is_empty() {
            return None;
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut writes = Vec::new();
        for (table, key, _) in &self.undo {
            if seen.insert((table, key)) {
                writes.push(json!([table, key, self.get(table, key)]));
            }
        }
        Some(Value::Array(writes))
    }

    /// Makes the changes final.
    pub(crate) fn commit(&mut self) {
        self.undo.clear();
    }

    /// Applies a journal entry that another process (or an earlier run) wrote. Gives false when it is not one.
    pub(crate) fn replay(&mut self, entry: Value) -> bool {
        let Value::Array(writes) = entry else { return false };
        for write in writes {
            let Value::Array(parts) = write else { return false };
            let Ok([Value::String(table), Value::String(key), doc]) = <[Value; 3]>::try_from(parts) else {
                return false;
            };
            self.set(&table, &key, (!doc.is_null()).then_some(doc));
        }
        true
    }

    pub(crate) fn to_document(&self) -> Value {
        let tables = self.tables.iter().map(|(name, rows)| {
            (name.clone(), Value::Object(rows.iter().map(|(k, v)| (k.clone(), v.clone())).collect::<Map<_, _>>()))
        });
        Value::Object(tables.collect())
    }

    /// Reads what [`Self::to_document`] gave. None when it is something else.
    pub(crate) fn from_document(document: Value) -> Option<Self> {
        let Value::Object(tables) = document else { return None };
        let mut store = Self::default();
        for (name, rows) in tables {
            let Value::Object(rows) = rows else { return None };
            store.tables.insert(name, rows.into_iter().collect());
        }
        Some(store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rollback_restores_and_replay_repeats() {
        let mut s = Store::default();
        s.put("vpc", "a", json!({"n": 1}));
        s.commit();
        s.put("vpc", "a", json!({"n": 2}));
        s.remove("vpc", "a");
        s.put("subnet", "b", json!({}));
        s.rollback(0);
        assert_eq!(s.get("vpc", "a"), Some(&json!({"n": 1})));
        assert_eq!(s.count("subnet"), 0);
        s.put("subnet", "b", json!({}));
        s.remove("vpc", "a");
        let entry = s.changes().unwrap();
        let mut other = Store::default();
        other.put("vpc", "a", json!({"n": 1}));
        other.commit();
        assert!(other.replay(entry));
        assert_eq!(other.to_document(), s.to_document());
        assert!(!other.replay(json!("torn")));
    }
}
