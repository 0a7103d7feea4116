"""`interact` in a live kernel: ipywidgets' own, with pictures and texts beside the widgets."""

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
