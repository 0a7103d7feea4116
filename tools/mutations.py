"""The small mistakes that `tools.mutants` makes: one change of one place in a module's source each.

Comparisons and operators are exchanged, numbers changed by one and doubled, flags turned round, conditions decided, a
``not``, a minus, a context manager or a whole statement left out, results replaced by None, defaults changed. What says
nothing about an answer is left alone: docstrings, ``__all__``, type hints, decorators, imports, the texts of errors,
``copy=False``.
Expressions within f-strings too: Python tells their places from 3.12 on only.
"""

import ast
import re
from collections import Counter
from typing import NamedTuple

COMPARISONS = {
    ast.Lt: ("<", ["<=", ">="]),
    ast.LtE: ("<=", ["<", ">"]),
    ast.Gt: (">", [">=", "<="]),
    ast.GtE: (">=", [">", "<"]),
    ast.Eq: ("==", ["!="]),
    ast.NotEq: ("!=", ["=="]),
    ast.Is: ("is", ["is not"]),
    ast.IsNot: (r"is\s+not", ["is"]),
    ast.In: ("in", ["not in"]),
    ast.NotIn: (r"not\s+in", ["in"]),
}
OPERATORS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.MatMult: ("@", "*"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "|"),
}
NO_CONTEXT = '__import__("contextlib").nullcontext()'


class Mutant(NamedTuple):
    """A change of one place."""

    file: str  #: the path, below the repository's root
    line: int
    name: str  #: the function or class that it is in, dotted; "" for the module itself
    before: str  #: the line (or lines, joined) as it stands
    after: str  #: and as it is changed; " (2)" follows where that has been said of an earlier line of the function
    source: bytes  #: the whole module with the change
    lines: range  #: one of these is executed when the place is
    everywhere: bool  #: executed when the module is imported, or only once because it is cached: any test may see it

    @property
    def key(self):
        """What tells it from others, also when lines have moved."""
        return f"{self.file} {self.name or 'module'}: {self.before} → {self.after}"


def mutants_of(source, file):
    """Return all mutants of a module's source (bytes), in the order of their places."""
    collector = _Collector(source, file)
    collector.visit(ast.parse(source))
    unique = {mutant.source: mutant for mutant in collector.found if mutant.source != source}
    seen: Counter[str] = Counter()
    found = []
    for mutant in sorted(unique.values(), key=lambda mutant: mutant.line):
        seen[mutant.key] += 1
        times = seen[mutant.key]
        found.append(mutant._replace(after=f"{mutant.after} ({times})") if times > 1 else mutant)
    return found


class _Collector(ast.NodeVisitor):
    def __init__(self, source, file):
        self.source, self.file, self.found = source, file, []
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.names, self.lines, self.everywhere = [], range(1), True

    # Where things are: offsets in bytes, as ast counts columns.

    def start(self, node):
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node):
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def change(self, start, end, text):
        """Note the mutant that has `text` from one offset to another."""
        changed = self.source[:start] + text.encode() + self.source[end:]
        first = self.source.rfind(b"\n", 0, start) + 1
        last = self.source.find(b"\n", end)
        last = len(self.source) if last < 0 else last
        before, after = self.source[first:last], changed[first : last + len(changed) - len(self.source)]
        before, after = (" ".join(line.decode().split()) for line in (before, after))
        line = self.source.count(b"\n", 0, start) + 1
        name = ".".join(self.names)
        self.found.append(Mutant(self.file, line, name, before, after, changed, self.lines, self.everywhere))

    def replace(self, node, text):
        self.change(self.start(node), self.end(node), text)

    def exchange(self, left, right, sign, others):
        """Put other signs in place of the one between two nodes; `sign` is a regular expression."""
        start, end = self.end(left), self.start(right)
        between = self.source[start:end].decode()
        if "#" in between:
            return  # the sign might be found in the comment
        match = re.search(sign, between)
        assert match, f"{sign} must stand between the operands, got {between!r}"
        for other in others:
            self.change(start + match.start(), start + match.end(), other)

    def leave_out(self, node, sign):
        """Leave out the sign that an expression begins with."""
        rest = self.source[self.start(node) + len(sign) : self.end(node)].decode().lstrip()
        self.replace(node, rest)

    # Statements.

    def visit(self, node):
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        outer = self.lines
        body = getattr(node, "body", None)
        last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno
        self.lines = range(node.lineno, last + 1)
        super().visit(node)
        self.lines = outer

    def removed(self, node):
        self.replace(node, "pass")
        self.generic_visit(node)

    visit_Delete = visit_Assert = removed

    def visit_Break(self, node):
        self.replace(node, "pass")

    visit_Continue = visit_Break

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.removed(node)

    def visit_Assign(self, node):
        if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            self.removed(node)

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.replace(node, "pass")
            self.visit(node.value)

    def visit_AugAssign(self, node):
        self.replace(node, "pass")
        sign, other = OPERATORS[type(node.op)]
        self.exchange(node.target, node.value, re.escape(sign + "="), [other + "="])
        self.visit(node.value)

    def visit_Raise(self, node):
        self.replace(node, "pass")  # and nothing within: it is the error's text

    def visit_Return(self, node):
        if node.value is not None and not _is_none(node.value):
            self.replace(node, "return None")
            self.visit(node.value)

    def visit_If(self, node):
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.decided(node)

    def visit_While(self, node):
        self.replace(node.test, "False")
        self.generic_visit(node)

    def visit_With(self, node):
        for item in node.items:
            if item.optional_vars is None:
                self.replace(item.context_expr, NO_CONTEXT)
        self.generic_visit(node)

    def visit_FunctionDef(self, node):
        outer = self.everywhere
        self.names.append(node.name)
        header, self.lines = self.lines, range(node.body[0].lineno, node.end_lineno + 1)
        # A cached function's lines are executed for the first test alone, though the others have its answers.
        known = {"property", "staticmethod", "classmethod", "contextmanager"}
        self.everywhere = any(ast.unparse(one).rpartition(".")[2] not in known for one in node.decorator_list)
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if isinstance(default, ast.Constant) and isinstance(default.value, str):
                self.replace(default, '""')
            elif default is not None:
                self.visit(default)
        self.lines = header
        for statement in node.body:
            self.visit(statement)
        self.names.pop()
        self.everywhere = outer

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        self.names.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self.names.pop()

    def nothing(self, node):
        pass

    visit_Import = visit_ImportFrom = visit_JoinedStr = nothing

    # Expressions.

    def decided(self, node):
        self.replace(node.test, "True")
        self.replace(node.test, "False")
        self.generic_visit(node)

    visit_IfExp = decided

    def visit_comprehension(self, node):
        for condition in node.ifs:
            self.replace(condition, "True")
        self.generic_visit(node)

    def visit_Compare(self, node):
        operands = [node.left, *node.comparators]
        for left, right, comparison in zip(operands[:-1], operands[1:], node.ops, strict=True):
            self.exchange(left, right, *COMPARISONS[type(comparison)])
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        signs = ("and", ["or"]) if isinstance(node.op, ast.And) else ("or", ["and"])
        for left, right in zip(node.values[:-1], node.values[1:], strict=True):
            self.exchange(left, right, *signs)
        self.generic_visit(node)

    def visit_BinOp(self, node):
        if not any(_is_text(operand) for operand in (node.left, node.right)):
            sign, other = OPERATORS[type(node.op)]
            self.exchange(node.left, node.right, re.escape(sign), [other])
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            if isinstance(node.operand.value, int | float):
                self.number(node, -node.operand.value)
            return
        signs = {ast.Not: "not", ast.USub: "-", ast.Invert: "~"}
        if type(node.op) in signs:
            self.leave_out(node, signs[type(node.op)])
        self.generic_visit(node)

    def visit_keyword(self, node):
        if node.arg != "copy" or not _is_false(node.value):  # a copy that is not asked for costs time alone
            self.visit(node.value)

    def visit_Lambda(self, node):
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        self.visit(node.body)

    def visit_Constant(self, node):
        if isinstance(node.value, bool):
            self.replace(node, str(not node.value))
        else:
            self.number(node, node.value)

    def number(self, node, value):
        others: set[float]
        if isinstance(value, int):
            others = {value + 1, value - 1, 2 * value if value > 0 else -value}
        elif isinstance(value, float):
            others = {value - 1, 2 * value or 1.0}
        else:
            return
        for other in sorted(others - {value}):
            self.replace(node, repr(other))


def _is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def _is_false(node):
    return isinstance(node, ast.Constant) and node.value is False


def _is_text(node):
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))
