"""Root modules out of the lives of resource types, and the comparison of two plans for one of them.

    lives.py rounds LIVES.json SCHEMA.json FOLDER ACCOUNT [TYPES]
        Writes FOLDER/000.tf.json (what lives start with), 001.tf.json (each type after its first change), and so on; the
        last one takes all that can go back to the start.
    lives.py root PLANS.json SCHEMA.json FOLDER ACCOUNT WITHOUT
        Writes a root module and a state out of plans that the test of the lives wrote: an object for each of them, in the state as it
        was before, in the module as it was to become. WITHOUT names objects to leave out, one to a line.
    lives.py against TERRAFORM.json PLANS.json MEANT.json
        Prints how Terraform's plan of that root module differs from the plans.
    lives.py compare TERRAFORM.json CRATON.json MEANT.json WHAT
        Prints how the plans (`show -json`) differ.
"""

import copy
import json
import os
import re
import sys

ADDRESS = re.compile(r"\b((?:data\.)?aws_\w+)\.(\w+)")


def rewrite(value, names):
    """Texts with the addresses of objects as they are in the root module; {"$json": ...} as its text."""
    if isinstance(value, str):
        def inside(m):
            return ADDRESS.sub(lambda a: a[1] + "." + names.get((a[1], a[2]), a[2]), m[0])
        return re.sub(r"(?<!\$)\$\{[^}]*\}", inside, value)
    if isinstance(value, list):
        return [rewrite(v, names) for v in value]
    if isinstance(value, dict):
        if "$json" in value:
            return json.dumps(rewrite(value["$json"], names), separators=(",", ":"))
        return {k: rewrite(v, names) for k, v in value.items()}
    return value


def references(value):
    if isinstance(value, str):
        for m in re.finditer(r"(?<!\$)\$\{([^}]*)\}", value):
            yield from ((a[1], a[2]) for a in ADDRESS.finditer(m[1]))
    elif isinstance(value, list):
        for v in value:
            yield from references(v)
    elif isinstance(value, dict):
        for k, v in value.items():
            if k == "depends_on":
                yield from ((a[1], a[2]) for text in v for a in ADDRESS.finditer(text))
            else:
                yield from references(v)


def filled(value, ty):
    """Blocks that are attributes, which JSON wants whole."""
    if isinstance(ty, list) and ty[0] in ("list", "set") and isinstance(ty[1], list) and ty[1][0] == "object":
        return [{k: o.get(k) for k in ty[1][1]} for o in value or []]
    return value


def objects(needs):
    return {(t, n): o for t, all_of in (needs or {}).items() for n, o in all_of.items()}


def read(path, only):
    file = json.load(open(path))
    shared = objects(file.pop("shared", {}))
    lives = {t: life for t, life in file.items() if not only or t in only}
    used, todo = {}, [r for life in lives.values() for r in references([life.get("needs", {}), life["given"], life["changes"]])]
    while todo:
        ref = todo.pop()
        if ref in shared and ref not in used:
            used[ref] = shared[ref]
            todo += references(shared[ref])
    return used, lives


def rounds(path, schema, folder, account, only=""):
    shared, lives = read(path, [t for t in only.split(",") if t])
    types = next(iter(json.load(open(schema))["provider_schemas"].values()))["resource_schemas"]
    names = {ref: "shared_" + ref[1] for ref in shared}
    base = {}

    def put(module, ref, body):
        mode, ty = ("data", ref[0][5:]) if ref[0].startswith("data.") else ("resource", ref[0])
        attributes = types.get(ty, {}).get("block", {}).get("attributes", {}) if mode == "resource" else {}
        body = {k: filled(v, attributes[k].get("type")) if k in attributes else v for k, v in body.items()}
        if "depends_on" in body:
            body["depends_on"] = [rewrite("${%s}" % d, own)[2:-1] for d in body["depends_on"]]
        module.setdefault(mode, {}).setdefault(ty, {})[own.get(ref, ref[1])] = rewrite(body, own)

    owns = {}
    for ty, life in lives.items():
        own = owns[ty] = dict(names)
        needs = objects(life.get("needs"))
        own.update({ref: ty[4:] + "_" + ref[1] for ref in needs})
        for ref, body in needs.items():
            put(base, ref, body)
    own = names
    for ref, body in shared.items():
        put(base, ref, body)
    given = {ty: dict(life["given"]) for ty, life in lives.items()}
    count = max((len(life["changes"]) for life in lives.values()), default=0)
    base["provider"] = {"aws": [
        {"region": "eu-west-1", "allowed_account_ids": [account], "default_tags": [{"tags": {"Env": "test"}}]},
        {"alias": "other", "region": "us-east-1"},
    ]}
    os.makedirs(folder, exist_ok=True)
    for i in range(count + 2):
        module = copy.deepcopy(base)
        for ty, life in lives.items():
            own = owns[ty]
            if i == count + 1 and "forward" not in life:
                given[ty] = dict(life["given"])
            elif 0 < i <= len(life["changes"]):
                for k, v in life["changes"][i - 1]["set"].items():
                    given[ty].pop(k, None)
                    if v is not None:
                        given[ty][k] = v
            put(module, (ty, "self"), given[ty])
        with open(f"{folder}/{i:03}.tf.json", "w") as out:
            json.dump(module, out, indent=1)


UNKNOWN = object()


def merged(value, unknown):
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict):
        value = value if isinstance(value, dict) else {}
        return {k: merged(value.get(k), unknown.get(k)) for k in {**value, **unknown}}
    if isinstance(unknown, list):
        value = value if isinstance(value, list) else []
        at = lambda all_of, i: all_of[i] if i < len(all_of) else None
        return [merged(at(value, i), at(unknown, i)) for i in range(max(len(value), len(unknown)))]
    return value


def sort_key(v):
    return json.dumps(v, sort_keys=True, default=lambda _: "~")


def as_json(text):
    try:
        return json.loads(text) if text[:1] in "[{" else None
    except ValueError:
        return None


def show(v):
    text = "(known after apply)" if v is UNKNOWN else json.dumps(v, default=lambda _: "(known after apply)")
    return text if len(text) < 120 else text[:117] + "..."


def differences(a, b, path=""):
    """Where b (craton's) is not what a (Terraform's) is."""
    if a is UNKNOWN or b is UNKNOWN:
        if a is not b:
            yield path, a, b
    elif isinstance(a, dict) and isinstance(b, dict):
        for k in sorted({**a, **b}):
            yield from differences(a.get(k), b.get(k), f"{path}.{k}".lstrip("."))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        # Which lists are sets in truth a plan does not say; their order means nothing.
        for x, y in zip(sorted(a, key=sort_key), sorted(b, key=sort_key)):
            yield from differences(x, y, path)
    elif isinstance(a, str) and isinstance(b, str) and a != b:
        if as_json(a) is None or as_json(a) != as_json(b):
            yield path, a, b
    elif type(a) is not type(b) or a != b:
        if not (isinstance(a, (int, float)) and isinstance(b, (int, float)) and a == b):
            yield path, a, b


def changes(path):
    plan = json.load(open(path))
    return {c["address"]: c for c in plan.get("resource_changes", []) if c["mode"] == "managed"}


def told(value):
    """Without what says nothing in blocks that are arguments: the SDK plans a rule or route that stays with null for "" as soon
    as another one comes or goes, which Terraform shows as a change of it. craton does not."""
    value = dict(value) if isinstance(value, dict) else {}
    for name in ("route", "ingress", "egress"):
        if isinstance(value.get(name), list):
            value[name] = [{k: v for k, v in e.items() if v not in (None, "", [])} for e in value[name] if isinstance(e, dict)]
    return value


def changed(change):
    """The arguments that differ before and after."""
    before, after = change.get("before") or {}, change.get("after") or {}
    return {k for k in {**before, **after} if before.get(k) != after.get(k)}


def compare(reference, candidate, meant, what):
    meant = json.load(open(meant))
    theirs, ours = changes(reference), changes(candidate)
    for address in sorted({**theirs, **ours}):
        t, c = theirs.get(address), ours.get(address)
        if t is None or c is None:
            print(f"{what}: {address}: only in the plan of {'craton' if t is None else 'terraform'}")
        else:
            ours_is = merged(c["change"].get("after"), c["change"].get("after_unknown"))
            judged(what, t, c["change"]["actions"], c["change"].get("replace_paths"), ours_is, meant)


def judged(what, theirs, actions, replace, planned, meant):
    """Prints how a planned change differs from Terraform's."""
    kind, address, t = theirs["type"], theirs["address"], theirs["change"]
    if t["actions"] == actions == ["no-op"] or any(m["type"] == kind and m["path"] in changed(t) for m in meant):
        return
    found = []
    if t["actions"] != actions:
        found.append(("(action)", t["actions"], actions))
    paths = lambda all_of: sorted(all_of or [], key=sort_key)
    if paths(t.get("replace_paths")) != paths(replace):
        found.append(("(replacement)", paths(t.get("replace_paths")), paths(replace)))
    found += differences(told(merged(t.get("after"), t.get("after_unknown"))), told(planned))
    for path, x, y in found:
        before = (t.get("before") or {}).get(path)
        # Terraform's plan starts from what its own refresh made of the state, where an empty collection is not null.
        if x in ([], {}) and y is None and before == x:
            continue
        print(f"{what}: {address}: {path}: terraform {show(x)}, craton {show(y)}; was {show(before)}")


KNOWN_LATER = "(known after apply)"


def escaped(value):
    """A value as Terraform's JSON syntax wants it: no text is a template, and what is null is not written."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return [escaped(v) for v in value]
    if isinstance(value, dict):
        return {k: escaped(v) for k, v in value.items()}
    return value


def labels(plans):
    """Each plan by an address of its own."""
    count = {}
    for plan in plans:
        count[plan["type"]] = count.get(plan["type"], 0) + 1
        yield f"{plan['type']}.n{count[plan['type']]}", plan


def root(plans, schema, folder, account, without):
    types = next(iter(json.load(open(schema))["provider_schemas"].values()))["resource_schemas"]
    left_out = set(open(without).read().split())
    module, resources = {}, []
    for address, plan in labels(json.load(open(plans))):
        ty, name = address.split(".")
        if address in left_out:
            continue
        attributes = types.get(ty, {}).get("block", {}).get("attributes", {})
        body = {k: filled(v, attributes[k].get("type")) if k in attributes else v for k, v in plan["config"].items()}
        module.setdefault(ty, {})[name] = escaped(body)
        state = {"schema_version": plan["version"], "attributes": plan["state"], "sensitive_attributes": []}
        resources.append({
            "mode": "managed", "type": ty, "name": name, "instances": [state],
            "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        })
    provider = {"region": "eu-west-1", "allowed_account_ids": [account], "default_tags": [{"tags": {"Env": "test"}}]}
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/main.tf.json", "w") as out:
        required = {"required_providers": {"aws": {"source": "hashicorp/aws"}}}
        json.dump({"terraform": required, "provider": {"aws": provider}, "resource": module}, out, indent=1)
    with open(f"{folder}/terraform.tfstate", "w") as out:
        lineage = "00000000-0000-4000-8000-000000000000"
        json.dump({"version": 4, "serial": 1, "lineage": lineage, "outputs": {}, "resources": resources}, out, indent=1)
    print(f"{len(resources)} plans")


def later(value):
    if value == KNOWN_LATER:
        return UNKNOWN
    if isinstance(value, list):
        return [later(v) for v in value]
    if isinstance(value, dict):
        return {k: later(v) for k, v in value.items()}
    return value


def against(reference, plans, meant):
    meant, theirs = json.load(open(meant)), changes(reference)
    for address, plan in labels(json.load(open(plans))):
        if address not in theirs:
            continue
        actions = ["delete", "create"] if plan["replace"] else ["no-op"] if plan["planned"] == plan["state"] else ["update"]
        judged(plan["step"], theirs[address], actions, plan["replace"], later(plan["planned"]), meant)


if __name__ == "__main__":
    commands = {"rounds": rounds, "compare": compare, "root": root, "against": against}
    commands[sys.argv[1]](*sys.argv[2:])
