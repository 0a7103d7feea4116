"""What a part of a page says in plain words: for descriptions, search and anything else that has no markup."""

import re

from docutils import nodes

SKIPPED = (nodes.raw, nodes.image, nodes.comment, nodes.system_message, nodes.topic, nodes.target)

#: LaTeX's commands that have a character of their own.
CHARACTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "Delta": "Δ", "varepsilon": "ε", "epsilon": "ε", "eta": "η",
    "theta": "θ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "Sigma": "Σ", "tau": "τ",
    "phi": "φ", "sum": "Σ", "prod": "Π", "int": "∫", "infty": "∞", "partial": "∂", "nabla": "∇", "in": "∈", "cdot": "·",
    "times": "×", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "top": "ᵀ",
    "to": "→", "dots": "…", "ldots": "…", "cdots": "…", "ell": "l", "pm": "±", "Leftrightarrow": "⇔", "Rightarrow": "⇒",
    "quad": " ", "qquad": " ", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "mid": "|", "odot": "⊙",
}  # fmt: skip
#: Commands that set their argument in some face, and such as only say how large or how far apart things are.
FACES = r"\\(?:operatorname\*?|math[a-z]+|text[a-z]*|boldsymbol|hat|bar|tilde)\s*"
SIZES = r"\\(?:(?:left|right|[bB]igg?[lr]?|displaystyle|limits)(?![A-Za-z])|[,;!:])"


def plain(node):
    """The text of a docutils node in one line, its formulas as far as characters can write them."""
    if isinstance(node, SKIPPED):
        return ""
    if isinstance(node, (nodes.math, nodes.math_block)):
        return readable(node.astext())
    if isinstance(node, nodes.Text):
        return str(node)
    glue = "" if isinstance(node, nodes.TextElement) else " "
    return re.sub(r"\s+", " ", glue.join(plain(child) for child in node.children)).strip() if node.children else ""


def readable(latex):
    r"""A formula without LaTeX's commands.

    >>> readable(r"p_i = \frac{e^{a_i}}{\sum_k e^{a_k}}")
    'p_i = e^(a_i)/(Σ_k e^(a_k))'
    """
    text = (
        re.sub(r"\\(begin|end)\{[^}]*\}(\[[^]]*\])?|\\label\{[^}]*\}", " ", latex)
        .replace(r"\\", "; ")
        .replace("&", " ")
    )
    text = re.sub(rf"{FACES}{GROUP}", r"\1", re.sub(SIZES, "", text))
    for _ in range(4):  # fractions may hold fractions
        text = re.sub(
            rf"\\[dt]?frac\s*{GROUP}\s*{GROUP}", lambda parts: f"{grouped(parts[1])}/{grouped(parts[2])}", text
        )
    text = re.sub(r"\\([A-Za-z]+)", lambda command: CHARACTERS.get(command[1], command[1]), text)
    text = re.sub(r"\{([^{}]{1,2})\}", r"\1", text).replace(r"\{", "{").replace("\\", "")
    return re.sub(r"\s+", " ", text.replace("{", "(").replace("}", ")")).strip()


GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"


def grouped(part):
    return f"({part})" if re.search(r"\s|[+−-]", re.sub(GROUP, "", part)) else part


def shortened(text, length):
    """The whole sentences of a text that fit, or as many words as do."""
    if len(text) <= length:
        return text
    sentences = re.match(rf"(.{{{length // 2},{length}}}[.?!])(?=\s|$)", text)
    if sentences:
        return sentences[1]
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:(") + "…"
