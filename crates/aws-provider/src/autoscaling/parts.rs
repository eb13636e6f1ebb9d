//! The blocks of `aws_autoscaling_group`.

use craton_model::{Type, Value};

use crate::decl::*;
use crate::ec2::launch_template::data::REQUIREMENTS_OF_GROUPS;
use crate::obj::Obj;
use crate::plan::Plan;

const fn text(name: &'static str) -> Attr {
    string(name).zero()
}

const fn number(name: &'static str) -> Attr {
    int(name).zero()
}

/// How instances are spread over zones.
pub const DISTRIBUTION: Kind = Kind::Object(&[text("capacity_distribution_strategy")
    .default_str("balanced-best-effort")
    .check(&[Check::OneOf(&["balanced-only", "balanced-best-effort"])])]);

const TARGET: Kind = Kind::Object(&[
    list("capacity_reservation_ids", &Kind::String).zero(),
    list("capacity_reservation_resource_group_arns", &Kind::String).zero(),
]);

/// Which capacity reservations are used.
pub const RESERVATION: Kind = Kind::Object(&[
    text("capacity_reservation_preference").optional_computed(),
    block("capacity_reservation_target", &TARGET),
]);

/// A hook that is there before the first instance.
pub const HOOK: Kind = Kind::Object(&[
    text("default_result").optional_computed(),
    number("heartbeat_timeout"),
    string("lifecycle_transition").required(),
    string("name").required().api("LifecycleHookName"),
    text("notification_metadata"),
    text("notification_target_arn").api("NotificationTargetARN"),
    text("role_arn").api("RoleARN"),
]);

/// How healthy a group must stay.
pub const MAINTENANCE: Kind =
    Kind::Object(&[int("max_healthy_percentage").required(), int("min_healthy_percentage").required()]);

const ALARMS: Kind = Kind::Object(&[list("alarms", &Kind::String).zero()]);

const PREFERENCES: Kind = Kind::Object(&[
    block("alarm_specification", &ALARMS),
    boolean("auto_rollback").zero(),
    text("checkpoint_delay"),
    list("checkpoint_percentages", &Kind::Int).zero(),
    text("instance_warmup"),
    int("max_healthy_percentage").default_int(100).check(&[Check::Range(100, 200)]),
    int("min_healthy_percentage").default_int(90).check(&[Check::Range(0, 100)]),
    string("scale_in_protected_instances").default_str("Ignore").check(&[Check::OneOf(&["Refresh", "Ignore", "Wait"])]),
    boolean("skip_matching").default_bool(false).zero(),
    string("standby_instances").default_str("Ignore").check(&[Check::OneOf(&["Terminate", "Ignore", "Wait"])]),
]);

/// Whether instances are exchanged when what they are started with changes.
pub const REFRESH: Kind = Kind::Object(&[
    block("preferences", &PREFERENCES),
    string("strategy").required().check(&[Check::OneOf(&["Rolling"])]),
    strings("triggers").zero(),
]);

/// The launch template.
pub const TEMPLATE: Kind = Kind::Object(&[
    text("id").optional_computed().api("LaunchTemplateId"),
    text("name").optional_computed().api("LaunchTemplateName"),
    text("version").optional_computed().check(&[Check::Length(1, 255)]),
]);

const SPECIFICATION: Kind = Kind::Object(&[
    text("launch_template_id").optional_computed(),
    text("launch_template_name").optional_computed(),
    text("version").optional_computed(),
]);

const OVERRIDE: Kind = Kind::Object(&[
    block("instance_requirements", &REQUIREMENTS_OF_GROUPS),
    text("instance_type"),
    block("launch_template_specification", &SPECIFICATION),
    text("weighted_capacity"),
]);

const MIXED_TEMPLATE: Kind = Kind::Object(&[
    block("launch_template_specification", &SPECIFICATION).required(),
    blocks("override", &OVERRIDE).api("Overrides"),
]);

const INSTANCES: Kind = Kind::Object(&[
    text("on_demand_allocation_strategy").optional_computed(),
    number("on_demand_base_capacity").optional_computed(),
    number("on_demand_percentage_above_base_capacity").optional_computed().always(),
    text("spot_allocation_strategy").optional_computed(),
    number("spot_instance_pools").optional_computed(),
    text("spot_max_price"),
]);

/// Several types of instances, bought in several ways.
pub const MIXED: Kind = Kind::Object(&[
    block("instances_distribution", &INSTANCES).optional_computed(),
    block("launch_template", &MIXED_TEMPLATE).required(),
]);

/// A tag, and whether instances get it.
pub const TAG: Kind =
    Kind::Object(&[string("key").required(), boolean("propagate_at_launch").required(), string("value").required()]);

/// What sends traffic to the instances.
pub const TRAFFIC: Kind = Kind::Object(&[string("identifier").required(), text("type")]);

const REUSE: Kind = Kind::Object(&[boolean("reuse_on_scale_in").default_bool(false)]);

/// Instances that wait to be used.
pub const WARM_POOL: Kind = Kind::Object(&[
    block("instance_reuse_policy", &REUSE),
    int("max_group_prepared_capacity").default_int(-1),
    int("min_size").default_int(0),
    string("pool_state").default_str("Stopped").check(&[Check::OneOf(&["Stopped", "Running", "Hibernated"])]),
]);

/// Goes through the blocks of a list that are in the plan, the configuration and the state.
fn within(of: &mut Obj, config: &Obj, prior: &Obj, list: &str, change: &dyn Fn(&mut Obj, &Obj, &Obj)) {
    let blocks = of.get(list);
    let (Some(items), Some(element)) = (blocks.as_seq(), blocks.ty().element()) else { return };
    let (configs, priors) = (config.objects(list), prior.objects(list));
    let changed = items.iter().enumerate().map(|(i, item)| match (configs.get(i), priors.get(i)) {
        (Some(c), Some(p)) => {
            let mut block = Obj::of(element, item);
            change(&mut block, c, p);
            block.value()
        }
        _ => item.clone(),
    });
    let changed: Vec<Value> = changed.collect();
    of.set(list, Value::list(element.clone(), changed));
}

/// A launch template is known by id and name; a change of one changes the other.
fn follow_name(of: &mut Obj, config: &Obj, prior: &Obj) {
    let moved = |n: &str| config.str(n).is_some_and(|v| v != prior.text(n));
    let other = match (moved("launch_template_id"), moved("launch_template_name")) {
        (true, _) => "launch_template_name",
        (false, true) => "launch_template_id",
        (false, false) => return,
    };
    of.set(other, Value::unknown(Type::String));
}

/// Completes the plan of a mixed policy: what AWS sets by itself follows what changes.
pub fn follow_mixed(planned: &mut Obj, config: &Obj, prior: &Obj) {
    within(planned, config, prior, "mixed_instances_policy", &|policy, c, p| {
        within(policy, c, p, "instances_distribution", &|distribution, c, p| {
            let other = distribution.get("spot_allocation_strategy") != p.get("spot_allocation_strategy");
            // Only one of the strategies has pools.
            if other && c.get("spot_instance_pools").is_null() {
                distribution.set("spot_instance_pools", Value::unknown(Type::Number));
            }
        });
        within(policy, c, p, "launch_template", &|template, c, p| {
            within(template, c, p, "launch_template_specification", &follow_name);
            within(template, c, p, "override", &|o, c, p| {
                within(o, c, p, "launch_template_specification", &follow_name);
            });
        });
    });
}

/// Plans a new group of several types as the provider does: where there are overrides it plans the whole block anew, and then
/// numbers and bools that are not given are 0 and false, and blocks that AWS would fill in are not there.
pub fn settle_mixed(plan: &mut Plan) {
    let (planned, config) = (plan.planned.get("mixed_instances_policy"), plan.config.get("mixed_instances_policy"));
    let first = |v: &Value| v.as_seq().and_then(|s| s.first()).cloned();
    let template = first(&config).and_then(|m| first(m.get("launch_template")?));
    if template.and_then(|t| t.get("override")?.as_seq().map(<[Value]>::len)).unwrap_or(0) > 0 {
        let settled = settled(&Kind::List(&MIXED), &planned, &config);
        plan.planned.set("mixed_instances_policy", settled);
    }
}

fn settled(kind: &Kind, planned: &Value, config: &Value) -> Value {
    // What the configuration does not know yet stays so.
    if !config.is_known() {
        return planned.clone();
    }
    match kind {
        Kind::Int | Kind::Float if planned.is_null() || !planned.is_known() => Value::from(0),
        Kind::Bool if planned.is_null() || !planned.is_known() => Value::from(false),
        Kind::List(Kind::Object(_)) if !planned.is_known() => crate::obj::zero(planned.ty()),
        Kind::List(of @ Kind::Object(_)) => {
            let (Some(items), Some(given)) = (planned.as_seq(), config.as_seq()) else { return planned.clone() };
            let items: Vec<Value> = items.iter().zip(given).map(|(p, c)| settled(of, p, c)).collect();
            Value::list(planned.ty().element().cloned().unwrap_or(Type::Dynamic), items)
        }
        Kind::Object(inner) => {
            let (mut out, given) = (Obj::of(planned.ty(), planned), Obj::of(config.ty(), config));
            for a in *inner {
                let value = settled(&a.kind, &out.get(a.name), &given.get(a.name));
                out.set(a.name, value);
            }
            out.value()
        }
        _ => planned.clone(),
    }
}
