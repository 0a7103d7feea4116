"""What a call showed, as outputs of a notebook; and what an Output widget holds, as HTML."""

from __future__ import annotations

import base64
import io
import weakref
from collections.abc import Sequence
from typing import Any

import ipywidgets
from IPython.utils.capture import capture_output

from . import capture
from .settings import is_baking

PNG_DPI = 144  # two pixels for each CSS pixel at the width below
_enter, _leave = ipywidgets.Output.__enter__, ipywidgets.Output.__exit__

# What frames write into: it moves with them, and so is shown in them and nowhere else.
in_frames: weakref.WeakSet[ipywidgets.Widget] = weakref.WeakSet()


def picture(figure: Any, alt: str = "") -> tuple[dict, dict]:
    """A figure as PNG, and its size on a screen.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It is not closed.
    alt : str, optional
        What it shows.

    Returns
    -------
    data, metadata : dict
        As in a notebook's output.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI)
    size = {"width": round(figure.get_figwidth() * 100), **({"alt": alt} if alt else {})}
    return {"image/png": base64.b64encode(buffer.getvalue()).decode()}, {"image/png": size}


def outputs_of(shown: capture.Shown, alt: str = "") -> tuple[dict, ...]:
    """The outputs of a call, for an Output widget or a notebook.

    Parameters
    ----------
    shown : capture.Shown
        What the call showed; each figure's `drawn` is what `picture` gave, if it is there.
    alt : str, optional
        What its figures show.

    Returns
    -------
    tuple of dict
        In nbformat's form.
    """
    outputs: list[dict] = []
    for part in shown.parts:
        if isinstance(part, capture.Text):
            outputs.append({"output_type": "stream", "name": "stdout", "text": part.text + "\n"})
        elif isinstance(part, capture.Failure):
            outputs.append(_error(part, shown.error))
        else:
            if isinstance(part, capture.Picture):
                data, metadata = part.drawn or picture(part.figure, alt)
                data = {"text/plain": alt or "(a figure)", **data}
            else:
                data, metadata = part.data, part.metadata
            outputs.append({"output_type": "display_data", "data": data, "metadata": metadata})
    return tuple(outputs)


def _error(part: capture.Failure, error: Exception | None) -> dict:
    import traceback

    lines = traceback.format_exception(error) if error is not None else [f"{part.name}: {part.message}"]
    return {"output_type": "error", "ename": part.name, "evalue": part.message, "traceback": lines}


def bundle_of(shown: capture.Shown, alt: str = "") -> tuple[dict, dict]:
    """One output for all that a call showed: its first picture or object, and its text as the fallback.

    Parameters
    ----------
    shown : capture.Shown
        What the call showed.
    alt : str, optional
        What its figures show.

    Returns
    -------
    data, metadata : dict
        As in a notebook's output.
    """
    texts = [part.text for part in shown.parts if isinstance(part, capture.Text)]
    texts += [f"{part.name}: {part.message}" for part in shown.parts if isinstance(part, capture.Failure)]
    rich = [part for part in shown.parts if isinstance(part, (capture.Picture, capture.Rich))]
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    if rich:
        first = rich[0]
        data, metadata = (first.drawn or picture(first.figure, alt)) if isinstance(first, capture.Picture) else (
            dict(first.data), dict(first.metadata)
        )  # fmt: skip
        texts += [
            part.data["text/plain"] for part in rich if isinstance(part, capture.Rich) and "text/plain" in part.data
        ]
    plain = "\n".join(texts)
    return {"text/plain": plain or alt or ("(a figure)" if rich else "")} | {
        kind: content for kind, content in data.items() if kind != "text/plain"
    }, metadata


def outputs_html(outputs: Sequence[dict]) -> str:
    """HTML of a notebook's outputs.

    Parameters
    ----------
    outputs : sequence of dict
        In nbformat's form.

    Returns
    -------
    str
        Markup.
    """
    from . import frame
    from .svg import to_html

    parts = parts_of(outputs)
    for part in parts:
        if isinstance(part, capture.Text):
            part.text = part.text.rstrip("\n")
    return to_html(frame.tree(capture.Shown(parts), "si-output-")) if parts else ""


def parts_of(outputs: Sequence[dict]) -> list[capture.Part]:
    """A notebook's outputs as parts of a frame.

    Parameters
    ----------
    outputs : sequence of dict
        In nbformat's form.

    Returns
    -------
    list of Text, Rich or Failure
        In their order.
    """
    parts: list[capture.Part] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            parts.append(capture.Text(output["text"]))
        elif kind == "error":
            parts.append(capture.Failure(output["ename"], output["evalue"]))
        else:
            parts.append(capture.Rich(output["data"], output.get("metadata", {})))
    return parts


class _Captured(capture_output):
    """Keeps what is shown, and whether what was there before shall go."""

    cleared = False

    def __enter__(self) -> Any:
        captured: Any = super().__enter__()
        shell: Any = self.shell
        if self.display:
            publisher = shell.display_pub

            def clear_all(wait: bool = False) -> None:  # noqa: ARG001
                self.cleared = True
                for stream in (captured._stdout, captured._stderr):
                    stream.seek(0)
                    stream.truncate()
                publisher.outputs.clear()

            object.__setattr__(publisher, "clear_output", clear_all)
        return captured


def _start(widget: Any) -> Any:
    if not is_baking():
        return _enter(widget)
    if (recorder := capture.recorder()) is not None:  # a frame shows what its call writes here
        recorder.enter(widget, parts_of(widget.outputs))
        return None
    in_frames.discard(widget)
    grabber = _Captured()
    widget._static_grabbers = [*getattr(widget, "_static_grabbers", []), (grabber, grabber.__enter__())]
    return None


def _stop(widget: Any, kind: Any, error: Any, trace: Any) -> bool | None:
    if not is_baking():
        return _leave(widget, kind, error, trace)
    if (recorder := capture.recorder()) is not None:
        recorder.leave(error)
        return error is None or isinstance(error, Exception)
    *widget._static_grabbers, (grabber, captured) = widget._static_grabbers
    grabber.__exit__(kind, error, trace)
    outputs = [] if grabber.cleared else list(widget.outputs)
    for text, name in ((captured.stdout, "stdout"), (captured.stderr, "stderr")):
        if text:
            outputs.append({"output_type": "stream", "name": name, "text": text})
    for item in captured.outputs:
        outputs.append({"output_type": "display_data", "data": item.data, "metadata": item.metadata})
    if error is not None:
        outputs.append(_error(capture.Failure(kind.__name__, str(error)), error))
    widget.outputs = tuple(outputs)
    return True


def catch_outputs() -> None:
    """Let ``with output:`` keep what is shown in a bake, where no front end does."""
    ipywidgets.Output.__enter__, ipywidgets.Output.__exit__ = _start, _stop
