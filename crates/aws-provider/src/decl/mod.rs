//! The declaration of a resource type: everything the generic code needs to plan, make, read, change and remove it.

pub mod attr;

use std::future::Future;
use std::pin::Pin;

use serde_json::Value as Json;

use crate::cx::Cx;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::tags::Tags;
use crate::work::Work;
pub use attr::*;

/// What hooks return.
pub type Fut<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fail>> + Send + 'a>>;

/// Creates the object. Sets the id in `work.state` as soon as something exists.
pub type CreateHook = for<'a> fn(&'a Cx, &'a mut Work) -> Fut<'a, ()>;
/// Changes the object (or, as `after_create`, completes it).
pub type ChangeHook = for<'a> fn(&'a Cx, &'a mut Work) -> Fut<'a, ()>;
/// Reads the object into `state`; false when it is gone. The item is what the declared read found.
pub type ReadHook = for<'a> fn(&'a Cx, &'a mut Obj, &'a Json) -> Fut<'a, bool>;
/// Completes a plan.
pub type PlanHook = fn(&Cx, &mut Plan) -> Result<(), Fail>;
/// Completes the plan of a change with what only AWS can tell.
pub type LookHook = for<'a> fn(&'a Cx, &'a mut Plan) -> Fut<'a, ()>;
/// Checks a configuration; may hold values that are known only after apply.
pub type ValidateHook = fn(&Obj, &mut craton_model::Diagnostics);
/// Turns the id people give into the attributes that a read needs.
pub type ImportHook = for<'a> fn(&'a Cx, &'a str, &'a mut Obj) -> Fut<'a, ()>;

/// A service, with what its API is known for.
#[derive(Debug)]
pub struct Service {
    /// The name in the API models: `ec2`.
    pub id: &'static str,
    /// Error codes that are about one argument, whatever the type.
    pub faults: &'static [(&'static str, &'static str)],
}

/// A batched read: one call gives many items by their ids.
#[derive(Debug)]
pub struct Many {
    /// Service.
    pub service: &'static str,
    /// `DescribeVpcs`.
    pub op: &'static str,
    /// Input member that takes the ids.
    pub ids: &'static str,
    /// Where the items are in the answer.
    pub items: &'static str,
    /// The id within an item.
    pub key: &'static str,
    /// At most so many ids in a call.
    pub max: usize,
    /// The input member of filters and the filter that selects by id, for a second call without the ids that are gone.
    pub filter: Option<(&'static str, &'static str)>,
    /// Further input members; `true` is the bool.
    pub with: &'static [(&'static str, &'static str)],
}

/// A read that lists everything there is.
#[derive(Debug)]
pub struct Sweep {
    /// Service.
    pub service: &'static str,
    /// `DescribeAccessPoints`.
    pub op: &'static str,
    /// Where the items are in the answer.
    pub items: &'static str,
    /// The id within an item.
    pub key: &'static str,
}

/// How a type is read.
#[derive(Clone, Copy)]
pub enum Read {
    /// A call for each object; `item` is the path of the object in the answer.
    One {
        /// `GetRole`.
        op: &'static str,
        /// `Role`; empty: the answer itself.
        item: &'static str,
    },
    /// Many objects in one call.
    Many(&'static Many),
    /// Parts of a parent that is read in batches.
    PerParent {
        /// How parents are read.
        parent: &'static Many,
        /// The attribute that holds the parent's id.
        of: &'static str,
        /// Finds the part.
        pick: fn(&Json, &Obj) -> Option<Json>,
    },
    /// All there is, in one listing.
    Sweep(&'static Sweep),
    /// By the read hook alone.
    Hook,
}

/// How a type is created.
#[derive(Clone, Copy)]
pub enum Create {
    /// One call whose input is the attributes; `result` is the path of the new object in the answer.
    Op {
        /// `CreateVpc`.
        op: &'static str,
        /// `Vpc`; empty: the answer itself.
        result: &'static str,
    },
    /// A hook.
    Hook(CreateHook),
}

/// How some attributes are changed.
#[derive(Clone, Copy)]
pub struct Update {
    /// The attributes it covers.
    pub covers: &'static [&'static str],
    /// What to do when one of them changed.
    pub run: Run,
    /// Also done after a creation, for those of them that are set.
    pub after_create: bool,
}

/// What an update does.
#[derive(Clone, Copy)]
pub enum Run {
    /// One call with all covered attributes.
    Op(&'static str),
    /// One call for each changed attribute.
    Each(&'static str),
    /// A hook.
    Hook(ChangeHook),
    /// Nothing: the attribute lives in the state alone.
    Nothing,
}

/// How a type is deleted.
#[derive(Clone, Copy)]
pub enum Delete {
    /// One call.
    Op(&'static str),
    /// A hook.
    Hook(ChangeHook),
    /// Nothing is deleted; the state forgets it.
    Forget,
}

/// How tags travel.
#[derive(Clone, Copy)]
pub struct Tagging {
    /// How they are given at creation.
    pub create: CreateTags,
    /// Operation that adds.
    pub add: &'static str,
    /// Operation that removes.
    pub remove: &'static str,
    /// Input member that names the object, and the attribute with its value.
    pub by: (&'static str, &'static str),
    /// The naming member takes a list.
    pub by_list: bool,
    /// Input member of the tags to add: a list of `{Key, Value}`, or a map.
    pub tags: &'static str,
    /// Tags are a map.
    pub is_map: bool,
    /// Input member of the keys to remove; a list of keys, or for EC2 of `{Key}`.
    pub keys: &'static str,
    /// Keys are given as `{Key}`.
    pub keys_are_tags: bool,
    /// Where they are read: a path in the item, or an operation of its own (by the same member) and the path in its answer.
    pub read: ReadTags,
    /// What a tag's key and value are called.
    pub words: (&'static str, &'static str),
    /// Further input members of all these operations.
    pub with: &'static [(&'static str, &'static str)],
    /// Changes them where AWS has another way: takes the object, its tags before and after.
    pub hook: Option<TagHook>,
}

/// Changes the tags of an object from the first to the second.
pub type TagHook = for<'a> fn(&'a Cx, &'a Obj, &'a Tags, &'a Tags) -> Fut<'a, ()>;

/// What most services have in common: `TagResource`, `UntagResource` and lists of `{Key, Value}`.
pub const TAGGING: Tagging = Tagging {
    create: CreateTags::Member("Tags"),
    add: "TagResource",
    remove: "UntagResource",
    by: ("ResourceArn", "arn"),
    by_list: false,
    tags: "Tags",
    is_map: false,
    keys: "TagKeys",
    keys_are_tags: false,
    read: ReadTags::Op("ListTagsForResource", "Tags"),
    words: ("Key", "Value"),
    with: &[],
    hook: None,
};

/// How tags are given at creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateTags {
    /// `TagSpecifications` with this resource type.
    Specification(&'static str),
    /// A member of the input.
    Member(&'static str),
    /// By a call afterwards.
    Afterwards,
}

/// Where tags are read.
#[derive(Clone, Copy, Debug)]
pub enum ReadTags {
    /// In the item.
    Item(&'static str),
    /// By a call, at a path in its answer.
    Op(&'static str, &'static str),
    /// By the read hook, which sets them.
    Hook,
    /// By a call that takes a list of names under another member, at a path in its answer.
    List(&'static str, &'static str, &'static str),
}

/// When an object is ready.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// Where the item says its state.
    pub path: &'static str,
    /// States that pass.
    pub pending: &'static [&'static str],
    /// States that are wanted; empty: gone.
    pub target: &'static [&'static str],
    /// Where the item says why it failed; empty: nowhere.
    pub reason: &'static str,
}

/// A declared resource type.
#[derive(Clone, Copy)]
pub struct Resource {
    /// `aws_vpc`.
    pub name: &'static str,
    /// Its service.
    pub service: &'static Service,
    /// Schema version.
    pub version: u64,
    /// Path of the id in the created object; or a template of attributes: `{role}:{name}`.
    pub id: &'static str,
    /// Attributes, without `id`, `tags`, `tags_all` and `timeouts`.
    pub attrs: &'static [Attr],
    /// Default time limits of what may take long: `("create", seconds)`.
    pub timeouts: &'static [(&'static str, u64)],
    /// How tags travel, if it has any.
    pub tags: Option<Tagging>,
    /// Made with Terraform's plugin framework: `id` and `tags_all` cannot be configured, nothing is kept beside the state.
    pub framework: bool,
    /// It has no `id` (as some that were made with Terraform's plugin framework).
    pub anonymous: bool,
    /// How it is created.
    pub create: Create,
    /// The members that name an object in requests, with the attributes that hold their values.
    pub key: &'static [(&'static str, &'static str)],
    /// How it is read.
    pub read: Read,
    /// What the read hook will look up, by the attributes that hold the ids now: asked for together with everything else.
    pub beside: &'static [(&'static Many, &'static str)],
    /// States of a read object that mean it is gone: a path and its values.
    pub dead: Option<(&'static str, &'static [&'static str])>,
    /// How it is changed.
    pub updates: &'static [Update],
    /// How it is deleted.
    pub delete: Delete,
    /// When it is ready after a creation.
    pub ready: Option<Wait>,
    /// When a deletion is through.
    pub removed: Option<Wait>,
    /// Error codes that mean it is gone.
    pub gone: &'static [&'static str],
    /// Error codes of a deletion that pass when what depends on the object goes.
    pub busy: &'static [&'static str],
    /// Error codes that are about one argument.
    pub faults: &'static [(&'static str, &'static str)],
    /// Completes what the declared read filled in.
    pub after_read: Option<ReadHook>,
    /// Completes a plan.
    pub plan: Option<PlanHook>,
    /// Completes a plan with what only AWS can tell.
    pub look: Option<LookHook>,
    /// Checks a configuration.
    pub validate: Option<ValidateHook>,
    /// Makes an import's first state.
    pub import: Option<ImportHook>,
    /// The ARN: service part, resource part as a template of attributes (`vpc/{id}`); empty when it is read or absent.
    pub arn: &'static str,
}

/// Begins a declaration.
pub const fn resource(name: &'static str, service: &'static Service) -> Resource {
    Resource {
        name,
        service,
        version: 0,
        id: "",
        attrs: &[],
        timeouts: &[],
        tags: None,
        framework: false,
        anonymous: false,
        create: Create::Op { op: "", result: "" },
        key: &[],
        read: Read::Hook,
        beside: &[],
        dead: None,
        updates: &[],
        delete: Delete::Forget,
        ready: None,
        removed: None,
        gone: &[],
        busy: &[],
        faults: &[],
        after_read: None,
        plan: None,
        look: None,
        validate: None,
        import: None,
        arn: "",
    }
}

/// One call for all of these attributes.
pub const fn update(op: &'static str, covers: &'static [&'static str]) -> Update {
    Update { covers, run: Run::Op(op), after_create: false }
}

/// One call for each of these attributes that changed.
pub const fn update_each(op: &'static str, covers: &'static [&'static str]) -> Update {
    Update { covers, run: Run::Each(op), after_create: false }
}

/// A hook for these attributes.
pub const fn update_with(hook: ChangeHook, covers: &'static [&'static str]) -> Update {
    Update { covers, run: Run::Hook(hook), after_create: false }
}

/// These attributes live in the state alone.
pub const fn update_state(covers: &'static [&'static str]) -> Update {
    Update { covers, run: Run::Nothing, after_create: false }
}

impl Update {
    /// Also done after a creation, for those attributes that are set.
    pub const fn also_after_create(mut self) -> Self {
        self.after_create = true;
        self
    }
}

impl Resource {
    /// Schema version (0 unless said).
    pub const fn version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Path of the id in the created object; or a template of attributes: `{role}:{name}`.
    pub const fn id(mut self, id: &'static str) -> Self {
        self.id = id;
        self
    }

    /// Attributes, without `id`, `tags`, `tags_all` and `timeouts`.
    pub const fn attrs(mut self, attrs: &'static [Attr]) -> Self {
        self.attrs = attrs;
        self
    }

    /// How tags travel.
    pub const fn tagged(mut self, tags: Tagging) -> Self {
        self.tags = Some(tags);
        self
    }

    /// Default time limits in seconds, in the order create, read, update, delete.
    pub const fn timeouts(mut self, timeouts: &'static [(&'static str, u64)]) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Made with Terraform's plugin framework.
    pub const fn framework(mut self) -> Self {
        self.framework = true;
        self
    }

    /// Without an `id`.
    pub const fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// Created by one call.
    pub const fn create(mut self, op: &'static str, result: &'static str) -> Self {
        self.create = Create::Op { op, result };
        self
    }

    /// Created by a hook.
    pub const fn create_with(mut self, hook: CreateHook) -> Self {
        self.create = Create::Hook(hook);
        self
    }

    /// The members that name an object in requests, with the attributes that hold their values.
    pub const fn key(mut self, key: &'static [(&'static str, &'static str)]) -> Self {
        self.key = key;
        self
    }

    /// How it is read.
    pub const fn read(mut self, read: Read) -> Self {
        self.read = read;
        self
    }

    /// What the read hook will look up, by the attributes that hold the ids now.
    pub const fn beside(mut self, beside: &'static [(&'static Many, &'static str)]) -> Self {
        self.beside = beside;
        self
    }

    /// States of a read object that mean it is gone.
    pub const fn dead(mut self, path: &'static str, states: &'static [&'static str]) -> Self {
        self.dead = Some((path, states));
        self
    }

    /// How it is changed.
    pub const fn updates(mut self, updates: &'static [Update]) -> Self {
        self.updates = updates;
        self
    }

    /// Deleted by one call.
    pub const fn delete(mut self, op: &'static str) -> Self {
        self.delete = Delete::Op(op);
        self
    }

    /// Deleted by a hook.
    pub const fn delete_with(mut self, hook: ChangeHook) -> Self {
        self.delete = Delete::Hook(hook);
        self
    }

    /// When it is ready after a creation or an update.
    pub const fn wait(
        mut self,
        path: &'static str,
        pending: &'static [&'static str],
        target: &'static [&'static str],
    ) -> Self {
        self.ready = Some(Wait { path, pending, target, reason: "" });
        self
    }

    /// Where a failed object says why.
    pub const fn failure_reason(mut self, path: &'static str) -> Self {
        if let Some(mut w) = self.ready {
            w.reason = path;
            self.ready = Some(w);
        }
        self
    }

    /// A deletion takes time: while the object is in these states.
    pub const fn wait_deleted(mut self, path: &'static str, pending: &'static [&'static str]) -> Self {
        self.removed = Some(Wait { path, pending, target: &[], reason: "" });
        self
    }

    /// Error codes that mean it is gone.
    pub const fn gone(mut self, codes: &'static [&'static str]) -> Self {
        self.gone = codes;
        self
    }

    /// Error codes of a deletion that pass when what depends on the object goes.
    pub const fn busy(mut self, codes: &'static [&'static str]) -> Self {
        self.busy = codes;
        self
    }

    /// Error codes that are about one argument.
    pub const fn faults(mut self, faults: &'static [(&'static str, &'static str)]) -> Self {
        self.faults = faults;
        self
    }

    /// Completes what the declared read filled in.
    pub const fn after_read(mut self, hook: ReadHook) -> Self {
        self.after_read = Some(hook);
        self
    }

    /// Completes a plan.
    pub const fn plans(mut self, hook: PlanHook) -> Self {
        self.plan = Some(hook);
        self
    }

    /// Completes a plan with what only AWS can tell: for types whose plan depends on what AWS has by now.
    pub const fn looks(mut self, hook: LookHook) -> Self {
        self.look = Some(hook);
        self
    }

    /// Checks a configuration.
    pub const fn validates(mut self, hook: ValidateHook) -> Self {
        self.validate = Some(hook);
        self
    }

    /// Makes an import's first state.
    pub const fn imports(mut self, hook: ImportHook) -> Self {
        self.import = Some(hook);
        self
    }

    /// The ARN: service part and resource part: `ec2:vpc/{id}`.
    pub const fn arn(mut self, arn: &'static str) -> Self {
        self.arn = arn;
        self
    }

    /// The attribute of that name.
    pub fn attr(&self, name: &str) -> Option<&'static Attr> {
        self.attrs.iter().find(|a| a.name == name)
    }

    /// Seconds that an action may take.
    pub fn default_timeout(&self, action: &str) -> Option<u64> {
        self.timeouts.iter().find(|(a, _)| *a == action).map(|(_, s)| *s)
    }
}
