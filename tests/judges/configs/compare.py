"""Random configurations, taken through random changes by craton and Terraform side by side.

    compare.py CRATON [--first SEED] [--cases N] [--steps N] [--keep]

A case is a seed: a root module and its children, made of terraform_data, variables, locals, outputs, checks and calls, and
some changes of it. After each change both programs plan, apply and show, each in a folder of its own, and the exit
codes, plans, states and outputs are compared. Ids are numbered in the order in which they appear, so that identity over the
steps counts. Differences that are meant are passed over where they are named below.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from maker import Maker

UUID = re.compile(r"[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}", re.I)
PLAN = ["plan", "-input=false", "-out=p", "-detailed-exitcode"]


class Over(Exception):
    """Nothing further can be compared in a case."""


class Side:
    """One of the programs in its folder."""

    def __init__(self, program):
        self.program = program
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="configs-"))
        self.ids, self.deposed, self.moved, self.names = {}, {}, False, set()
        self.env = dict(os.environ, NO_COLOR="1")

    def write(self, files):
        for path, text in files.items():
            path = os.path.join(self.folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)

    def remove(self, name):
        path = os.path.join(self.folder, name)
        if os.path.exists(path):
            os.remove(path)

    def run(self, *args):
        r = subprocess.run([self.program, *args], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=300)
        return r.returncode, r.stdout.decode(), r.stderr.decode()

    def number(self, v):
        """The same value with ids and keys of deposed objects as numbers."""
        for u in UUID.findall(json.dumps(v, sort_keys=True)):
            self.ids.setdefault(u.lower().replace("_", "-"), "<id %d>" % (len(self.ids) + 1))

        def walk(x):
            if isinstance(x, str):
                return UUID.sub(lambda m: self.ids[m.group(0).lower().replace("_", "-")], x)
            if isinstance(x, list):
                return [walk(y) for y in x]
            if isinstance(x, dict):
                return {walk(k): self.key(y) if k in ("deposed", "deposed_key") and isinstance(y, str) else walk(y)
                        for k, y in x.items()}
            return x
        return walk(v)

    def key(self, deposed):
        return self.deposed.setdefault(deposed, "<deposed %d>" % (len(self.deposed) + 1))

    def dependencies(self, all_):
        """What counts of recorded dependencies. `state mv` makes Terraform forget those on what was moved, where craton
        follows; resources that are in the state alone count to their modules for Terraform."""
        return [] if self.moved else sorted(d for d in all_ if d.rsplit(".", 1)[1] in self.names)

    def state(self):
        try:
            with open(os.path.join(self.folder, "terraform.tfstate")) as f:
                s = json.load(f)
        except OSError:
            return None
        for k in ("serial", "lineage", "terraform_version"):
            s.pop(k, None)
        if any(o["value"] is None for o in s["outputs"].values()):
            raise Over  # of outputs of which a refresh knows nothing, Terraform keeps null
        checks = s.get("check_results") or []
        for c in checks:
            c["objects"] = sorted(c["objects"] or [], key=lambda x: x["object_addr"])
        s["check_results"] = sorted(checks, key=lambda x: (x["object_kind"], x["config_addr"]))
        for r in s["resources"]:
            for i in r["instances"]:
                i["dependencies"] = self.dependencies(i.get("dependencies") or [])
                i["sensitive_attributes"] = sorted(i.get("sensitive_attributes") or [], key=json.dumps)
            r["instances"].sort(key=lambda i: (str(i.get("index_key")), "deposed" in i, json.dumps(i["attributes"].get("input"))))
        # Of what could not be made Terraform keeps the resource without an instance.
        s["resources"] = [r for r in s["resources"] if r["instances"]]
        s["resources"].sort(key=lambda r: (r.get("module", ""), r["mode"], r["type"], r["name"]))
        return self.number(s)

    def tidy(self, v, key=None):
        """Without what varies, and in an order where there is none."""
        if isinstance(v, dict):
            out = {k: self.tidy(x, k) for k, x in v.items()
                   if not (k in ("terraform_version", "timestamp") and "format_version" in v)
                   and k not in ("configuration", "relevant_attributes")}
            return {k: x for k, x in out.items() if not (k in ("child_modules", "depends_on") and x == [])}
        if isinstance(v, list):
            if key == "depends_on":
                return self.dependencies(v)
            v = [self.tidy(x) for x in v]
            if key == "child_modules":
                # Terraform goes on listing a module of which nothing is left.
                v = [x for x in v if x.keys() != {"address"}]
            if key in ("resources", "child_modules", "resource_changes", "resource_drift"):
                v.sort(key=lambda x: (str(x.get("address")), str(x.get("deposed", x.get("deposed_key", "")))))
            elif key in ("checks", "instances"):
                v.sort(key=lambda x: json.dumps(x, sort_keys=True))
        return v

    def edit_state(self, choice):
        """Something changed that neither program knows of."""
        path = os.path.join(self.folder, "terraform.tfstate")
        try:
            with open(path) as f:
                state = json.load(f)
        except OSError:
            return
        resources = sorted(state["resources"], key=lambda r: (r.get("module", ""), r["name"]))
        if not resources:
            return
        for i in resources[choice % len(resources)]["instances"]:
            if choice % 3 == 0:
                i["attributes"]["triggers_replace"] = {"value": "edited", "type": "string"}
            elif choice % 3 == 1:
                i.pop("dependencies", None)
            else:
                i["status"] = "tainted"
        state["serial"] += 1
        with open(path, "w") as f:
            json.dump(state, f)


class Case:
    def __init__(self, seed, options):
        self.maker = Maker(seed)
        self.sides = [Side("terraform"), Side(options.craton)]
        self.steps = options.steps
        self.found = []
        self.trace = []

    def both(self, *args, compare=True):
        results = [s.run(*args) for s in self.sides]
        (a, *texts), (b, *others) = results
        self.trace.append(" ".join(args) + " -> %d" % a)
        wrong = errors(*texts)
        # What Terraform stumbles over: `replace_triggered_by` of a resource without instances, and a refresh that
        # changes outputs to nothing that is known.
        if any(e.startswith(("no change found for", "Cannot apply non-applyable plan")) for e in wrong):
            raise Over
        # A refresh that brings only dependencies up to date is a change to Terraform, of which it shows nothing.
        same = a == b or ("-refresh-only" in args and {a, b} == {0, 2})
        if compare and not same:
            said = errors(*others)[:3] or "".join(others)[-300:]
            self.found.append("%s: exit code: terraform %d %s, craton %d %s" % (" ".join(args), a, wrong[:3], b, said))
        return results

    def values(self, *args, without=()):
        """What both print as JSON, if both do."""
        results = self.both(*args)
        if not any(r[0] for r in results):
            values = [json.loads(r[1]) for r in results]
            for v in values:
                for k in without:
                    v.pop(k, None)
            diff(*[s.number(s.tidy(v)) for s, v in zip(self.sides, values)], " ".join(args), self.found)

    def states(self):
        diff(*[s.state() for s in self.sides], "state", self.found)

    def run(self):
        """The number of the step in which something differs, or None."""
        broken = False
        for n in range(self.steps + 1):
            code, out, _ = self.sides[0].run("state", "list") if n else (1, "", "")
            flags, commands = self.maker.change(out.split("\n")[:-1] if code == 0 else []) if n else ([], [])
            for s in self.sides:
                s.names = self.maker.names()
                s.write(self.maker.files())
            self.both("init", "-input=false")
            for args in commands:
                self.command(args)
            for s in self.sides:
                s.remove("p")
            (a, *_), (b, *_) = self.both(*PLAN, *flags)
            broken = a == 1
            if a == b and not broken:
                # Before it plans to destroy, Terraform brings the state up to date with the configuration.
                stale = ["prior_state", "output_changes"] if "-destroy" in flags else []
                self.values("show", "-json", "p", without=stale)
            if not self.found:
                self.both("apply", "-input=false", "p")
                self.states()
                if not broken:
                    self.values("show", "-json")
                self.values("output", "-json")
            if self.found:
                return n
        if not broken:
            self.both("destroy", "-auto-approve", "-input=false")
            self.states()
        return self.steps + 1 if self.found else None

    def command(self, args):
        if args[0] == "edit":
            self.trace.append(" ".join(args))
            for s in self.sides:
                s.edit_state(int(args[1]))
            return
        self.both(*args)
        for s in self.sides:
            s.moved |= args[:2] == ["state", "mv"]
        self.states()


def errors(*texts):
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "".join(texts))
    return re.findall(r"(?m)^[ │]*Error: (.*)$", plain)


def diff(want, got, path, out):
    if isinstance(want, dict) and isinstance(got, dict):
        for k in sorted(set(want) | set(got)):
            if k not in want:
                out.append("%s.%s: only craton: %s" % (path, k, json.dumps(got[k])[:300]))
            elif k not in got:
                out.append("%s.%s: only terraform: %s" % (path, k, json.dumps(want[k])[:300]))
            else:
                diff(want[k], got[k], "%s.%s" % (path, k), out)
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for i, (w, g) in enumerate(zip(want, got)):
            diff(w, g, "%s[%s]" % (path, w.get("address", i) if isinstance(w, dict) else i), out)
    elif json.dumps(want) != json.dumps(got):
        out.append("%s: terraform %s, craton %s" % (path, json.dumps(want)[:300], json.dumps(got)[:300]))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("craton")
    p.add_argument("--first", type=int, default=1)
    p.add_argument("--cases", type=int, default=30)
    p.add_argument("--steps", type=int, default=6)
    p.add_argument("--keep", action="store_true")
    options = p.parse_args()
    options.craton = os.path.abspath(options.craton)
    bad = 0
    for seed in range(options.first, options.first + options.cases):
        case = Case(seed, options)
        try:
            step = case.run()
        except Over:
            step = None
        except subprocess.TimeoutExpired as e:
            step = -1
            case.found.append(str(e))
        if step is not None:
            bad += 1
            told = [t for t in case.trace if not t.startswith(("show", "output", "init"))]
            print("case %d, step %d: %s" % (seed, step, "; ".join(told[-6:])))
            for f in case.found[:8]:
                print("  " + f[:700])
            if options.keep:
                print("  kept: " + " ".join(s.folder for s in case.sides))
            sys.stdout.flush()
        for s in case.sides:
            if step is None or not options.keep:
                shutil.rmtree(s.folder)
    print("random configurations: %d of %d alike" % (options.cases - bad, options.cases))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
