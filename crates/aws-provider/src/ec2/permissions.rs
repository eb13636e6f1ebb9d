//! Rules of security groups, as AWS has them: permissions, in which everything with the same protocol and ports is
//! merged.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::doc;
use crate::net::protocol_name;
use crate::obj::Obj;

/// The port that AWS means where it says nothing.
fn port(doc: &Json, path: &str) -> i64 {
    doc::at(doc, path).and_then(|v| v.as_i64()).unwrap_or(0)
}

/// What the elements of rules are: Terraform's attribute, AWS's list and the id within it.
const PARTS: &[(&str, &str, &str)] = &[
    ("cidr_blocks", "IpRanges", "CidrIp"),
    ("ipv6_cidr_blocks", "Ipv6Ranges", "CidrIpv6"),
    ("prefix_list_ids", "PrefixListIds", "PrefixListId"),
    ("security_groups", "UserIdGroupPairs", "GroupId"),
];

/// A rule of a group as AWS takes it. `own` is the group's id, for `self`.
pub fn permission(rule: &Obj, own: &str) -> Json {
    let mut out = Map::new();
    let protocol = protocol_name(rule.text("protocol"));
    if protocol != "-1" {
        out.insert("FromPort".into(), json!(rule.int("from_port").unwrap_or(0)));
        out.insert("ToPort".into(), json!(rule.int("to_port").unwrap_or(0)));
    }
    out.insert("IpProtocol".into(), json!(protocol));
    let description = rule.str("description");
    for (name, list, key) in PARTS {
        let mut ids: Vec<String> = rule.strs(name).into_iter().map(String::from).collect();
        if *name == "security_groups" {
            ids.extend(rule.str("source_security_group_id").map(String::from));
            if rule.bool("self") && !own.is_empty() {
                ids.push(own.to_owned());
            }
        }
        if ids.is_empty() {
            continue;
        }
        let items = ids.iter().map(|id| {
            let mut item = Map::new();
            match (*key, id.split_once('/')) {
                // A group of another account is given with its owner.
                ("GroupId", Some((account, group))) => {
                    item.insert("UserId".into(), json!(account));
                    item.insert("GroupId".into(), json!(group));
                }
                _ => {
                    item.insert((*key).into(), json!(id));
                }
            }
            if let Some(text) = description {
                item.insert("Description".into(), json!(text));
            }
            Json::Object(item)
        });
        out.insert((*list).into(), items.collect());
    }
    Json::Object(out)
}

/// A rule in Terraform's form while it is taken apart: protocol, ports and description with the elements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// `tcp`, `-1`, ...
    pub protocol: String,
    /// From this port.
    pub from: i64,
    /// To this port.
    pub to: i64,
    /// What the elements are described as.
    pub description: String,
    /// Ids by attribute.
    pub parts: BTreeMap<&'static str, Vec<String>>,
    /// The group itself.
    pub own: bool,
}

impl Rule {
    /// A configured or stored rule.
    pub fn of(rule: &Obj) -> Self {
        let texts = |name: &str| rule.strs(name).into_iter().map(String::from).collect::<Vec<_>>();
        Self {
            protocol: protocol_name(rule.text("protocol")),
            from: rule.int("from_port").unwrap_or(0),
            to: rule.int("to_port").unwrap_or(0),
            description: rule.text("description").to_owned(),
            parts: PARTS.iter().map(|(name, ..)| (*name, texts(name))).collect(),
            own: rule.bool("self"),
        }
    }

    /// In the names of `ingress` and `egress`.
    pub fn document(&self) -> Json {
        let mut out = json!({
            "protocol": self.protocol,
            "from_port": self.from,
            "to_port": self.to,
            "description": self.description,
            "self": self.own,
        });
        for (name, ids) in &self.parts {
            out[*name] = json!(ids);
        }
        out
    }

    fn is_empty(&self) -> bool {
        !self.own && self.parts.values().all(Vec::is_empty)
    }

    /// Whether every element of `other` is among these, with the same protocol, ports and description.
    pub fn covers(&self, other: &Rule) -> bool {
        (&self.protocol, self.from, self.to, &self.description)
            == (&other.protocol, other.from, other.to, &other.description)
            && (self.own || !other.own)
            && other.parts.iter().all(|(name, ids)| ids.iter().all(|id| self.has(name, id)))
    }

    fn has(&self, name: &str, id: &str) -> bool {
        self.parts.get(name).is_some_and(|all| all.iter().any(|a| a == id))
    }

    fn take(&mut self, other: &Rule) {
        for (name, ids) in &other.parts {
            if let Some(all) = self.parts.get_mut(name) {
                all.retain(|a| !ids.contains(a));
            }
        }
        self.own &= !other.own;
    }
}

/// The rules that permissions of AWS say, one for each protocol, ports and description.
pub fn rules(permissions: &[Json], own: &str, owner: &str) -> Vec<Rule> {
    let mut all: Vec<Rule> = Vec::new();
    for p in permissions {
        let protocol = protocol_name(&doc::text(p, "IpProtocol"));
        let (from, to) = (port(p, "FromPort"), port(p, "ToPort"));
        for (name, list, key) in PARTS {
            for item in doc::items(p, list) {
                let description = doc::text(&item, "Description");
                let found = all
                    .iter()
                    .position(|r| (&r.protocol, r.from, r.to, &r.description) == (&protocol, from, to, &description));
                let i = found.unwrap_or_else(|| {
                    let parts = PARTS.iter().map(|(name, ..)| (*name, Vec::new())).collect();
                    all.push(Rule { protocol: protocol.clone(), from, to, description, parts, own: false });
                    all.len() - 1
                });
                let id = doc::text(&item, key);
                let account = doc::text(&item, "UserId");
                if *name == "security_groups" && id == own {
                    all[i].own = true;
                } else if let Some(ids) = all[i].parts.get_mut(name) {
                    let foreign = *name == "security_groups" && !account.is_empty() && account != owner;
                    ids.push(if foreign { format!("{account}/{id}") } else { id });
                }
            }
        }
    }
    all
}

/// The rules as a state should hold them: those it knows, where AWS still has all of their elements, and what is left.
/// AWS merges rules, so that what was given as two comes back as one.
pub fn recognise(known: &[Rule], mut found: Vec<Rule>) -> Vec<Rule> {
    let mut out = Vec::new();
    for rule in known {
        if let Some(f) = found.iter_mut().find(|f| f.covers(rule)) {
            f.take(rule);
            out.push(rule.clone());
        }
    }
    out.extend(found.into_iter().filter(|f| !f.is_empty()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_rules_are_told_apart_again() {
        let aws = [json!({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
            "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "11.0.0.0/8"}, {"CidrIp": "12.0.0.0/8", "Description": "x"}],
            "UserIdGroupPairs": [{"GroupId": "sg-own", "UserId": "1"}, {"GroupId": "sg-other", "UserId": "2"}]})];
        let found = rules(&aws, "sg-own", "1");
        assert_eq!(found.len(), 2);
        assert!(found[0].own);
        assert_eq!(found[0].parts["security_groups"], ["2/sg-other"]);
        let mut known = found[0].clone();
        known.parts.insert("cidr_blocks", vec!["11.0.0.0/8".into()]);
        known.parts.insert("security_groups", vec![]);
        known.own = false;
        let told = recognise(std::slice::from_ref(&known), found.clone());
        assert_eq!(told.len(), 3);
        assert_eq!(told[0], known);
        assert_eq!(told[1].parts["cidr_blocks"], ["10.0.0.0/8"]);
    }
}
