"""One stylesheet of all that the pages link to, with what some page needs and no more.

A rule stays if one of its selectors can mean an element of some page (light_kinds.py) in some state: hovered,
focused, opened, in any theme, on any screen, on paper. What only scripts make is in made_by_scripts.html. Then
variables, animations and fonts go that nothing left over names.
"""

import re
from dataclasses import dataclass, field

import cssselect2
import tinycss2

#: Classes that scripts set on elements of the page, and ids of what they fill.
STATES = set(
    "show showing hiding collapsing active scrolled hide noprint pst-sidebar-hidden success highlighted disabled"
    " pst-primary-sidebar-modal pst-secondary-sidebar-modal".split()
)
#: Figures that move set many more, all of this name; their style holds nothing to spare.
OWN = re.compile(r"si-")
#: Pseudo-classes that take selectors of the element itself.
SAME = {"is", "where", "matches", "-webkit-any"}


@dataclass
class Sheet:
    """A stylesheet as it came, and where it lies: `path` is below the folder that the made one lies in."""

    path: str
    text: str


@dataclass
class Rule:
    """A rule that holds declarations, or (a group) other rules, or (neither) stays as it is."""

    head: str
    sheet: str
    declarations: list = field(default_factory=list)  # (name, tokens, important)
    rules: list = None
    text: str = ""

    def css(self):
        if self.text:
            return self.text
        if self.rules is not None:
            inner = "".join(rule.css() for rule in self.rules)
            return f"{self.head}{{{inner}}}" if inner else ""
        inner = ";".join(
            f"{name}:{written(tokens)}{'!important' * important}" for name, tokens, important in self.declarations
        )
        return f"{self.head}{{{inner}}}" if inner else ""


def parse(sheets):
    """All rules of the sheets, in order."""
    return [
        rule
        for sheet in sheets
        for rule in _rules(tinycss2.parse_stylesheet(sheet.text, skip_comments=True, skip_whitespace=True), sheet)
    ]


def _rules(nodes, sheet):
    for node in nodes:
        if node.type == "error":
            raise ValueError(f"{sheet.path}, line {node.source_line}: {node.message}")
        if node.type == "qualified-rule":
            yield _block(written(node.prelude), node.content, sheet)
        elif node.type == "at-rule" and node.lower_at_keyword != "charset":
            yield _at_rule(node, sheet)


def _at_rule(node, sheet):
    name, prelude = node.lower_at_keyword, written(node.prelude)
    if name == "import":
        raise ValueError(f"{sheet.path}: @import would bring rules that are not looked at")
    head = f"@{node.at_keyword} {prelude}".strip()
    if name in {"media", "supports", "layer", "container", "scope"} and node.content is not None:
        inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
        return Rule(head, sheet.path, rules=list(_rules(inner, sheet)))
    if name == "font-face":
        return _block(head, node.content, sheet)
    text = f"{head};" if node.content is None else f"{head}{{{written(node.content)}}}"
    return Rule(head, sheet.path, text=text)


def _block(head, content, sheet):
    inner = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    if any(node.type in {"qualified-rule", "at-rule"} for node in inner):  # nested rules stay whole
        return Rule(head, sheet.path, text=f"{head}{{{written(content)}}}")
    found = [(node.name, node.value, node.important) for node in inner if node.type == "declaration"]
    return Rule(head, sheet.path, declarations=found)


def written(tokens):
    """Tokens as css without comments and spare spaces."""
    text = "".join(
        " " if token.type == "whitespace" else _one(token) for token in tokens if token.type != "comment"
    ).strip()
    # Spaces around + and - mean something, and one before a parenthesis or a bracket does.
    return re.sub(r"\s*([,>])\s*(?![^\"]*\"(?:[^\"]*\"[^\"]*\")*[^\"]*$)", r"\1", text)


def _one(token):
    if token.type in {"function", "() block", "[] block", "{} block"}:
        inner = written(token.arguments if token.type == "function" else token.content)
        if token.type == "function":
            return f"{tinycss2.serializer.serialize_identifier(token.name)}({inner})"
        first, last = token.type[0], token.type[1]
        return f"{first}{inner}{last}"
    return tinycss2.serialize([token])


# Which rules stay ----------------------------------------------------------------------------------


def needed(rules, kinds):
    """Leave out the selectors that no element of the pages can match, and the rules without any left."""
    meant = _Meaning(kinds.tree)
    return list(_without(rules, meant))


class _Meaning:
    """Whether selectors mean any element of a tree; asked for each once."""

    def __init__(self, tree):
        self.known = {}
        self.by_mark = {}
        for element in cssselect2.ElementWrapper.from_html_root(tree).iter_subtree():
            for mark in ("*", element.local_name, *(f".{name}" for name in element.classes)):
                self.by_mark.setdefault(mark, []).append(element)

    def __call__(self, tokens):
        selector = wide(tokens)
        if selector not in self.known:
            self.known[selector] = self._ask(selector)
        return self.known[selector]

    def _ask(self, selector):
        if ":is(" not in selector and any(mark not in self.by_mark for mark in re.findall(r"\.[\w-]+", selector)):
            return False
        try:
            compiled = list(cssselect2.compile_selector_list(selector))
        except cssselect2.SelectorError:
            return True  # what is not understood stays
        return any(one.test(element) for one in compiled for element in self._candidates(one))

    def _candidates(self, compiled):
        if compiled.class_name is not None:
            return self.by_mark.get(f".{compiled.class_name}", [])
        return self.by_mark.get(compiled.lower_local_name or "*", [])


def flat(rules):
    """All rules, also those inside groups."""
    for rule in rules:
        yield rule
        if rule.rules is not None:
            yield from flat(rule.rules)


def _without(rules, meant):
    for rule in rules:
        if rule.rules is not None:
            rule.rules = list(_without(rule.rules, meant))
        elif rule.declarations and not rule.head.startswith("@"):
            selectors = split(tinycss2.parse_component_value_list(rule.head))
            kept = [written(tokens) for tokens in selectors if meant(tokens)]
            if not kept:
                continue
            rule.head = ",".join(kept)
        yield rule


def split(tokens):
    """The selectors of a list, as lists of tokens."""
    selectors = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def wide(tokens):
    """A selector that means at least what this one does, in any state: no pseudo-classes, no siblings, no states."""
    chain, link, position = [("", [])], None, 0
    tokens = [token for token in tokens if token.type != "comment"]
    while tokens and tokens[-1].type == "whitespace":
        tokens.pop()
    while position < len(tokens):
        token, following = tokens[position], tokens[position + 1] if position + 1 < len(tokens) else None
        position += 1
        if token.type == "whitespace":
            link = link or (" " if chain[-1][1] or len(chain) > 1 else None)
            continue
        if token.type == "literal" and token.value in {">", "+", "~"}:
            link = token.value
            continue
        if link:
            if link in {"+", "~"}:
                chain[-1] = (chain[-1][0], [])  # a sibling: what holds it is the same
            else:
                chain.append((link, []))
            link = None
        parts = chain[-1][1]
        if token.type == "literal" and token.value == ":":
            if following is not None and following.type == "literal":  # ::before
                position += 1
                following = tokens[position]
            position += 1
            if following.type == "function" and following.lower_name in SAME:
                parts.append(f":is({','.join(wide(inner) for inner in split(following.arguments))})")
        elif token.type == "literal" and token.value == ".":
            position += 1
            if following.value not in STATES and not OWN.match(following.value):
                parts.append("." + tinycss2.serialize([following]))
        elif token.type == "hash":
            if token.value not in STATES:
                parts.append(tinycss2.serialize([token]))
        elif token.type == "[] block":
            name = next((inner.lower_value for inner in token.content if inner.type == "ident"), "")
            if name in {"class", "type", "role"}:
                parts.append(tinycss2.serialize([token]))
        else:
            parts.append(tinycss2.serialize([token]))
    # A parent that may be anything says nothing.
    return "".join(link + ("".join(parts) or "*") for link, parts in chain)


# How they are found ---------------------------------------------------------------------------------


def spread(rules):
    """Write selectors that end in `:is(p, ul)` as two, where that means the same.

    A browser looks only at rules whose selectors end in an element's name, id or one of its classes; one that ends in
    `:is()` it tries on every element of the page.
    """
    for rule in flat(rules):
        if rule.declarations and not rule.head.startswith("@"):
            selectors = split(tinycss2.parse_component_value_list(rule.head))
            rule.head = ",".join(written(one) for tokens in selectors for one in _spread(tokens))


def _spread(tokens):
    start = 1 + max((k for k, token in enumerate(tokens) if _links(token)), default=-1)
    last = tokens[start:]
    if len(last) < 2 or last[0] != ":" or last[1].type != "function" or last[1].lower_name != "is":
        return [tokens]
    meant = [_trimmed(inner) for inner in split(last[1].arguments)]
    # All of them count as much as the one that counts most, and one with a parent is not one below what came before.
    if any(_links(token) for inner in meant for token in inner) or len({weight(inner) for inner in meant}) > 1:
        return [tokens]
    return [[*tokens[:start], *inner, *last[2:]] for inner in meant]


def _links(token):
    return token.type == "whitespace" or (token.type == "literal" and token.value in {">", "+", "~"})


def _trimmed(tokens):
    while tokens and tokens[0].type == "whitespace":
        tokens = tokens[1:]
    while tokens and tokens[-1].type == "whitespace":
        tokens = tokens[:-1]
    return tokens


def weight(tokens):
    """How much a selector without pseudo-classes counts: of its ids, of its classes and attributes, of its names.

    One that has any counts like no other.
    """
    ids = sum(token.type == "hash" for token in tokens)
    classes = sum(token == "." or token.type == "[] block" for token in tokens)
    names = sum(token.type == "ident" for token in tokens) - sum(token == "." for token in tokens)
    return (ids, classes, names) if ":" not in tokens else object()


# What the rules that stay need ---------------------------------------------------------------------


def settle(rules, also):
    """Leave out variables, animations and fonts that neither the rules nor the texts `also` name."""
    elsewhere = set(re.findall(r"--[\w-]+", "\n".join(also)))
    while True:
        used = elsewhere | set(re.findall(r"--[\w-]+", "\n".join(_values(rules))))
        before = sum(len(rule.declarations) for rule in flat(rules))
        for rule in flat(rules):
            rule.declarations = [part for part in rule.declarations if not part[0].startswith("--") or part[0] in used]
        if before == sum(len(rule.declarations) for rule in flat(rules)):
            break
    named = "\n".join([*_values(rules), *also]).replace("\\ ", " ")
    return list(_named(rules, named))


def _values(rules):
    for rule in flat(rules):
        if rule.text and not rule.head.startswith("@keyframes"):
            yield rule.text
        if rule.head != "@font-face":
            for _, tokens, _ in rule.declarations:
                yield written(tokens)


def _named(rules, named):
    for rule in rules:
        if rule.rules is not None:
            rule.rules = list(_named(rule.rules, named))
        frames = re.match(r"@(?:-[a-z]+-)?keyframes (.+)", rule.head)
        if frames and not re.search(rf"(?<![\w-]){re.escape(frames[1])}(?![\w-])", named):
            continue
        if rule.head == "@font-face" and family(rule) not in named:
            continue
        yield rule


def family(face):
    """The name of the family that a @font-face rule declares."""
    tokens = next(tokens for name, tokens, _ in face.declarations if name == "font-family")
    if tokens and (strings := [token.value for token in tokens if token.type == "string"]):
        return strings[0]
    return " ".join(token.value for token in tokens if token.type == "ident")


# Addresses and icons -------------------------------------------------------------------------------


def addresses(tokens):
    """All url() tokens among these, also inside functions."""
    for token in tokens:
        if token.type == "url":
            yield token
        elif token.type == "function" and token.lower_name == "url":
            yield next(inner for inner in token.arguments if inner.type == "string")
        elif token.type == "function":
            yield from addresses(token.arguments)


def draw_icons(rules, icons):
    """Have the style's own icons drawn as masks in the colour of the text, instead of by an icon font."""
    for rule in flat(rules):
        if rule.head == "@font-face":
            continue
        rule.declarations = [new for old in rule.declarations for new in _drawn(old, icons)]


FONT = re.compile(r"var\(--fa-font-(?:solid|brands)\)|Font Awesome", re.IGNORECASE)
MASK = (
    "display:inline-block;background:currentColor;height:1em;width:1em;"
    "mask-position:center;mask-repeat:no-repeat;mask-size:contain"
)


def _drawn(declaration, icons):
    name, tokens, important = declaration
    text = written(tokens)
    strings = [token.value for token in tokens if token.type == "string"]
    if name.startswith("--pst-") and len(strings) == 1 and len(strings[0]) == 1 and (url := icons.address(strings[0])):
        return [(name, tinycss2.parse_component_value_list(url), important)]
    if name == "content" and (
        text.startswith(("var(--pst-icon", "var(--pst-breadcrumb"))
        or (len(strings) == 1 and len(strings[0]) == 1 and "\ue000" <= strings[0] <= "\uf8ff")
    ):
        image = icons.address(strings[0]) if strings else text
        return _declarations(f'content:"";mask-image:{image}', important)
    if (name == "font" or name == "font-family") and FONT.search(text.replace("\\ ", " ")):
        return _declarations(MASK, important)
    return [declaration]


def _declarations(text, important):
    inner = tinycss2.parse_blocks_contents(text)
    return [(node.name, node.value, important) for node in inner if node.type == "declaration"]
