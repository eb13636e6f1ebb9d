//! XML as a small tree: elements, attributes, text. Namespaces are dropped, since AWS's names do not clash.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// An element.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Element {
    /// Its name without the prefix.
    pub name: String,
    /// Attributes, names as written (`xsi:type`), namespace declarations left out.
    pub attributes: Vec<(String, String)>,
    /// Elements in it.
    pub children: Vec<Element>,
    /// Text in it.
    pub text: String,
}

impl Element {
    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The text of the first child of that name; empty when there is none.
    pub(crate) fn child_text(&self, name: &str) -> &str {
        self.child(name).map_or("", |c| c.text.as_str())
    }

    /// The first element of that name in this one, at any depth.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name { Some(self) } else { self.children.iter().find_map(|c| c.find(name)) }
    }
}

/// Deeper nesting than any AWS shape has, and far less than the stack holds.
const DEEPEST: usize = 128;

/// Parses a document; the root element comes back.
pub(crate) fn parse(body: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_string())?;
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    let close = |open: &mut Vec<Element>| {
        if let Some(done) = open.pop()
            && let Some(parent) = open.last_mut()
        {
            parent.children.push(done);
        }
    };
    loop {
        let event = reader.read_event().map_err(|e| format!("the body is not XML: {e}"))?;
        match event {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return Err("the body is XML nested too deep".into());
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                open.push(element(&start)?);
                close(&mut open);
            }
            Event::End(_) => close(&mut open),
            Event::Text(text) => {
                let text = text.xml_content().map_err(|e| format!("the body is not XML: {e}"))?;
                append(&mut open, &text);
            }
            Event::CData(text) => {
                let text = text.xml_content().map_err(|e| format!("the body is not XML: {e}"))?;
                append(&mut open, &text);
            }
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|e| format!("the body is not XML: {e}"))?;
                let name = String::from_utf8_lossy(&reference).into_owned();
                match (character, resolve_predefined_entity(&name)) {
                    (Some(c), _) => append(&mut open, c.encode_utf8(&mut [0; 4])),
                    (None, Some(text)) => append(&mut open, text),
                    (None, None) => {
                        return Err(format!("the body refers to an entity &{name}; that it does not define"));
                    }
                }
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    if open.len() != 1 {
        return Err("the body ends inside an element".into());
    }
    let mut root = open.pop().unwrap_or_default();
    if root.children.len() != 1 {
        return Err("the body is not one XML element".into());
    }
    root.children.pop().ok_or_else(|| "the body is empty".into())
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn element(start: &BytesStart) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| format!("the body is not XML: {e}"))?;
        let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        if key != "xmlns" && !key.starts_with("xmlns:") {
            let value = attribute.unescape_value().map_err(|e| format!("the body is not XML: {e}"))?;
            attributes.push((key, value.into_owned()));
        }
    }
    let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
    Ok(Element { name, attributes, ..Element::default() })
}

/// Appends text with what XML reserves written as references. A carriage return too: a parser would turn it into a line
/// feed.
pub(crate) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_escapes() {
        let text = "a<b>&\"c\"\r\n 'ä' ";
        let mut xml = String::from("<?xml version=\"1.0\"?>\n<x:root xmlns:x=\"u\" x:type=\"T\">");
        escape(text, &mut xml);
        xml.push_str("<empty/></x:root>");
        let root = parse(xml.as_bytes()).unwrap();
        assert_eq!((root.name.as_str(), root.text.as_str()), ("root", text));
        assert_eq!(root.attributes, [("x:type".to_string(), "T".to_string())]);
        assert!(root.child("empty").is_some());
    }

    #[test]
    fn refuses_what_is_not_one_element() {
        for bad in ["", "plain", "<a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
