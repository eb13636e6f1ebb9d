"""What a configuration is made of, and its text."""

TYPES = ["str", "str", "num", "bool", "list", "map", "obj"]
HCL_TYPE = {
    "str": "string", "num": "number", "bool": "bool", "list": "list(string)", "map": "map(string)",
    "obj": "object({ n = string, k = optional(number, 3), t = optional(list(string)) })",
}


class Block:
    """A resource: how many, from what, with which meta-arguments."""

    kind = "terraform_data."

    def __init__(self, name, type_):
        self.name = name
        self.type = type_       # of its input
        self.many = None        # None, ("count", text) or ("for_each", text)
        self.input = None
        self.triggers = None
        self.depends = []
        self.lifecycle = {}     # argument: text
        self.provisioners = []  # texts

    def text(self):
        lines = repetition(self)
        if self.input is not None:
            lines.append("input = " + self.input)
        if self.triggers is not None:
            lines.append("triggers_replace = " + self.triggers)
        if self.depends:
            lines.append("depends_on = [%s]" % ", ".join(self.depends))
        if self.lifecycle:
            inner = "".join("    %s\n" % lifecycle(k, v) for k, v in self.lifecycle.items())
            lines.append("lifecycle {\n%s  }" % inner)
        return block('resource "terraform_data" "%s"' % self.name, lines + self.provisioners)


class Call:
    """A call of a module."""

    kind = "module."

    def __init__(self, name, module, caller):
        self.name = name
        self.module = module
        self.source = ("./modules/" if caller.name == "root" else "../") + module.name
        self.many = None
        self.arguments = {}
        self.depends = []

    def text(self):
        lines = ['source = "%s"' % self.source] + repetition(self)
        lines += ["%s = %s" % a for a in self.arguments.items()]
        if self.depends:
            lines.append("depends_on = [%s]" % ", ".join(self.depends))
        return block('module "%s"' % self.name, lines)


class Module:
    def __init__(self, name):
        self.name = name
        self.variables = {}  # name: (type, default, further lines)
        self.locals = {}     # name: (type, text)
        self.items = []      # blocks and calls; each refers to earlier ones only
        self.outputs = {}    # name: (type, text, further lines)
        self.extra = []      # moved, removed, import and check blocks, as text

    def blocks(self):
        return [i for i in self.items if isinstance(i, Block)]

    def calls(self):
        return [i for i in self.items if isinstance(i, Call)]

    def before(self, item):
        """What an item may refer to."""
        return self.items[:self.items.index(item)] if item in self.items else self.items

    def text(self):
        out = []
        for name, (type_, default, extra) in self.variables.items():
            if default == "null" and "nullable = false" in extra:
                default = '"w"'
            out.append(block('variable "%s"' % name, ["type = " + HCL_TYPE[type_], "default = " + default] + extra))
        if self.locals:
            out.append(block("locals", ["%s = %s" % (name, text) for name, (_, text) in self.locals.items()]))
        out += [item.text() for item in self.items]
        for name, (_, text, extra) in self.outputs.items():
            out.append(block('output "%s"' % name, ["value = " + text] + extra))
        return "\n".join(out + self.extra)


def repetition(item):
    return ["%s = %s" % item.many] if item.many else []


def lifecycle(name, value):
    if name.endswith("condition"):
        return '%s {\n      condition = %s\n      error_message = "broken"\n    }' % (name, value)
    return "%s = %s" % (name, value)


def block(head, lines):
    return "%s {\n%s}\n" % (head, "".join("  %s\n" % line for line in lines))
