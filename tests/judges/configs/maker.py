"""A configuration that is made at random, and changed at random."""

import re

from expressions import Expressions
from model import TYPES, Block, Call, Module


class Maker(Expressions):
    def __init__(self, seed):
        super().__init__(seed)
        self.last = 0
        self.modules = {}
        self.root = self.make_module("root", 0)

    def files(self):
        """The texts by their paths."""
        return {"main.tf" if m.name == "root" else "modules/%s/main.tf" % m.name: m.text() for m in self.modules.values()}

    def names(self):
        """Of all resources that the configuration has."""
        return {b.name for m in self.modules.values() for b in m.blocks()}

    def name(self, prefix):
        """One that nothing has had yet."""
        self.last += 1
        return "%s%d" % (prefix, self.last)

    # -- making

    def make_module(self, name, depth):
        r, m = self.r, Module(name)
        self.modules[name] = m
        for _ in range(r.randint(0 if depth == 0 else 1, 3)):
            type_ = r.choice(TYPES)
            extra = (["sensitive = true"] if self.chance(0.15) else []) + (["nullable = false"] if self.chance(0.1) else [])
            m.variables[self.name("v")] = (type_, self.literal(type_), extra)
        if depth < 2:
            for _ in range(r.randint(0, 2 if depth == 0 else 1)):
                if self.chance(0.7):
                    self.add_call(m, depth)
        for _ in range(r.randint(1, 4 if depth == 0 else 2)):
            self.add_block(m)
        for _ in range(r.randint(0, 2)):
            type_ = r.choice(TYPES)
            m.locals[self.name("l")] = (type_, self.expression(m, type_, 2))
        for _ in range(r.randint(1, 3)):
            self.add_output(m)
        return m

    def add_output(self, m):
        type_ = self.r.choice(TYPES)
        text = self.expression(m, type_, 2)
        # A root module may not show what is sensitive unless it says so.
        extra = ["sensitive = true"] if m.name == "root" or self.chance(0.15) else []
        if self.chance(0.1):
            extra.append('precondition {\n    condition = %s\n    error_message = "out"\n  }' % self.condition(m))
        m.outputs[self.name("o")] = (type_, text, extra)

    def add_call(self, m, depth):
        child = self.make_module(self.name("mod"), depth + 1)
        call = Call(self.name("c"), child, m)
        x = self.r.random()
        if x < 0.2:
            call.many = ("count", str(self.r.randint(0, 2)))
        elif x < 0.45:
            call.many = ("for_each", self.set_of_keys())
        for v, (type_, _, _) in child.variables.items():
            if self.chance(0.6):
                call.arguments[v] = self.expression(m, type_, 2, call)
        m.items.append(call)

    def add_block(self, m):
        b = Block(self.name("r"), self.r.choice(TYPES))
        x = self.r.random()
        if x < 0.2:
            b.many = ("count", self.r.choice(["0", "1", "2", "3", self.number(m)]))
        elif x < 0.4:
            b.many = ("for_each", self.each(m))
        if self.chance(0.9):
            b.input = self.expression(m, b.type, 3, b)
        if self.chance(0.3):
            b.triggers = self.expression(m, self.r.choice(TYPES), 2, b)
        if self.chance(0.15):
            self.change_depends(m, b)
        if self.chance(0.35):
            self.change_lifecycle(m, b)
        if self.chance(0.15):
            b.provisioners.append(self.provisioner())
        m.items.append(b)
        return b

    def provisioner(self):
        when = "\n    when = destroy" if self.chance(0.4) else ""
        fail = "\n    on_failure = continue" if self.chance(0.3) else ""
        command = "exit 1" if self.chance(0.25) else "true"
        return 'provisioner "local-exec" {\n    command = "%s"%s%s\n  }' % (command, when, fail)

    # -- changing

    CHANGES = [
        "input", "input", "triggers", "many", "many", "rename", "remove", "forget", "add", "lifecycle", "lifecycle", "variable",
        "variable", "output", "depends", "call_many", "call_argument", "rename_call", "import", "taint", "replace", "target",
        "destroy", "refresh_only", "state_rm", "state_mv", "check", "move_into", "provisioner", "nothing", "edit_state",
    ]

    def change(self, addresses):
        """Changes something; gives the flags of the next plan and the commands to run before it."""
        flags, commands = [], []
        for m in self.modules.values():
            m.extra = [e for e in m.extra if e.startswith("check")]
        for _ in range(self.r.choice([1, 1, 1, 2, 3])):
            m = self.r.choice(list(self.modules.values()) + [self.root] * 2)
            what = self.r.choice(self.CHANGES)
            if what in ("taint", "replace", "target", "destroy", "refresh_only", "state_rm", "state_mv", "edit_state"):
                self.ask(what, addresses, flags, commands)
            elif what in ("call_many", "call_argument", "rename_call", "move_into"):
                self.change_call(what, m)
            elif what in ("import", "check", "variable", "output"):
                self.change_module(what, m, flags)
            elif m.blocks():
                self.change_block(what, m, self.r.choice(m.blocks()))
        if "-refresh-only" in flags:
            flags = [f for f in flags if not f.startswith(("-replace", "-destroy", "-target"))]
        if "-destroy" in flags:
            flags = [f for f in flags if not f.startswith("-replace")]
        return list(dict.fromkeys(flags)), commands

    def ask(self, what, addresses, flags, commands):
        """Something other than the configuration changes."""
        r = self.r
        if what == "refresh_only":
            flags.append("-refresh-only")
        elif what == "edit_state":
            commands.append(["edit", str(r.randint(0, 9))])
        elif not addresses:
            return
        elif what == "taint":
            commands.append([r.choice(["taint", "taint", "untaint"]), r.choice(addresses)])
        elif what == "replace":
            flags.append("-replace=" + r.choice(addresses))
        elif what == "target":
            flags.append("-target=" + r.choice(addresses + ["module." + c.name for c in self.root.calls()]))
        elif what == "destroy":
            flags += ["-destroy"] + (["-target=" + r.choice(addresses)] if self.chance(0.7) else [])
        elif what == "state_rm":
            commands.append(["state", "rm", r.choice(addresses)])
        else:
            a = r.choice(addresses)
            to = r.choice([re.sub(r"\[[^\]]*\]$", "", a) + "x", "terraform_data.moved", "terraform_data.moved[1]"])
            commands.append(["state", "mv", a, to])

    def change_block(self, what, m, b):
        r = self.r
        if what == "input":
            b.input = self.expression(m, b.type, 2, b) if self.chance(0.9) else None
        elif what == "triggers":
            b.triggers = self.expression(m, r.choice(TYPES), 2, b) if self.chance(0.8) else None
        elif what == "many":
            self.change_many(m, b)
        elif what == "rename" and not used(m, b):
            old, b.name = b.name, self.name("r")
            if self.chance(0.75):
                keys = ["", "", "[0]", '["a"]']
                move(m, "terraform_data.%s%s" % (old, r.choice(keys)),
                     "terraform_data.%s%s" % (b.name, r.choice(keys) if b.many else ""))
        elif what in ("remove", "forget") and not used(m, b) and len(m.blocks()) > 1:
            m.items.remove(b)
            if what == "forget":
                m.extra.append("removed {\n  from = terraform_data.%s\n  lifecycle {\n    destroy = %s\n  }\n}\n"
                               % (b.name, r.choice(["false", "false", "true"])))
        elif what == "add":
            self.add_block(m)
        elif what == "lifecycle":
            self.change_lifecycle(m, b)
        elif what == "depends":
            self.change_depends(m, b)
        elif what == "provisioner":
            b.provisioners = [] if b.provisioners else [self.provisioner()]

    def change_many(self, m, b):
        r = self.r
        if not used(m, b):
            b.many = r.choice([None, ("count", str(r.randint(0, 3))), ("for_each", self.each(m))])
            b.input = self.expression(m, b.type, 2, b)
            b.triggers = None
            b.lifecycle.pop("replace_triggered_by", None)
        elif b.many and b.many[0] == "count":
            b.many = ("count", str(r.randint(1, 3)))
        elif b.many:
            b.many = ("for_each", self.each(m))

    def change_depends(self, m, item):
        earlier = m.before(item)
        if earlier:
            other = self.r.choice(earlier)
            item.depends = [] if item.depends else [other.kind + other.name]

    def change_lifecycle(self, m, b):
        r = self.r
        kind = r.choice(["create_before_destroy", "ignore_changes", "replace_triggered_by", "precondition", "postcondition",
                         "prevent_destroy"])
        if kind in b.lifecycle:
            del b.lifecycle[kind]
        elif kind == "create_before_destroy":
            b.lifecycle[kind] = r.choice(["true", "true", "false"])
        elif kind == "prevent_destroy":
            if self.chance(0.3):
                b.lifecycle[kind] = "true"
        elif kind == "ignore_changes":
            b.lifecycle[kind] = r.choice(["[input]", "[triggers_replace]", "all", "[input, triggers_replace]"])
        elif kind == "replace_triggered_by":
            others = [i for i in m.before(b) if isinstance(i, Block)]
            if others:
                other = r.choice(others)
                ref = "terraform_data." + other.name
                if other.many and other.many == b.many:
                    ref += "[count.index]" if other.many[0] == "count" else "[each.key]"
                if self.chance(0.4) and (not other.many or "[" in ref):
                    ref += r.choice([".input", ".output", ".id"])
                b.lifecycle[kind] = "[%s]" % ref
        elif kind == "precondition":
            b.lifecycle[kind] = self.condition(m)
        else:
            b.lifecycle[kind] = r.choice(["self.id != null", "self.input == self.output || true", self.condition(m)])

    def change_module(self, what, m, flags):
        r = self.r
        if what == "variable" and m.variables:
            name = r.choice(list(m.variables))
            type_, _, extra = m.variables[name]
            value = self.literal(type_)
            if m is self.root and self.chance(0.5):
                flags.append("-var=%s=%s" % (name, value.strip('"') if type_ == "str" else value))
            else:
                m.variables[name] = (type_, value, extra)
        elif m is not self.root:
            return
        elif what == "output":
            if m.outputs and self.chance(0.4):
                m.outputs.pop(r.choice(list(m.outputs)))
            else:
                self.add_output(m)
        elif what == "import":
            b = self.add_block(m)
            if not b.many:
                m.extra.append('import {\n  to = terraform_data.%s\n  id = "imported-%s"\n}\n' % (b.name, b.name))
        elif what == "check":
            m.extra.append('check "%s" {\n  assert {\n    condition = %s\n    error_message = "no: ${%s}"\n  }\n}\n'
                           % (self.name("k"), self.condition(m), self.expression(m, "num", 1)))

    def change_call(self, what, m):
        r = self.r
        if not m.calls():
            return
        c = r.choice(m.calls())
        if what == "call_many":
            if c.many and c.many[0] == "for_each":
                c.many = ("for_each", self.set_of_keys())
            elif not used(m, c):
                c.many = ("count", str(r.randint(0, 2))) if c.many else ("count", "1")
        elif what == "call_argument":
            if c.module.variables:
                v = r.choice(list(c.module.variables))
                c.arguments[v] = self.expression(m, c.module.variables[v][0], 2, c)
            if self.chance(0.2):
                self.change_depends(m, c)
        elif what == "rename_call":
            if not used(m, c):
                old, c.name = c.name, self.name("c")
                if self.chance(0.8):
                    move(m, "module." + old, "module." + c.name)
        elif m is self.root and len(m.blocks()) > 1 and c.module.blocks():
            b = r.choice(m.blocks())
            if not used(m, b):
                m.items.remove(b)
                key = "" if not c.many else "[0]" if c.many[0] == "count" else '["a"]'
                inner = self.add_block(c.module)
                move(m, "terraform_data." + b.name, "module.%s%s.terraform_data.%s" % (c.name, key, inner.name))


def move(m, old, new):
    m.extra.append("moved {\n  from = %s\n  to   = %s\n}\n" % (old, new))


def used(m, item):
    """Whether anything in the module names an item."""
    ref = re.compile(re.escape(item.kind + item.name) + r"\b")
    texts = [i.text() for i in m.items if i is not item] + [text for _, text in m.locals.values()]
    texts += [text + "".join(extra) for _, text, extra in m.outputs.values()] + m.extra
    return any(ref.search(t) for t in texts)
