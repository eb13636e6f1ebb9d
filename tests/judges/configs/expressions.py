"""Expressions of a type, over what a place in a module may refer to."""

import random

from model import TYPES, Block, Call

KEYS = ["a", "b", "c", "d"]


class Expressions:
    """Makes expressions at random. Ids differ from run to run, so nothing is made that depends on what is in one."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def chance(self, p):
        return self.r.random() < p

    def keys(self):
        return sorted(self.r.sample(KEYS, self.r.randint(0, 3)))

    def literal(self, type_):
        r = self.r
        if type_ == "str":
            return r.choice(['"x"', '"y"', '"z"', '"long-%d"' % r.randint(0, 9), "null" if self.chance(0.2) else '"w"'])
        if type_ == "num":
            return r.choice(["0", "1", "2", "3", "1.5", "-7"])
        if type_ == "bool":
            return r.choice(["true", "false"])
        if type_ == "list":
            return "[%s]" % ", ".join('"%s"' % r.choice(KEYS) for _ in range(r.randint(0, 3)))
        if type_ == "map":
            return "{ %s }" % ", ".join('%s = "%s"' % (k, r.choice("pqrs")) for k in self.keys())
        more = r.choice(["", ", k = %d" % r.randint(0, 4), ', t = ["u"]', ", k = null"])
        return '{ n = "%s"%s }' % (r.choice("pqrs"), more)

    def set_of_keys(self):
        return "toset([%s])" % ", ".join('"%s"' % k for k in self.keys())

    def number(self, m):
        """A count that a plan knows."""
        lists = plain(m, "list")
        return "length(var.%s)" % self.r.choice(lists) if lists else str(self.r.randint(0, 3))

    def each(self, m):
        """A for_each that a plan knows."""
        maps, lists, x = plain(m, "map"), plain(m, "list"), self.r.random()
        if maps and x < 0.4:
            return "var." + self.r.choice(maps)
        if lists and x < 0.6:
            return "toset(var.%s)" % self.r.choice(lists)
        return self.literal("map") if x < 0.8 else self.set_of_keys()

    def condition(self, m):
        if self.chance(0.8):
            return "length(%s) >= 0" % self.expression(m, "str", 1)
        return '%s != "%s"' % (self.expression(m, "str", 1), self.r.choice(["x", "y"]))

    def sources(self, m, inside):
        """What may be named in an item (or in locals and outputs): pairs of a type and a text."""
        found = [(type_, "var." + n) for n, (type_, _, _) in m.variables.items()]
        for item in m.before(inside):
            found += of_block(item) if isinstance(item, Block) else of_call(item)
        if isinstance(inside, (Block, Call)) and inside.many:
            if inside.many[0] == "count":
                found += [("num", "count.index")] * 2
            else:
                found += [("str", "each.key"), ("str", "tostring(each.value)")] * 2
        if inside is None:
            found += [(type_, "local." + n) for n, (type_, _) in m.locals.items()]
        return found

    def expression(self, m, type_, depth, inside=None):
        """Text of an expression of that type, nested at most so deep."""
        r = self.r
        fitting = [text for (kind, text) in self.sources(m, inside) if kind == type_]
        if fitting and self.chance(0.55):
            return r.choice(fitting)
        if depth <= 0 or self.chance(0.25):
            return self.literal(type_)

        def sub(kind):
            return self.expression(m, kind, depth - 1, inside)

        def condition():
            return r.choice([
                lambda: "%s == %s" % (sub("num"), sub("num")), lambda: "(%s)" % sub("bool"), lambda: "%s != null" % sub("str"),
                lambda: 'contains(%s, "a")' % sub("list"), lambda: "%s > 1" % sub("num"),
            ])()

        if self.chance(0.15):
            return "(%s ? %s : %s)" % (condition(), sub(type_), sub(type_))
        if self.chance(0.07):
            return "try(%s, %s)" % (sub(type_), sub(type_))
        if self.chance(0.06):
            return "nonsensitive(sensitive(%s))" % sub(type_)
        if self.chance(0.05):
            return "sensitive(%s)" % sub(type_)
        if self.chance(0.08):
            return {
                "str": 'coalesce(%s, "c")', "num": "coalesce(%s, 1)", "bool": "coalesce(%s, true)",
                "list": 'coalescelist(%s, ["c"])', "map": "merge(%s, {})", "obj": "merge(%s, { k = 9 })",
            }[type_] % sub(type_)
        return r.choice({
            "str": [
                lambda: '"pre-${%s}"' % sub("str"), lambda: '"${%s}-${%s}"' % (sub("num"), sub("str")),
                lambda: 'join(",", %s)' % sub("list"), lambda: "upper(%s)" % sub("str"),
                lambda: "jsonencode(%s)" % sub(r.choice(TYPES)), lambda: 'lookup(%s, "a", "-")' % sub("map"),
                lambda: 'trimprefix(%s, "l")' % sub("str"), lambda: "(%s).n" % sub("obj"),
                lambda: '"%%{ if %s }yes%%{ else }no%%{ endif }"' % condition(),
                lambda: '"%%{ for k in %s }<${k}>%%{ endfor }"' % sub("list"),
                lambda: 'format("%%v-%%s", %s, %s)' % (sub("num"), sub("str")),
                lambda: "strrev(strrev(%s))" % sub("str"), lambda: 'replace(%s, "-", "_")' % sub("str"),
            ],
            "num": [
                lambda: "length(%s)" % sub(r.choice(["list", "map", "str"])), lambda: "%s + %s" % (sub("num"), sub("num")),
                lambda: "max(%s, %s)" % (sub("num"), sub("num")), lambda: "-(%s)" % sub("num"),
                lambda: "try((%s).k, 0)" % sub("obj"),
            ],
            "bool": [
                lambda: "!(%s)" % sub("bool"), lambda: "(%s)" % condition(), lambda: "can(tonumber(%s))" % sub("str"),
                lambda: "(%s && %s)" % (sub("bool"), condition()), lambda: 'startswith(%s, "p")' % sub("str"),
                lambda: "issensitive(%s)" % sub("str"),
            ],
            "list": [
                lambda: "[for x in %s : upper(x)]" % sub("list"), lambda: "concat(%s, %s)" % (sub("list"), sub("list")),
                lambda: "[%s, %s]" % (sub("str"), sub("str")), lambda: "keys(%s)" % sub("map"),
                lambda: "values(%s)" % sub("map"), lambda: "distinct(%s)" % sub("list"),
                lambda: "reverse(%s)" % sub("list"), lambda: "compact(%s)" % sub("list"),
                lambda: '[for k, v in %s : "${k}=${v}" if v != "p"]' % sub("map"),
                lambda: 'split(",", %s)' % sub("str"), lambda: "flatten([%s, %s])" % (sub("list"), sub("str")),
            ],
            "map": [
                lambda: '{ for i, k in %s : "k${i}" => k }' % sub("list"), lambda: "merge(%s, %s)" % (sub("map"), sub("map")),
                lambda: "{ a = %s, b = %s }" % (sub("str"), sub("str")), lambda: "tomap({ k = %s })" % sub("str"),
                lambda: "{ for k, v in %s : upper(k) => v }" % sub("map"),
            ],
            "obj": [
                lambda: "{ n = %s, k = %s }" % (sub("str"), sub("num")), lambda: "merge(%s, { k = %s })" % (sub("obj"), sub("num")),
                lambda: "{ n = %s, t = %s }" % (sub("str"), sub("list")),
            ],
        }[type_])()


def plain(m, type_):
    """Variables of a type that are not sensitive."""
    return [n for n, (t, _, extra) in m.variables.items() if t == type_ and "sensitive = true" not in extra]


def of_block(b):
    base = "terraform_data." + b.name
    if b.many is None:
        return [("str", base + ".id"), (b.type, base + ".output"), (b.type, base + ".input")]
    if b.many[0] == "count":
        found = [("list", base + "[*].id"), ("num", "length(%s)" % base),
                 ("str", 'one(slice(concat(%s[*].id, ["none"]), 0, 1))' % base)]
        return found + ([("list", base + "[*].output")] if b.type == "str" else [])
    found = [("map", "{ for k, v in %s : k => v.id }" % base), ("list", "values(%s)[*].id" % base),
             ("str", 'try(%s["a"].id, "no a")' % base), ("list", "keys(%s)" % base)]
    return found + ([("map", "{ for k, v in %s : k => v.output }" % base)] if b.type == "str" else [])


def of_call(c):
    base, found = "module." + c.name, []
    for output, (type_, _, _) in c.module.outputs.items():
        if c.many is None:
            found.append((type_, "%s.%s" % (base, output)))
        elif c.many[0] == "count":
            found.append(("num", "length(%s)" % base) if c.many[1] == "0" else (type_, "%s[0].%s" % (base, output)))
            if type_ == "str":
                found.append(("list", "%s[*].%s" % (base, output)))
        else:
            found.append(("list", "sort(keys(%s))" % base))
            if type_ == "str":
                found.append(("map", "{ for k, v in %s : k => v.%s }" % (base, output)))
    return found
