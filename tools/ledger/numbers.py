"""The numbers in a chapter's prose: what stands there, what it means, and in which sentence."""

import re
from dataclasses import dataclass
from fractions import Fraction

# A sentence keeps its sources as ⟦cite⟧, and what is left out (code, references to equations) as ⟦⟧.
CITED, LEFT_OUT = "⟦cite⟧", "⟦⟧"

SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
PLAIN = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*"
NUMBER = re.compile(
    rf"(?<![\w.⟦^])(?P<sign>[-−]?)(?:"
    rf"(?P<mantissa>{PLAIN})\s*(?:[·×*]|\\cdot|\\times)\s*10\^\{{?(?P<power>-?\d+)\}}?"  # 1.8 · 10^{{308}}
    rf"|(?P<base>\d+)\^\{{?(?P<exponent>-?\d+)\}}?"  # 2^{{-53}}
    rf"|(?P<above>\d+)/(?P<below>\d{{1,3}}(?:,\d{{3}})+|\d+)(?!\^)"  # 2/3
    rf"|(?P<literal>\d+(?:\.\d+)?e[-+]?\d+)"  # 1e-7
    rf"|(?P<plain>{PLAIN})(?:\s(?P<scale>thousand|million|billion)s?\b)?"
    rf")(?![\w^])(?P<percent>\s?(?:%|\\%|per cent))?"
)

STRUCTURE = re.compile(
    r"\b(?P<kind>chapters?|exercises?|theorems?|lemmas?|sections?|cases?|suspects?|exhibits?|facts?|steps?|equations?|pages?|"
    r"issue|PR|version|Python)\s+#?(?:[\d.]+(?:,\s|\sand\s|\sor\s|\sto\s|-))*$",
    flags=re.IGNORECASE,
)


@dataclass(frozen=True)
class Number:
    """A number as the prose writes it."""

    text: str
    value: Fraction
    digits: int  # decimals that are shown; negative where zeros at the end hide digits: 1.8 · 10^3 has -2
    sentence: str
    place: int  # of the number in the sentence
    formula: bool  # stands in a display formula
    percent: bool = False
    version: bool = False

    @property
    def before(self):
        return self.sentence[: self.place]

    @property
    def structure(self):
        """The word that makes it a label ("exercise 3"), in the singular, or None."""
        if match := STRUCTURE.search(self.before):
            return match["kind"].lower().removesuffix("s")
        return "item" if re.fullmatch(r"(?:[-*]\s+)?\**", self.before.strip()) and self.is_item() else None

    def is_item(self):
        return re.match(r"\.(?:\s|\*|$)", self.sentence[self.place + len(self.text) :]) is not None


def decimals(text):
    return len(text.partition(".")[2])


def number_of(match, sentence, formula):
    part = {name: text.replace(",", "") if text else text for name, text in match.groupdict().items()}
    sign = -1 if part["sign"] else 1
    version = bool(part["plain"]) and part["plain"].count(".") > 1
    if version:
        value, digits = Fraction(0), 0
    elif part["mantissa"]:
        power = int(part["power"])
        value, digits = Fraction(part["mantissa"]) * Fraction(10) ** power, decimals(part["mantissa"]) - power
    elif part["base"]:
        base, exponent = Fraction(int(part["base"])), int(part["exponent"])
        value, digits = base**exponent if base or exponent >= 0 else base, 400
    elif part["above"]:
        value, digits = Fraction(int(part["above"]), int(part["below"]) or 1), 400
    elif part["literal"]:
        mantissa, _, power = part["literal"].partition("e")
        value, digits = Fraction(part["literal"]), decimals(mantissa) - int(power)
    else:
        scale = SCALES.get(part["scale"], 1)
        value, digits = Fraction(part["plain"]) * scale, decimals(part["plain"]) - len(str(scale)) + 1
    start = match.start()
    return Number(match[0].strip(), sign * value, digits, sentence, start, formula, bool(part["percent"]), version)


# From Markdown to sentences -----------------------------------------------------------------------


def prose(source):
    """The running text of a Markdown cell: no code, no tags, no addresses; sources and left-out parts are marked."""
    source = re.sub(r"(?ms)^```.*?^```", LEFT_OUT, source)
    source = re.sub(r"\{cite(?::\w)?\}`[^`]*`", CITED, source)
    source = re.sub(r"\{\w+\}`[^`]*`", LEFT_OUT, source)
    source = re.sub(r"`([^`]*)`", lambda code: code[1] if NUMBER.fullmatch(code[1]) else LEFT_OUT, source)
    source = re.sub(r"\[([^\]]*)\]\((?:[^()\s]|\([^()]*\))*\)", r"\1", source)
    source = re.sub(r"</?[a-zA-Z][^<>]*>", " ", source)
    return re.sub(r"\$\$ \([\w:-]+\)", "$$", source)


def formula_text(latex):
    r"""A formula with its numbers as `NUMBER` reads them: no subscripts, fractions as a/b.

    >>> formula_text(r"\\tfrac{1}{2} x_{12} \\cdot 10\\,000")
    '1/2 x \\\\cdot 10000'
    """
    latex = re.sub(r"_(?:\{[^{}]*\}|\\?\w+)", "", latex)
    latex = re.sub(r"\\[td]?frac\{(\d+)\}\{(\d+)\}", r"\1/\2", latex)
    latex = re.sub(r"\\[td]?frac (\d)(\d)", r"\1/\2", latex)
    latex = latex.replace("{,}", ",").replace(r"\%", "%")
    latex = re.sub(r"(?<=\d)\\[,;](?=\d{3}\b)", "", latex)
    latex = re.sub(r"\\(?:operatorname|mathrm|text)\*?\{[^{}]*\}", " ", latex)
    return re.sub(r"\\[,;: ]", " ", latex)


def sentences(source):
    """The sentences of a Markdown cell, each with whether it is a display formula."""
    for k, part in enumerate(prose(source).split("$$")):
        if k % 2:
            yield " ".join(formula_text(part).split()), True
            continue
        text = re.sub(r"(?<!\\)\$([^$]+)\$", lambda formula: formula_text(formula[1]), part)
        for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.|#+)\s)", text):
            joined = " ".join(block.split())
            for sentence in re.split(r"(?<=[a-z)\]⟧”*\d][.?!])\s+(?=[A-Z“(⟦*\[])", joined):
                if sentence:
                    yield sentence, False


def numbers(source):
    """The numbers of a Markdown cell, in order."""
    for sentence, formula in sentences(source):
        for match in NUMBER.finditer(sentence):
            yield number_of(match, sentence, formula)
