//! Values without any change: what `output`, `console`, `show` and `state show` print.

use craton_model::schema::Block;
use craton_model::value::{Data, Marks};
use craton_model::{Path, Type, Value};

use super::Diff;
use super::text::{quote, scalar};
use crate::render::style::Style;

/// A value as people write it in a configuration: what `output` and `console` print.
pub fn display(v: &Value, style: &Style) -> String {
    let mut d = Diff::new(style, &[]);
    d.plain(0, v, "");
    d.out.trim_end().to_owned()
}

impl Diff<'_> {
    fn plain(&mut self, indent: usize, v: &Value, end: &str) {
        let secret = v.marks().contains(Marks::SENSITIVE);
        let (open, close) = match v.ty() {
            Type::List(_) => ("tolist([", "])"),
            Type::Set(_) => ("toset([", "])"),
            Type::Map(_) => ("tomap({", "})"),
            Type::Object(_) => ("{", "}"),
            _ => ("[", "]"),
        };
        let pad = " ".repeat(indent + 2);
        match v.data() {
            Data::Seq(items) if !secret && !items.is_empty() => {
                self.out.push_str(&format!("{open}\n"));
                for item in items.iter() {
                    self.out.push_str(&pad);
                    self.plain(indent + 2, item, ",");
                }
                self.out.push_str(&format!("{}{close}{end}\n", " ".repeat(indent)));
            }
            Data::Map(entries) if !secret && !entries.is_empty() => {
                self.out.push_str(&format!("{open}\n"));
                for (k, item) in entries {
                    self.out.push_str(&format!("{pad}{} = ", quote(k)));
                    self.plain(indent + 2, item, "");
                }
                self.out.push_str(&format!("{}{close}{end}\n", " ".repeat(indent)));
            }
            Data::Seq(_) | Data::Map(_) if !secret => self.out.push_str(&format!("{open}{close}{end}\n")),
            Data::Null if *v.ty() != Type::Dynamic && !secret => {
                let cast = match v.ty() {
                    Type::String => "tostring(null)".to_owned(),
                    Type::Number => "tonumber(null)".to_owned(),
                    Type::Bool => "tobool(null)".to_owned(),
                    ty => format!("null /* {} */", ty.friendly()),
                };
                self.out.push_str(&format!("{cast}{end}\n"));
            }
            Data::String(s) if !secret && s.trim_end_matches('\n').contains('\n') => {
                self.out.push_str("<<EOT\n");
                self.out.push_str(s);
                self.out.push_str(if s.ends_with('\n') { "EOT" } else { "\nEOT" });
                self.out.push_str(&format!("{end}\n"));
            }
            _ => self.out.push_str(&format!("{}{end}\n", scalar(v))),
        }
    }

    /// The attributes and blocks of an object without any sign: what is, not what changes. They stand in column
    /// `indent`.
    pub fn listing(&mut self, indent: usize, v: &Value, block: &Block, path: &Path) {
        let null = Value::null(v.ty().clone());
        let signs = std::mem::replace(&mut self.signs, false);
        self.body(indent - 2, &null, v, block, path);
        self.signs = signs;
    }
}
