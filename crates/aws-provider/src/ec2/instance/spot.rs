//! `aws_spot_instance_request`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/spot_instance_request>).
//!
//! Modules hold a block of it beside their `aws_instance` and repeat one of the two not at all. So its arguments are known
//! and checked; a request itself is refused when it is planned, with the way that AWS has had for it since.

use serde_json::Value as Json;

use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// What an instance has and a request has not.
const ONLY_INSTANCES: &[&str] = &["instance_lifecycle", "instance_market_options", "spot_instance_request_id"];

/// What a request has beside what an instance has.
const ONLY_REQUESTS: &[Attr] = &[
    int("block_duration_minutes").local(),
    string("instance_interruption_behavior").default_str("terminate").local().check(&[Check::OneOf(&[
        "hibernate",
        "stop",
        "terminate",
    ])]),
    string("launch_group").local(),
    string("spot_bid_status").computed(),
    string("spot_instance_id").computed(),
    string("spot_price").optional_computed().local(),
    string("spot_request_state").computed(),
    string("spot_type").default_str("persistent").local().check(&[Check::OneOf(&["one-time", "persistent"])]),
    string("valid_from").optional_computed().local(),
    string("valid_until").optional_computed().local(),
    boolean("wait_for_fulfillment").default_bool(false).local(),
];

const COUNT: usize = super::ATTRS.len() - ONLY_INSTANCES.len() + ONLY_REQUESTS.len();

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    a.len() == b.len() && i == a.len()
}

const fn left_out(name: &str) -> bool {
    let mut i = 0;
    while i < ONLY_INSTANCES.len() {
        if same(name, ONLY_INSTANCES[i]) {
            return true;
        }
        i += 1;
    }
    false
}

/// A request is never changed: every argument asks for another.
const ATTRS: [Attr; COUNT] = {
    let mut all = [string("").replaces(); COUNT];
    let (mut i, mut n) = (0, 0);
    while i < super::ATTRS.len() {
        if !left_out(super::ATTRS[i].name) {
            all[n] = super::ATTRS[i];
            n += 1;
        }
        i += 1;
    }
    i = 0;
    while i < ONLY_REQUESTS.len() {
        all[n] = ONLY_REQUESTS[i];
        n += 1;
        i += 1;
    }
    i = 0;
    while i < COUNT {
        if all[i].settable() {
            all[i] = all[i].replaces();
        }
        i += 1;
    }
    all
};

/// `aws_spot_instance_request`.
pub static SPOT_INSTANCE_REQUEST: Resource = resource("aws_spot_instance_request", &crate::ec2::EC2)
    .attrs(&ATTRS)
    .tagged(crate::ec2::tags("spot-instances-request"))
    .timeouts(&[("create", 600), ("read", 900), ("delete", 1200)])
    .create_with(refuse_work)
    .delete_with(refuse_work)
    .plans(refuse_plan)
    .after_read(refuse_read);

fn refused() -> Fail {
    Fail::new(
        "Spot instance requests are not carried out",
        "craton knows aws_spot_instance_request but makes, reads and removes none. Use an aws_instance with a block \
         instance_market_options { market_type = \"spot\" } instead; in a module, leave the argument off that asks for a request.",
    )
}

fn refuse_plan(_: &Cx, _: &mut Plan) -> Result<(), Fail> {
    Err(refused())
}

fn refuse_work<'a>(_: &'a Cx, _: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async { Err(refused()) })
}

fn refuse_read<'a>(_: &'a Cx, _: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async { Err(refused()) })
}
