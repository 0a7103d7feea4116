"""`interact` in a live kernel: ipywidgets' own, with pictures and texts beside the widgets."""

import functools
import inspect

import ipywidgets
import matplotlib.pyplot as plt
import pytest

import static_interact as si
from static_interact import interaction
from tests.interact.explorers import bars, double, inverse

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def live(monkeypatch):
    """Outputs of a live kernel."""
    shown = []
    monkeypatch.setattr(interaction, "get_ipython", lambda: object())
    monkeypatch.setattr(interaction, "display", lambda *a, **k: shown.append(a[0]))
    return shown


def test_live_shows_widget_picture_and_text(live):
    si.interact(bars, height=si.IntSlider(value=1, max=3), caption="One bar", alt="Bar")
    bundle, caption = live
    assert set(bundle) == {"text/plain", "image/png", VIEW} and bundle["text/plain"] == "height 1"
    assert caption["text/markdown"] == "*One bar*"
    assert bars.widget.kwargs == {"height": 1} and bars.widget.result is not None
    bars.widget.children[0].value = 3
    stream, picture = bars.widget.out.outputs
    assert stream == {"output_type": "stream", "name": "stdout", "text": "height 3\n"}
    assert "image/png" in picture["data"] and picture["metadata"]["image/png"] == {"width": 300, "alt": "Bar"}
    assert not plt.get_fignums(), "figures are closed"


def test_live_interactive_output_follows_its_widgets():
    a = si.IntSlider(max=9)
    out = si.interactive_output(double, {"x": a})
    assert type(out) is ipywidgets.Output and out.outputs[0]["text"] == "0\n"
    a.value = 4
    assert out.outputs[0]["text"] == "8\n"


def test_live_interactive_does_not_show_results_but_interact_does(live):
    quiet = si.interactive(lambda x: x + 1, x=1)
    assert quiet.out.outputs == () and quiet.result == 2
    si.interact(lambda x: x + 1, x=1)
    assert live[0]["text/plain"] == "2"


def test_live_manual_waits_for_its_button(live):
    called = []
    widget = si.interactive(lambda x: called.append(x), {"manual": True, "manual_name": "Go"}, x=1)
    assert called == [] and widget.manual_button.description == "Go"
    widget.manual_button.click()
    assert called == [1] and not widget.manual_button.disabled


def test_live_an_exception_is_an_output():
    widget = si.interactive(inverse, x=(0, 2))
    widget.children[0].value = 0
    (error,) = widget.out.outputs
    assert error["output_type"] == "error" and error["ename"] == "ZeroDivisionError"
    assert any("1 / x" in line for line in error["traceback"])


def test_labels_are_whole_unless_the_author_says_otherwise(live):
    long = si.FloatSlider(description="multiply the scores by")
    own = si.FloatSlider(description="shift", style={"description_width": "30px"})
    si.interact(double, x=long)
    si.interact(double, x=own)
    assert long.style.description_width == "initial" and own.style.description_width == "30px"


def test_live_a_question_comes_before_and_a_caption_after(live):
    si.interact(double, x=(0, 4), caption="Below", ask={"question": "Which?", "choices": [1, 2]})
    question, bundle, caption = live
    assert question == {"text/markdown": "**Which? (1 · 2)**", "text/plain": "Which? (1 · 2)"}
    assert bundle["text/plain"] == "4" and caption == {"text/markdown": "*Below*", "text/plain": "Below"}


def test_without_a_shell_a_text_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(interaction, "get_ipython", lambda: None)
    si.interact(double, x=(0, 4), caption="not here")
    assert capsys.readouterr().out == "4\n"


def test_live_a_function_without_controls_has_no_view(live):
    si.interact(lambda: print("still"))
    assert live == [{"text/plain": "still"}]
    si.interact_manual(lambda: print("still"))
    assert VIEW in live[1]


def test_live_manual_shows_its_button_as_off_while_the_function_runs(live):
    states = []
    widget = si.interactive(lambda x: states.append(widget.manual_button.disabled), {"manual": True}, x=1)
    widget.update()
    assert states == [True] and widget.manual_button.disabled is False


def test_live_the_present_setting_and_result_are_kept(live):
    widget = si.interactive(lambda x, y: x * y, x=(0, 4), y=si.fixed(5))
    assert widget.kwargs == {"x": 2, "y": 5} and widget.result == 10
    widget.children[0].value = 3
    assert widget.kwargs == {"x": 3, "y": 5} and widget.result == 15


def test_partials_and_objects_have_names(live):
    class Doubles:
        def __call__(self, x=3):
            print(2 * x)

    for function in (functools.partial(double, x=3), Doubles()):
        widget = si.interactive(function)
        assert widget.out.outputs[0]["text"] == "6\n"
    assert interaction._named(double) is double
    named = interaction._named(functools.partial(double, x=3))
    assert named.__name__ == "double" and list(inspect.signature(named).parameters) == ["x"]
    assert interaction._named(Doubles()).__name__ == "Doubles"


def test_live_options_are_those_of_both(live):
    factory = si.interact.options(manual=True, alt="words", caption="c")
    widget = factory(bars, height=(0, 2)).widget
    assert widget.manual and widget._options.alt == "words" and widget._options.caption == "c"
    with pytest.raises(ValueError, match="invalid option 'colour'"):
        si.interact.options(colour=1)
    again = si.interact(height=(0, 2), alt="other")
    assert again(bars).widget._options.alt == "other" and not bars.widget.manual


def test_live_interactive_output_has_alternative_texts():
    out = si.interactive_output(bars, {"height": si.IntSlider(max=3)}, alt="A bar")
    assert out.outputs[1]["metadata"]["image/png"]["alt"] == "A bar"


def test_live_a_figure_without_controls_is_shown_once(live):
    figure = plt.figure(figsize=(2, 1))
    si.show(figure, caption="Still", alt="Nothing")
    bundle, caption = live
    assert set(bundle) == {"text/plain", "image/png"} and bundle["text/plain"] == "Nothing"
    assert caption["text/plain"] == "Still" and not plt.get_fignums()
    with pytest.raises(TypeError, match="show: figure must be a matplotlib Figure, got 3"):
        si.show(3)
