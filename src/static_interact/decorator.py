"""The decorator that chapters use: ipywidgets in a live kernel, baked frames in a book build."""

from __future__ import annotations

import base64
import inspect
import io
import itertools
import os
from collections.abc import Callable, Mapping
from typing import Any

from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure

from . import capture
from .bake import bake
from .controls import Control

# The Sphinx extension sets this in the environment of the kernels that execute the chapters.
BAKE = "STATIC_INTERACT_BAKE"
PNG_DPI = 144  # two pixels for each CSS pixel at the width below
_numbers = itertools.count(1)


def is_baking() -> bool:
    """Whether figures are being baked into a page, rather than shown by a live kernel."""
    return os.environ.get(BAKE) == "1"


def interact(*, caption: str = "", alt: str = "", **controls: Control) -> Callable[[Callable], Callable]:
    """Show a function with controls for its parameters.

    In a live kernel this is `ipywidgets.interactive`, with the first frame stored beside the widget for viewers that
    have no kernel. In a book build (`is_baking`) the function is called for every combination of the controls, and
    the page holds all frames: moving a control needs neither a kernel nor a network.

    Parameters
    ----------
    caption : str, optional
        A sentence below the figure.
    alt : str, optional
        A text alternative: what the figure shows, for those who cannot see it.
    **controls : FloatSlider, FloatLogSlider, IntSlider, Dropdown or Checkbox
        One for each parameter of the function.

    Returns
    -------
    callable
        A decorator. It shows the figure and returns the function unchanged.

    Raises
    ------
    TypeError
        If the controls do not match the function's parameters, or one is no control, or the function returns
        anything but a matplotlib Figure, a str, or both.
    ValueError
        In a bake, if there are more than 6,000 combinations.

    Examples
    --------
    >>> from static_interact import IntSlider, interact
    >>> @interact(n=IntSlider(value=2, min=0, max=4))
    ... def square(n):
    ...     print(n, "squared is", n * n)
    2 squared is 4
    """

    def decorate(function: Callable) -> Callable:
        _check_controls(function, controls)
        if is_baking():
            identifier = f"si{next(_numbers)}-{function.__name__.replace('_', '-')}"
            html = bake(function, controls, identifier=identifier, caption=caption, alt=alt)
            display({"text/html": html}, raw=True)
        else:
            _show_live(function, controls, caption, alt)
        return function

    return decorate


def show(figure: Figure, *, caption: str = "", alt: str = "") -> None:
    """Show a figure without controls: as inline SVG that follows the page's theme in a book build, else as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; pyplot will not show it again.
    caption, alt : str, optional
        As in `interact`.

    Raises
    ------
    TypeError
        If `figure` is no matplotlib Figure.
    """
    if not isinstance(figure, Figure):
        raise TypeError(f"show: figure must be a matplotlib Figure, got {figure!r}")

    def still() -> Figure:
        return figure

    interact(caption=caption, alt=alt)(still)


def _check_controls(function: Callable, controls: Mapping[str, Control]) -> None:
    for name, control in controls.items():
        if not isinstance(control, Control):
            raise TypeError(
                f"{function.__name__}: the control for {name} must be a FloatSlider, FloatLogSlider, IntSlider, Dropdown or Checkbox, got {control!r}"
            )
    try:
        inspect.signature(function).bind(**controls)
    except TypeError as error:
        raise TypeError(
            f"{function.__name__}{inspect.signature(function)} and its controls {list(controls)} do not match: {error}"
        ) from None


def _show_live(function: Callable, controls: Mapping[str, Control], caption: str, alt: str) -> None:
    bundle, metadata = _bundle(_call(function, {n: c.values[c.start] for n, c in controls.items()}), alt)
    if get_ipython() is None:  # a plain Python prompt shows text alone
        print(bundle["text/plain"])
        return
    if controls:
        bundle |= _widget_view(function, controls, alt)
    display(bundle, metadata=metadata, raw=True)
    if caption:
        display({"text/markdown": f"*{caption}*", "text/plain": caption}, raw=True)


def _call(function: Callable, arguments: Mapping[str, Any]) -> capture.Shown:
    shown = capture.call(function, arguments)
    if shown.error:
        chosen = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        shown.error.add_note(f"in the figure function {function.__name__}({chosen})")
        raise shown.error
    return shown


def _bundle(shown: capture.Shown, alt: str) -> tuple[dict, dict]:
    """MIME bundle and metadata of one frame. Its text is the fallback of a picture, or all there is."""
    bundle: dict[str, Any] = {"text/plain": shown.text or alt or "(a figure)"}
    if not shown.figures:
        return bundle, {}
    buffer = io.BytesIO()
    figure = shown.figures[0]
    figure.savefig(buffer, format="png", dpi=PNG_DPI)
    bundle["image/png"] = base64.b64encode(buffer.getvalue()).decode()
    return bundle, {"image/png": {"width": round(figure.get_figwidth() * 100), **({"alt": alt} if alt else {})}}


def _widget_view(function: Callable, controls: Mapping[str, Control], alt: str) -> dict:
    """The ipywidgets view of the same function; viewers that know widgets prefer it to the picture."""
    import ipywidgets

    interactive = None
    latest: dict[str, Any] = {}

    def refresh(**arguments: Any) -> None:
        shown = _call(function, arguments)
        bundle, metadata = _bundle(shown, alt)
        outputs = [{"output_type": "display_data", "data": bundle, "metadata": metadata}]
        if shown.figures and shown.text:
            outputs.append({"output_type": "stream", "name": "stdout", "text": shown.text + "\n"})
        # Setting the outputs, rather than printing into them, leaves nothing behind in the cell's own outputs.
        latest["outputs"] = tuple(outputs)
        if interactive is not None:
            interactive.out.outputs = latest["outputs"]

    refresh.__signature__ = inspect.signature(function)
    widgets = {name: control.widget(name) for name, control in controls.items()}
    interactive = ipywidgets.interactive(refresh, clear_output=False, **widgets)
    interactive.out.outputs = latest["outputs"]
    view = "application/vnd.jupyter.widget-view+json"
    return {view: interactive._repr_mimebundle_()[view]}
