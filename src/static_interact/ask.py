"""A question before a figure moves: the reader commits to an answer, then the figure unlocks and goes to it.

Prediction before the result is what makes a moving figure stick. Nothing is stored or sent anywhere; without a script
the question stands above the figure and the answer below it, folded.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from numbers import Real
from typing import Any

from .latex import with_formulas

FEW = 12  # so many choices can stand in a row


@dataclass(frozen=True)
class Ask:
    """A question about a figure.

    Parameters
    ----------
    question : str
        What the reader is asked.
    answer : object, optional
        One of `choices`; or a number; or ``{"scale": 89}``, the place of a control to which the figure then goes.
        Without an answer the reader's guess is repeated, and the figure has the last word.
    choices : sequence, optional
        What the reader chooses from. Without choices the reader types a number (a text if there is no answer).
    tolerance : float, optional
        How far a number may be off and still be right. By default half a step of the control, else nothing.
    show : mapping of str to object, optional
        Values of controls to go to; those in `answer` if it names a control.
    why : str, optional
        A sentence that explains the answer, shown after it.

    Raises
    ------
    TypeError, ValueError
        If a part has the wrong type, the answer is no choice, or there are fewer than two choices.

    Examples
    --------
    >>> Ask("At which scale does float32 break?", answer={"scale": 89}).question
    'At which scale does float32 break?'
    """

    question: str
    answer: Any = None
    choices: Sequence[Any] = ()
    tolerance: float | None = None
    show: Mapping[str, Any] | None = None
    why: str = ""

    def __post_init__(self) -> None:
        for name in ("question", "why"):
            if not isinstance(value := getattr(self, name), str):
                raise TypeError(f"ask: {name} must be a text, got {value!r}")
        if not self.question.strip():
            raise ValueError("ask: question must say something, got an empty text")
        if isinstance(self.choices, str) or not isinstance(self.choices, Sequence):
            raise TypeError(f"ask: choices must be a list, got {self.choices!r}")
        if len(self.choices) == 1 or len({str(choice) for choice in self.choices}) != len(self.choices):
            raise ValueError(f"ask: choices must be at least two, all different, got {list(self.choices)!r}")
        if self.tolerance is not None and not (_is_number(self.tolerance) and self.tolerance >= 0):
            raise ValueError(f"ask: tolerance must be a number from 0 on, got {self.tolerance!r}")
        for name in ("answer", "show"):
            value = getattr(self, name)
            if isinstance(value, Mapping) and not value:
                raise ValueError(f"ask: {name} must name a control, got {value!r}")
        if self.show is not None and not isinstance(self.show, Mapping):
            raise TypeError(f"ask: show must be values by names of controls, got {self.show!r}")
        if isinstance(self.answer, Mapping) and len(self.answer) > 1:
            raise ValueError(f"ask: answer must be about one control (see show), got {self.answer!r}")

    def __str__(self) -> str:
        """The question with its choices, as a live kernel shows it above the figure."""
        choices = f" ({' · '.join(map(_said, self.choices))})" if len(self.choices) else ""
        return self.question + choices

    @classmethod
    def of(cls, given: Any) -> Ask:
        """Make a question of what an author wrote: a text, a mapping of the parameters' names, or an `Ask`.

        Raises
        ------
        TypeError
            If it is none of these.
        """
        if isinstance(given, cls):
            return given
        if isinstance(given, str):
            return cls(given)
        if isinstance(given, Mapping):
            known = [f.name for f in fields(cls)]
            if unknown := [name for name in given if name not in known]:
                raise TypeError(f"ask: must have keys of {', '.join(known)}, got {', '.join(map(str, unknown))}")
            if "question" not in given:
                raise TypeError(f"ask: must have a question, got {given!r}")
            return cls(**given)
        raise TypeError(f"ask: must be a text, a mapping or an Ask, got {given!r}")


def build(
    given: Any, names: Sequence[str], values: Sequence[Sequence[Any]], labels: Sequence[Sequence[str]]
) -> tuple[str, dict]:
    """Make the form of a question, and the table that the script judges answers with.

    Parameters
    ----------
    given : str, mapping or Ask
        The question.
    names, values, labels : sequence
        For each control its name, its values, and what these are called.

    Returns
    -------
    html : str
        The form.
    table : dict
        ``goto`` (where the figure goes: index for each control, or null). With choices, ``says``: what is said to each;
        for an open question one text. For a number, ``answer``, ``tolerance``, ``ratio`` (whether
        distance is told by a factor), ``control`` (that is asked for), and what is said to a guess that is ``right``,
        too ``low`` or too ``high``, with ``{guess}`` and ``{far}`` to be put in. What does not apply is left out.

    Raises
    ------
    TypeError, ValueError
        If the question does not suit the controls.
    """
    ask = Ask.of(given)
    table: dict[str, Any] = {}
    show, choices, answer, shown = dict(ask.show or {}), list(ask.choices), ask.answer, ""
    if isinstance(answer, Mapping):
        ((name, answer),) = answer.items()
        control, place = _place(name, answer, names, values)
        show.setdefault(name, values[control][place])
        if not choices and not _asks_for_a_number(values[control], labels[control]):
            choices, answer = list(labels[control]), labels[control][place]
        elif not choices:
            table |= {"control": control, **_closeness(values[control], place)}
            shown = labels[control][place]
    if show:
        goto: list[int | None] = [None] * len(names)
        for name, value in show.items():
            control, place = _place(name, value, names, values)
            goto[control] = place
        table["goto"] = goto
    why = f" {ask.why}" if ask.why else ""
    if choices:
        if answer is not None and answer not in choices:
            raise ValueError(f"ask: answer must be one of the choices {choices!r}, got {answer!r}")
        shown = "" if answer is None else _said(answer)
        told = f" The answer: {shown}." if shown else ""
        table["says"] = [
            f"Right: {shown}.{why}"
            if answer is not None and choice == answer
            else f"You said {_said(choice)}.{told}{why}"
            for choice in choices
        ]
    elif answer is None:
        table["says"] = "You said {guess}." + why
    else:
        if not _is_number(answer) or not math.isfinite(answer):
            raise TypeError(f"ask: answer must be a number where there are no choices, got {answer!r}")
        shown = shown or f"{answer:g}".replace("-", "−")
        table |= {"answer": float(answer), "tolerance": table.get("tolerance", 0.0)}
        if ask.tolerance is not None:
            table["tolerance"] = ask.tolerance
        table["right"] = f"Right: you said {{guess}}, it is {shown}.{why}"
        table |= {side: f"You said {{guess}}, it is {shown}: {{far}} too {side}.{why}" for side in ("low", "high")}
    return _form(ask, [_said(choice) for choice in choices], shown, number=answer is not None), table


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _said(choice: Any) -> str:
    """A choice as a text, a number with the minus sign that axes and read-outs have."""
    return str(choice).replace("-", "−") if _is_number(choice) else str(choice)


def _asks_for_a_number(values: Sequence[Any], labels: Sequence[str]) -> bool:
    """Whether a reader would type a number, rather than choose from a list of a few names."""
    if not all(map(_is_number, values)):
        return False
    return len(values) > FEW or all(re.fullmatch(r"[−-]?[\d.,]+(e[+−-]?\d+)?", label) for label in labels)


def _place(name: str, value: Any, names: Sequence[str], values: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """The control of that name, and the place of its value: the nearest one for numbers within its range."""
    if name not in names:
        raise ValueError(f"ask: must name one of the controls {', '.join(names)}, got {name!r}")
    control = list(names).index(name)
    grid = list(values[control])
    if value in grid:
        return control, grid.index(value)
    if _is_number(value) and all(map(_is_number, grid)) and min(grid) <= value <= max(grid):
        return control, min(range(len(grid)), key=lambda place: abs(grid[place] - value))
    raise ValueError(f"ask: {name} must be one of its control's values {grid[0]!r} to {grid[-1]!r}, got {value!r}")


def _closeness(grid: Sequence[float], place: int) -> dict:
    """Half the wider step beside a place; and whether the steps are factors, so that distance is told as one."""
    gaps = [abs(grid[place] - grid[other]) for other in (place - 1, place + 1) if 0 <= other < len(grid)]
    found: dict[str, Any] = {"tolerance": max(gaps, default=0.0) / 2}
    if len(grid) > 2 and min(grid) > 0:
        factors = [b / a for a, b in itertools.pairwise(grid)]
        if max(factors) - min(factors) < 1e-6 * max(factors) and abs(factors[0] - 1) > 1e-9:
            found["ratio"] = True
    return found


def _form(ask: Ask, choices: Sequence[str], shown: str, number: bool) -> str:
    guess = "".join(
        f'<label><input type="radio" name="guess" value="{place}" required><span>{escape(choice)}</span></label>'
        for place, choice in enumerate(choices)
    )
    if not choices:
        kind = 'type="number" step="any"' if number else 'type="text" maxlength="99"'
        guess = f'<label>Your guess <input {kind} name="guess" required></label>'
    told = ". ".join(part.rstrip(".") for part in (shown, ask.why) if part)
    folded = f"<details><summary>Answer</summary><p>{escape(told)}.</p></details>" if told else ""
    return (
        f'<form class="si-ask"><fieldset><legend>{with_formulas(ask.question)}</legend><div class="si-guess">{guess}'
        '<span><button type="submit">Commit</button><button type="button" class="si-skip">Skip</button></span></div>'
        f'</fieldset>{folded}<p class="si-result" role="status"></p></form>'
    )
