"""What a call shows is kept whole and in order, and nothing outside the call is changed."""

import io
import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import HTML, Latex, clear_output, display, update_display
from matplotlib.figure import Figure

from static_interact.capture import Failure, Picture, Rich, Text, call


@pytest.fixture(autouse=True, params=["plain Python", "IPython"])
def shell(request):
    """Every test runs with IPython's shell and without one."""
    plt.close("all")
    InteractiveShell.clear_instance()
    if request.param == "IPython":
        InteractiveShell.instance()
    yield
    InteractiveShell.clear_instance()
    plt.close("all")


def kinds(shown):
    return [type(part).__name__ for part in shown.parts]


def test_printed_text_is_kept_with_its_spaces():
    def f(n):
        print("  a", n)
        print("b\n")
        print("c", file=sys.stderr)

    assert call(f, {"n": 3}).parts == [Text("  a 3\nb\n\nc")]


def test_text_is_what_a_terminal_leaves():
    def f():
        print("10 %\r20 %\r\n\x1b[31mred\x1b[0m\r\nlast\r")

    assert call(f, {}).text == "20 %\nred\nlast"


def test_everything_comes_in_its_order():
    def f():
        print("first")
        plt.figure(figsize=(1, 1))
        plt.show()
        display(HTML("<b>second</b>"), Latex("$x$"))
        print("third")
        plt.figure(figsize=(2, 1))
        return 7

    shown = call(f, {})
    assert kinds(shown) == ["Text", "Picture", "Rich", "Rich", "Text", "Picture", "Rich"]
    assert shown.parts[2].data["text/html"] == "<b>second</b>" and shown.parts[3].data["text/latex"] == "$x$"
    assert [figure.get_figwidth() for figure in shown.figures] == [1, 2]
    assert shown.parts[-1].data == {"text/plain": "7"} and shown.result == 7


@pytest.mark.parametrize(
    "end",
    [
        lambda figure: figure,
        lambda figure: None,
        lambda figure: plt.show(),
        lambda figure: figure.show(),
        lambda figure: display(figure),
        lambda figure: [display(figure), figure][1],
        lambda figure: [plt.show(), figure][1],
    ],
)
def test_a_figure_is_shown_once_however_it_is_shown(end):
    def f():
        return end(plt.figure())

    assert kinds(call(f, {})) == ["Picture"]
    assert not plt.get_fignums()


def test_a_figure_without_pyplot_is_shown_if_returned():
    assert kinds(call(lambda: Figure(), {})) == ["Picture"]


def test_of_several_open_figures_the_one_used_last_comes_last():
    def f():
        for width in (1, 2, 3):
            plt.figure(width, figsize=(width, 1))
        plt.figure(1)

    assert [figure.get_figwidth() for figure in call(f, {}).figures] == [2, 3, 1]


def test_a_figure_changed_after_it_was_shown_is_shown_again_as_it_is_then():
    def f():
        figure, axes = plt.subplots()
        for title in "ab":
            axes.set_title(title)
            display(figure)
        axes.set_title("c")

    shown = call(f, {}, draw=lambda figure: figure.axes[0].get_title())
    assert [part.drawn for part in shown.parts] == ["a", "b", "c"]


@pytest.mark.parametrize("draws", [False, True])
def test_a_figure_made_outside_is_shown_when_the_call_changes_it(draws):
    figure, axes = plt.subplots()
    (line,) = axes.plot([0, 1])
    other = plt.figure()
    callbacks = figure.stale_callback, other.stale_callback

    def f(y):
        line.set_ydata([0, y])
        if draws:
            figure.canvas.draw()

    for y in (1, 2):
        shown = call(f, {"y": y})
        assert shown.figures == [figure] == shown.outside
    assert call(lambda: None, {}).parts == []
    assert plt.get_fignums() == [figure.number, other.number], "it is left open"
    assert (figure.stale_callback, other.stale_callback) == callbacks


def test_a_figure_made_outside_may_be_cleared_and_shown():
    figure, axes = plt.subplots()
    plt.close(figure)

    def f(n):
        axes.clear()
        axes.plot(range(n))
        display(figure)

    shown = call(f, {"n": 3})
    assert shown.figures == [figure] and shown.outside == []


def test_a_returned_text_is_shown_as_a_notebook_shows_it():
    assert call(lambda: "text", {}).parts == [Rich({"text/plain": "'text'"}, {})]
    assert call(lambda: "text", {}, result=False).parts == []


def test_an_address_in_memory_is_not_shown():
    shown = call(lambda: plt.plot([1, 2]), {})
    assert kinds(shown) == ["Picture"]
    assert kinds(call(lambda: object(), {})) == []


def test_an_exception_ends_the_call_and_is_kept():
    def f(x):
        print("before")
        plt.figure()
        raise ZeroDivisionError("no")

    shown = call(f, {"x": 1})
    assert shown.parts == [Text("before"), Failure("ZeroDivisionError", "no")]
    assert isinstance(shown.error, ZeroDivisionError)
    assert not plt.get_fignums()


def test_an_interrupt_is_not_kept():
    def f():
        raise KeyboardInterrupt

    out = sys.stdout
    with pytest.raises(KeyboardInterrupt):
        call(f, {})
    assert sys.stdout is out


def test_warnings_come_last_each_once_and_without_a_path():
    def f(x):
        np.exp(np.array([x]))
        np.exp(np.array([x, x]))
        print("printed")

    for _ in range(2):
        assert call(f, {"x": 1e4}).parts == [Text("printed\nRuntimeWarning: overflow encountered in exp")]


def test_warnings_that_the_notebook_ignores_are_ignored():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert call(lambda: print(np.log(0.0)), {}).text == "-inf"


def test_output_that_is_cleared_is_gone():
    def f(wait, more):
        for n in range(3):
            clear_output(wait=wait)
            print(n)
        clear_output(wait=wait)
        if more:
            print("more")

    assert call(f, {"wait": True, "more": False}).text == "2"
    assert call(f, {"wait": True, "more": True}).text == "more"
    assert call(f, {"wait": False, "more": False}).text == ""


def test_a_display_can_be_updated():
    def f():
        handle = display(HTML("a"), display_id="one")
        display(HTML("b"))
        update_display(HTML("c"), display_id="one")
        assert handle is not None

    assert [part.data["text/html"] for part in call(f, {}).parts] == ["c", "b"]


def test_raw_data_can_be_displayed():
    assert call(lambda: display({"text/html": "<i>x</i>"}, raw=True), {}).parts == [Rich({"text/html": "<i>x</i>"}, {})]


def test_all_is_as_before_after_a_call():
    before = sys.stdout, sys.stderr, Figure.show, plt._get_backend_mod().show, InteractiveShell.initialized()

    def f():
        sys.stdout = io.StringIO()
        sys.stderr = None

    call(f, {})
    assert (sys.stdout, sys.stderr, Figure.show, plt._get_backend_mod().show, InteractiveShell.initialized()) == before
    if InteractiveShell.initialized():
        shell = InteractiveShell.instance()
        assert "format" not in vars(shell.display_formatter)
        assert type(shell.display_pub).__name__ == "DisplayPublisher"


def test_pictures_are_drawn_when_they_are_shown():
    shown = call(lambda: plt.figure(figsize=(3, 2)), {}, draw=lambda figure: figure.get_figwidth())
    assert shown.parts == [Picture(shown.result, 3)]


class HalfBroken:
    """One of its representations raises."""

    def __repr__(self):
        return "whole"

    def _repr_html_(self):
        raise ValueError("half")


def test_an_object_with_a_broken_representation_shows_the_others():
    shown = call(HalfBroken, {})
    assert shown.error is None and kinds(shown)[-1] == "Rich"
    assert shown.parts[-1].data == {"text/plain": "whole"}
    assert "ValueError: half" in shown.text


def test_text_that_is_cleared_later_and_never_replaced_stays():
    def f():
        print("a", end="")
        clear_output(wait=True)

    assert call(f, {}).text == "a"


def test_a_warning_begins_on_a_line_of_its_own():
    def f():
        print("no end", end="")
        warnings.warn("careful", stacklevel=1)

    assert call(f, {}).text == "no end\nUserWarning: careful"
    assert call(lambda: warnings.warn("alone", stacklevel=1), {}).text == "UserWarning: alone"

    def g():
        display(HTML("x"))
        warnings.warn("after", stacklevel=1)

    assert call(g, {}).parts[1] == Text("UserWarning: after")


def test_a_call_without_anything_to_show():
    shown = call(lambda: None, {})
    assert (shown.parts, shown.error, shown.result, shown.outside) == ([], None, None, [])
    assert shown.figures == [] and shown.text == ""


def test_streams_of_a_call_can_be_written_to():
    def f():
        assert sys.stdout.writable() and sys.stdout.encoding == "utf-8"
        assert sys.stdout.write("word") == 4 and sys.stdout.write("") == 0

    assert call(f, {}).parts == [Text("word")]


def test_an_update_of_what_is_not_there_shows_nothing():
    def f():
        display(HTML("a"), display_id="one")
        update_display(HTML("b"), display_id="other")

    assert [part.data["text/html"] for part in call(f, {}).parts] == ["a"]
