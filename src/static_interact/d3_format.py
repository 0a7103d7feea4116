"""Numbers as ipywidgets' sliders show them: the format language of JavaScript's d3-format.

It looks like Python's and differs from it in what `g` does with zeros, in rounding (`r`), SI prefixes (`s`),
trimming (`~`) and the minus sign.

References
----------
Mike Bostock, d3-format, https://d3js.org/d3-format
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

_SPECIFICATION = re.compile(
    r"(?:(?P<fill>.)?(?P<align>[<>=^]))?(?P<sign>[+\-( ])?(?P<symbol>[$#])?(?P<zero>0)?(?P<width>\d+)?"
    r"(?P<comma>,)?(?:\.(?P<precision>\d+))?(?P<trim>~)?(?P<type>[a-z%])?",
    re.IGNORECASE,
)
_PREFIXES = ["y", "z", "a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"]
_MINUS = "\u2212"
# A float has up to 767 decimal digits, and 309 before the point.
_EXACT = Context(prec=1_200)


def d3_format(value: float, specification: str) -> str:
    """Format a number.

    Parameters
    ----------
    value : float
        The number.
    specification : str
        As in d3-format: ``[[fill]align][sign][symbol][0][width][,][.precision][~][type]``.

    Returns
    -------
    str
        What the slider of a live notebook shows.

    Raises
    ------
    ValueError
        If it is no such specification.

    Examples
    --------
    >>> d3_format(0.5, ".2f"), d3_format(1500, ".3s"), d3_format(0.25, ".0%"), d3_format(1000, ",d")
    ('0.50', '1.50k', '25%', '1,000')
    """
    match = _SPECIFICATION.fullmatch(specification)
    if match is None:
        raise ValueError(f"readout_format must be a format of d3-format, got {specification!r}")
    given = match.groupdict()
    kind, comma, trim = given["type"] or "", bool(given["comma"]), bool(given["trim"])
    precision = None if given["precision"] is None else int(given["precision"])
    fill, align, zero = given["fill"] or " ", given["align"] or ">", bool(given["zero"])
    if kind == "n":
        comma, kind = True, "g"
    elif not kind or kind not in _TYPES:
        # d3 reads a type that it does not know, or none, as this one.
        precision, trim, kind = 12 if precision is None else precision, True, ""
    if zero or (fill == "0" and align == "="):
        fill, align, zero = "0", "=", True
    text, suffix, negative = _digits(float(value), kind, precision, trim, given["sign"])
    if given["symbol"] == "#" and kind in "boxX" and kind:
        prefix = "0" + kind.lower()
    else:
        prefix = "$" if given["symbol"] == "$" else ""
    sign = given["sign"] or "-"
    before = (("(" if sign == "(" else _MINUS) if negative else sign if sign in "+ " else "") + prefix
    suffix += "%" if kind in {"%", "p"} and given["symbol"] != "$" else ""
    suffix += ")" if negative and sign == "(" else ""
    width = int(given["width"] or 0)
    whole = text[: len(text) - len(text.lstrip("0123456789"))]
    rest = text[len(whole) :]
    # Grouped digits are what counts: an exponent or a prefix stays outside.
    grouped = comma and kind != "c"
    if grouped and not zero:
        whole = _group(whole)
    length = len(before) + len(whole) + len(rest) + len(suffix)
    padding = fill * max(0, width - length)
    if grouped and zero:
        whole, padding = _group(padding + whole, width - len(rest + suffix) if padding else math.inf), ""
    body = whole + rest + suffix
    if align == "<":
        return before + body + padding
    if align == "=":
        return before + padding + body
    if align == "^":
        half = len(padding) // 2
        return padding[:half] + before + body + padding[half:]
    return padding + before + body


def _digits(value: float, kind: str, precision: int | None, trim: bool, sign: str | None) -> tuple[str, str, bool]:
    """The number without its sign, what follows it, and whether it is below zero as shown."""
    if kind == "c":
        return repr(value).removesuffix(".0"), "", False
    negative = value < 0 or (value == 0 and math.copysign(1, value) < 0)
    precision = 6 if precision is None else precision
    precision = max(1, min(21, precision)) if kind in _SIGNIFICANT else max(0, min(20, precision))
    suffix = ""
    if math.isnan(value):
        text = "NaN"
        negative = False
    elif math.isinf(value):
        text = "Infinity"
    else:
        text, suffix = _TYPES[kind](abs(value), precision)
        if trim:
            text = _trim(text)
    # Minus zero has no sign, unless one is asked for.
    if negative and sign != "+" and not re.search(r"[1-9a-zA-Z]", text.partition("e")[0]):
        negative = False
    return text, suffix, negative


def _trim(text: str) -> str:
    """Drop zeros at the end of a fraction, also before an exponent."""
    return re.sub(r"(\.\d*?)0+(?=\D*$|e)", lambda m: "" if m[1] == "." else m[1], text, count=1)


def _group(digits: str, width: float = math.inf) -> str:
    """Commas between groups of three; leading zeros that no longer fit `width` go."""
    if math.isinf(width):
        return re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", digits)
    parts, length, place = [], 0, len(digits)
    while place > 0:
        size = 3
        if length + size + 1 > width:
            size = int(max(1, width - length))
        parts.append(digits[max(0, place - size) : place])
        place -= size
        length += size + 1
        if length > width:
            break
    return ",".join(reversed(parts))


def _round(number: Decimal, decimals: int = 0) -> Decimal:
    """To so many decimals; of two equally near, the larger, as JavaScript does. A float's exact value is rounded."""
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_EXACT)


def _whole(value: float) -> int:
    return int(_round(Decimal(repr(value))))


def _scientific(value: float, decimals: int) -> tuple[str, int]:
    """The digits and the exponent of JavaScript's toExponential."""
    if value == 0:
        return "0" * (decimals + 1), 0
    number = Decimal(value)
    exponent = number.adjusted()
    digits = str(int(_round(number.scaleb(decimals - exponent, _EXACT))))
    if len(digits) > decimals + 1:  # 9.99 became 10.0
        return digits[:-1], exponent + 1
    return digits, exponent


def _all_digits(value: float) -> str:
    return "".join(map(str, Decimal(repr(value)).as_tuple().digits)).rstrip("0")


def _exponential(value: float, precision: int) -> tuple[str, str]:
    digits, exponent = _scientific(value, precision)
    mantissa = digits[0] + ("." + digits[1:] if precision else "")
    return f"{mantissa}e{'+' if exponent >= 0 else '-'}{abs(exponent)}", ""


def _general(value: float, precision: int) -> tuple[str, str]:
    """As JavaScript's toPrecision: fixed unless the exponent is out of reach; zeros stay."""
    digits, exponent = _scientific(value, precision - 1)
    if exponent < -6 or exponent >= precision:
        mantissa = digits[0] + ("." + digits[1:] if precision > 1 else "")
        return f"{mantissa}e{'+' if exponent >= 0 else '-'}{abs(exponent)}", ""
    return _place_point(digits, exponent), ""


def _place_point(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    if len(digits) <= exponent + 1:
        return digits + "0" * (exponent + 1 - len(digits))
    return digits[: exponent + 1] + "." + digits[exponent + 1 :]


def _rounded(value: float, precision: int) -> tuple[str, str]:
    if value == 0:
        return "0", ""
    return _place_point(*_scientific(value, precision - 1)), ""


def _prefixed(value: float, precision: int) -> tuple[str, str]:
    digits, exponent = _scientific(value, precision - 1)
    step = max(-8, min(8, exponent // 3))
    place = exponent - 3 * step
    if place < 0:  # smaller than the smallest prefix
        wanted = precision + place  # with none left JavaScript writes all there are
        digits = _scientific(value, wanted - 1)[0] if wanted > 0 else _all_digits(value)
        text = "0." + "0" * (-place - 1) + digits
    else:
        text = _place_point(digits, place)
    return text, _PREFIXES[step + 8]


def _integer(value: float, _: int) -> tuple[str, str]:
    return str(_whole(value)), ""


def _radix(letter: str) -> Callable[[float, int], tuple[str, str]]:
    return lambda value, precision: (format(_whole(value), letter), "")


def _fixed(value: float, precision: int) -> tuple[str, str]:
    if value >= 1e21:  # so toFixed
        return repr(value), ""
    return f"{_round(Decimal(value), precision):f}", ""


_SIGNIFICANT = {"g", "p", "r", "s", ""}
_TYPES = {
    "%": lambda value, precision: _fixed(value * 100, precision),
    "b": _radix("b"),
    "c": lambda value, precision: (str(value), ""),
    "d": _integer,
    "e": _exponential,
    "f": _fixed,
    "g": _general,
    "o": _radix("o"),
    "p": lambda value, precision: _rounded(value * 100, precision),
    "r": _rounded,
    "s": _prefixed,
    "X": _radix("X"),
    "x": _radix("x"),
    "": _general,
}
