//! Attributes of a declaration: one row per argument or exported value.

/// What an attribute holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Int,
    /// Any number.
    Float,
    /// `true` or `false`.
    Bool,
    /// `"true"` or `"false"` as text, a bool to AWS: so that it can be told from one that is not given.
    BoolText,
    /// Values in order.
    List(&'static Kind),
    /// Values without order or repeats.
    Set(&'static Kind),
    /// Values by key.
    Map(&'static Kind),
    /// An object: the content of a nested block, or of an attribute that is written like one.
    Object(&'static [Attr]),
}

/// Whether an attribute is declared as a nested block in Terraform's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `name = value`.
    Argument,
    /// `name { ... }`, at least and at most so often (0: any number).
    Block(usize, usize),
}

/// The value that the provider plans where the configuration gives none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// None: null.
    None,
    /// Text.
    Str(&'static str),
    /// A number.
    Int(i64),
    /// A bool.
    Bool(bool),
}

/// When two values that are written differently mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// Only when equal.
    Exact,
    /// JSON policy documents, compared as IAM understands them; the plan shows them with sorted keys and no spaces.
    Policy,
    /// JSON documents in any spelling, their keys in any order.
    Json,
    /// Text without regard to capitals.
    IgnoreCase,
    /// IPv6 ranges in any spelling.
    Cidr,
    /// What the state holds counts once the object exists (a write-once hint).
    OnceCreated,
    /// The ARN with or without the `:*` that CloudWatch Logs appends.
    LogGroupArn,
    /// The id of a key or its ARN.
    KeyArn,
    /// The URL of an identity provider, with or without `https://`.
    OpenIdUrl,
    /// A protocol by name (`tcp`) or number (`6`).
    Protocol,
}

/// What the state holds where AWS's answer has nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Null.
    Null,
    /// The type's zero value: `""`, 0, false or an empty collection.
    Zero,
    /// What it held before.
    Keep,
}

/// A check on a known configured value.
#[derive(Clone, Copy)]
pub enum Check {
    /// An IPv4 range in canonical form.
    Ipv4Cidr,
    /// An IPv6 range in canonical form.
    Ipv6Cidr,
    /// An IPv4 or IPv6 range in canonical form.
    Cidr,
    /// An IPv4 address.
    Ipv4Address,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// One of these numbers.
    OneOfInt(&'static [i64]),
    /// An ARN.
    Arn,
    /// A number from..=to.
    Range(i64, i64),
    /// So many characters, from..=to.
    Length(usize, usize),
    /// A JSON document, or "" for none.
    Json,
    /// A JSON document, which cannot be left empty.
    Document,
    /// A function that says what is wrong.
    By(fn(&str) -> Result<(), String>),
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("check")
    }
}

/// An attribute. Built with [`string`], [`int`], ... and the methods below, in a `const` or `static`.
#[derive(Clone, Copy, Debug)]
pub struct Attr {
    /// Terraform's name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Argument or block.
    pub shape: Shape,
    /// Must be given.
    pub required: bool,
    /// May be given.
    pub optional: bool,
    /// AWS may set it.
    pub computed: bool,
    /// Not shown to people.
    pub sensitive: bool,
    /// Deprecated.
    pub deprecated: bool,
    /// Never in a plan or state.
    pub write_only: bool,
    /// A change needs a new object.
    pub replaces: bool,
    /// Planned where nothing is configured.
    pub default: Default,
    /// When a difference is none.
    pub same: Same,
    /// Where it is found in AWS's answer; `None`: by the name in AWS's spelling; `""`: nowhere.
    pub from: Option<&'static str>,
    /// Where it goes in the input of a request; `None`: by the name in AWS's spelling; `""`: nowhere.
    pub to: Option<&'static str>,
    /// Not in the request that creates, only in those that change.
    pub late: bool,
    /// Sent also when it is false, 0 or `""`.
    pub always: bool,
    /// `""` takes away what an object has, although AWS sets what is left out.
    pub emptied: bool,
    /// What the state holds where the answer has nothing.
    pub absent: Absent,
    /// Arguments that may not be given beside it.
    pub conflicts: &'static [&'static str],
    /// Exactly one of these (it is among them) must be given.
    pub exactly_one_of: &'static [&'static str],
    /// These must be given with it.
    pub required_with: &'static [&'static str],
    /// What its value must hold to.
    pub checks: &'static [Check],
    /// The minor version of 5.x that brought it; 0: it was there in 5.87.0.
    pub since: u64,
}

const fn attr(name: &'static str, kind: Kind) -> Attr {
    Attr {
        name,
        kind,
        shape: Shape::Argument,
        required: false,
        optional: true,
        computed: false,
        sensitive: false,
        deprecated: false,
        write_only: false,
        replaces: false,
        default: Default::None,
        same: Same::Exact,
        from: None,
        to: None,
        late: false,
        always: false,
        emptied: false,
        absent: Absent::Null,
        conflicts: &[],
        exactly_one_of: &[],
        required_with: &[],
        checks: &[],
        since: 0,
    }
}

/// Text; optional until said otherwise, as everything below.
pub const fn string(name: &'static str) -> Attr {
    attr(name, Kind::String)
}

/// A whole number.
pub const fn int(name: &'static str) -> Attr {
    attr(name, Kind::Int)
}

/// Any number.
pub const fn float(name: &'static str) -> Attr {
    attr(name, Kind::Float)
}

/// A bool.
pub const fn boolean(name: &'static str) -> Attr {
    attr(name, Kind::Bool)
}

/// A bool written as text.
pub const fn bool_text(name: &'static str) -> Attr {
    attr(name, Kind::BoolText)
}

/// Values in order.
pub const fn list(name: &'static str, of: &'static Kind) -> Attr {
    attr(name, Kind::List(of))
}

/// Values without order.
pub const fn set(name: &'static str, of: &'static Kind) -> Attr {
    attr(name, Kind::Set(of))
}

/// Values by key.
pub const fn map(name: &'static str, of: &'static Kind) -> Attr {
    attr(name, Kind::Map(of))
}

/// A set of texts.
pub const fn strings(name: &'static str) -> Attr {
    set(name, &Kind::String)
}

/// A JSON policy document.
pub const fn policy(name: &'static str) -> Attr {
    let mut a = string(name);
    a.same = Same::Policy;
    a.checks = &[Check::Json];
    a
}

/// Blocks in order; `of` is a [`Kind::Object`].
pub const fn blocks(name: &'static str, of: &'static Kind) -> Attr {
    let mut a = list(name, of);
    a.shape = Shape::Block(0, 0);
    a.absent = Absent::Zero;
    a
}

/// Blocks without order; `of` is a [`Kind::Object`].
pub const fn block_set(name: &'static str, of: &'static Kind) -> Attr {
    let mut a = set(name, of);
    a.shape = Shape::Block(0, 0);
    a.absent = Absent::Zero;
    a
}

/// A block that stands at most once; `of` is a [`Kind::Object`].
pub const fn block(name: &'static str, of: &'static Kind) -> Attr {
    let mut a = list(name, of);
    a.shape = Shape::Block(0, 1);
    a.absent = Absent::Zero;
    a
}

impl Attr {
    /// It came with version 5.`minor` of the AWS provider, and a repository that pins an earlier one does not get it. For
    /// what 5.87.0 has there is nothing to say.
    pub const fn since(mut self, minor: u64) -> Self {
        self.since = minor;
        self
    }

    /// Must be given.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self.optional = false;
        if let Shape::Block(_, max) = self.shape {
            self.shape = Shape::Block(1, max);
        }
        self
    }

    /// Only AWS sets it.
    pub const fn computed(mut self) -> Self {
        self.computed = true;
        self.optional = false;
        self
    }

    /// Set by AWS where the configuration does not.
    pub const fn optional_computed(mut self) -> Self {
        self.computed = true;
        self.optional = true;
        self
    }

    /// A change needs a new object.
    pub const fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Not shown to people.
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Never in a plan or state.
    pub const fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Deprecated.
    pub const fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// Planned where nothing is configured.
    pub const fn default_str(mut self, v: &'static str) -> Self {
        self.default = Default::Str(v);
        self
    }

    /// Planned where nothing is configured.
    pub const fn default_int(mut self, v: i64) -> Self {
        self.default = Default::Int(v);
        self
    }

    /// Planned where nothing is configured.
    pub const fn default_bool(mut self, v: bool) -> Self {
        self.default = Default::Bool(v);
        self
    }

    /// When a difference is none.
    pub const fn same(mut self, same: Same) -> Self {
        self.same = same;
        self
    }

    /// Its path in requests and answers, where that is not its name in AWS's spelling:
    /// `Attachments[0].VpcId`, `Groups[].GroupId`.
    pub const fn api(mut self, path: &'static str) -> Self {
        self.from = Some(path);
        self.to = Some(path);
        self
    }

    /// Its path in answers.
    pub const fn from(mut self, path: &'static str) -> Self {
        self.from = Some(path);
        self
    }

    /// Its path in requests.
    pub const fn to(mut self, path: &'static str) -> Self {
        self.to = Some(path);
        self
    }

    /// Not in AWS's answers, or read by a hook: the state keeps what it held.
    pub const fn unread(mut self) -> Self {
        self.from = Some("");
        self
    }

    /// Not sent by the declared requests.
    pub const fn unsent(mut self) -> Self {
        self.to = Some("");
        self
    }

    /// Not in the request that creates, only in those that change.
    pub const fn late(mut self) -> Self {
        self.late = true;
        self
    }

    /// Sent also when it is false, 0 or `""`, as long as it is given.
    pub const fn always(mut self) -> Self {
        self.always = true;
        self
    }

    /// `""` takes away what an object has, although AWS sets what is left out. Elsewhere `""` counts as left out.
    pub const fn emptied(mut self) -> Self {
        self.emptied = true;
        self
    }

    /// Neither sent nor read: it lives in the state alone, or in hooks.
    pub const fn local(self) -> Self {
        self.unread().unsent()
    }

    /// The state holds the type's zero value where the answer has nothing, as the provider writes it.
    pub const fn zero(mut self) -> Self {
        self.absent = Absent::Zero;
        self
    }

    /// The state keeps what it held where the answer has nothing.
    pub const fn keep(mut self) -> Self {
        self.absent = Absent::Keep;
        self
    }

    /// Arguments that may not be given beside it.
    pub const fn conflicts_with(mut self, names: &'static [&'static str]) -> Self {
        self.conflicts = names;
        self
    }

    /// Exactly one of these must be given.
    pub const fn exactly_one_of(mut self, names: &'static [&'static str]) -> Self {
        self.exactly_one_of = names;
        self
    }

    /// These must be given with it.
    pub const fn required_with(mut self, names: &'static [&'static str]) -> Self {
        self.required_with = names;
        self
    }

    /// What its value must hold to.
    pub const fn check(mut self, checks: &'static [Check]) -> Self {
        self.checks = checks;
        self
    }

    /// At least and at most so many blocks (0: any number).
    pub const fn times(mut self, min: usize, max: usize) -> Self {
        self.shape = Shape::Block(min, max);
        self
    }

    /// Whether the configuration may set it.
    pub const fn settable(&self) -> bool {
        self.required || self.optional
    }

    /// Its path in AWS's answers; empty when it is not read.
    pub fn read_path(&self) -> std::borrow::Cow<'static, str> {
        self.from.map_or_else(|| pascal(self.name).into(), Into::into)
    }

    /// Its path in requests; empty when it is not sent.
    pub fn write_path(&self) -> std::borrow::Cow<'static, str> {
        self.to.map_or_else(|| pascal(self.name).into(), Into::into)
    }
}

/// Terraform's spelling in AWS's: `vpc_id` as `VpcId`.
pub fn pascal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in name.split('_') {
        let mut chars = word.chars();
        if let Some(first) = chars.next() {
            out.extend(first.to_uppercase());
            out.push_str(chars.as_str());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_in_the_spelling_of_aws() {
        assert_eq!(super::pascal("cidr_block"), "CidrBlock");
        assert_eq!(super::pascal("enable_dns64"), "EnableDns64");
    }
}
