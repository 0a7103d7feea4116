"""What a call showed, as a notebook stores it; and what an Output widget keeps in a bake."""

import base64
import io
import re
import sys

import ipywidgets as w
import matplotlib.pyplot as plt
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import HTML, clear_output, display
from PIL import Image

from static_interact import alias, forks, layouts, outputs
from static_interact.calls import Caller
from static_interact.capture import Failure, Picture, Rich, Shown, Text
from static_interact.explorer import Explorer
from static_interact.settings import BAKE
from static_interact.svg import to_html

RICH = Rich({"text/html": "<b>x</b>", "text/plain": "x"}, {"isolated": True})


def figure():
    made = plt.figure(figsize=(2, 1.5))
    plt.close(made)
    return made


def test_a_picture_has_two_pixels_to_each_of_the_screens():
    data, metadata = outputs.picture(figure())
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert image.size == (288, 216) and metadata == {"image/png": {"width": 200}}
    assert outputs.picture(figure(), "words")[1] == {"image/png": {"width": 200, "alt": "words"}}


def test_each_part_is_an_output():
    error = ZeroDivisionError("no")
    shown = Shown([Text("a"), Picture(figure()), RICH, Failure("ZeroDivisionError", "no")], error)
    stream, picture, rich, failure = outputs.outputs_of(shown, "alt")
    assert stream == {"output_type": "stream", "name": "stdout", "text": "a\n"}
    assert picture["output_type"] == rich["output_type"] == "display_data"
    assert picture["data"]["text/plain"] == "alt" and picture["metadata"]["image/png"]["alt"] == "alt"
    assert (rich["data"], rich["metadata"]) == (RICH.data, RICH.metadata)
    assert failure == {
        "output_type": "error", "ename": "ZeroDivisionError", "evalue": "no", "traceback": ["ZeroDivisionError: no\n"],
    }  # fmt: skip
    assert outputs.outputs_of(Shown([Failure("E", "m")]))[0]["traceback"] == ["E: m"]
    assert outputs.outputs_of(Shown()) == ()


def test_a_picture_that_is_drawn_is_taken():
    drawn = {"image/png": "eA=="}, {"image/png": {"width": 7}}
    (output,) = outputs.outputs_of(Shown([Picture(figure(), drawn)]))
    assert output["data"] == {"text/plain": "(a figure)", "image/png": "eA=="} and output["metadata"] == drawn[1]
    assert outputs.bundle_of(Shown([Picture(figure(), drawn)])) == (
        {"text/plain": "(a figure)", "image/png": "eA=="},
        drawn[1],
    )


@pytest.mark.parametrize(
    "parts, alt, data, metadata",
    [
        ([], "", {"text/plain": ""}, {}),
        ([], "alt", {"text/plain": "alt"}, {}),
        ([Text("a"), Text("b")], "alt", {"text/plain": "a\nb"}, {}),
        ([RICH], "alt", {"text/plain": "x", "text/html": "<b>x</b>"}, {"isolated": True}),
        ([RICH, Text("a"), Failure("E", "m")], "", {"text/plain": "a\nE: m\nx", "text/html": "<b>x</b>"}, {"isolated": True}),
        ([Rich({"text/html": "<i/>"}, {}), RICH], "", {"text/plain": "x", "text/html": "<i/>"}, {}),
        ([Rich({"text/html": "<i/>"}, {})], "", {"text/plain": "(a figure)", "text/html": "<i/>"}, {}),
        ([Rich({"text/html": "<i/>"}, {})], "alt", {"text/plain": "alt", "text/html": "<i/>"}, {}),
    ],
)  # fmt: skip
def test_one_output_for_all_has_the_first_picture_and_all_text(parts, alt, data, metadata):
    assert outputs.bundle_of(Shown(parts), alt) == (data, metadata)


def test_the_first_picture_is_drawn_for_a_bundle():
    data, metadata = outputs.bundle_of(Shown([Picture(figure()), RICH]), "alt")
    assert set(data) == {"text/plain", "image/png"} and data["text/plain"] == "x"
    assert metadata["image/png"] == {"width": 200, "alt": "alt"}


def test_outputs_as_html():
    page = outputs.outputs_html(
        [
            {"output_type": "stream", "name": "stdout", "text": "<a>\n"},
            {"output_type": "error", "ename": "E", "evalue": "m", "traceback": []},
            {"output_type": "display_data", "data": {"text/html": "<b>x</b>"}},
            {"output_type": "display_data", "data": {"image/png": "eA=="}, "metadata": {"width": 7, "height": 9}},
        ]
    )
    assert page == (
        '<div><pre class="si-text">&lt;a&gt;</pre><div class="si-error" role="alert">E: m</div>'
        '<div class="si-html"><b>x</b></div><img src="data:image/png;base64,eA==" alt="" width="7" height="9"/></div>'
    )
    assert outputs.outputs_html([]) == ""


# --- in a bake ----------------------------------------------------------------------------------------------------


@pytest.fixture
def bake(monkeypatch):
    monkeypatch.setenv(BAKE, "1")
    alias.prepare()
    InteractiveShell.clear_instance()
    InteractiveShell.instance()
    yield w.Output()
    InteractiveShell.clear_instance()


def test_an_output_keeps_both_streams_and_what_is_displayed(bake):
    with bake as nothing:
        print("out")
        print("err", file=sys.stderr)
        display(HTML("<b>x</b>"), metadata={"a": 1})
    assert nothing is None
    one, other, rich = bake.outputs
    assert one == {"output_type": "stream", "name": "stdout", "text": "out\n"}
    assert other == {"output_type": "stream", "name": "stderr", "text": "err\n"}
    assert rich["output_type"] == "display_data" and rich["data"]["text/html"] == "<b>x</b>"
    with bake:
        pass
    assert len(bake.outputs) == 3


def test_an_exception_in_an_output_is_one_of_its_outputs(bake):
    with bake:
        print("before")
        raise KeyError("gone")
    stream, error = bake.outputs
    assert stream["text"] == "before\n" and (error["ename"], error["evalue"]) == ("KeyError", "'gone'")
    assert error["traceback"][-1] == "KeyError: 'gone'\n"


def test_outputs_within_outputs(bake):
    inner = w.Output()
    with bake:
        print("a")
        with inner:
            print("b")
        print("c")
    assert [o["text"] for o in bake.outputs] == ["a\nc\n"] and [o["text"] for o in inner.outputs] == ["b\n"]
    assert bake._static_grabbers == inner._static_grabbers == []


def test_an_output_may_be_cleared(bake):
    with bake:
        print("from the last time")
    with bake:
        print("gone")
        clear_output()
        print("stays")
    (output,) = bake.outputs
    assert output["text"] == "stays\n", "and nothing that a terminal is told to clear itself by"


# --- what the call of a frame writes into other widgets -----------------------------------------------------------


def frames_of(function, *, workers=0, monkeypatch):
    monkeypatch.setenv(forks.WORKERS, str(workers))
    explorer = Explorer.of(function, {"n": w.IntSlider(value=1, min=0, max=3)}, "si-f")
    explorer.result = False
    found, _ = Caller(explorer).frames([(place,) for place in range(4)], explorer.start)
    return [re.sub("<[^>]*>", "|", to_html(sizes[0])).strip("|") for sizes in found.values()]


@pytest.mark.parametrize("workers", [0, 1])
def test_frames_show_what_their_calls_write_into_outputs_and_texts(bake, monkeypatch, workers):
    with bake:
        print("from before")
    label, beside = w.Label("before"), w.Output()

    def write(n):
        with bake:
            print(f"in {n}")
        label.value = str(n // 2)  # two frames in a row set the same
        beside.clear_output(wait=True)
        with beside:
            print("beside")
        print("own")

    found = frames_of(write, workers=workers, monkeypatch=monkeypatch)
    pieces = [re.split(r"[|\n]+", text) for text in found]
    assert pieces == [["own", "from before", f"in {n}", "beside", str(n // 2)] for n in range(4)]
    for widget in (bake, label, beside):
        assert layouts.html(widget) == "", "it moves with the frames, and is not shown a second time"
    assert layouts.html(w.Label("another")) != ""
    with bake:
        print("written by a later cell")
    assert "a later cell" in layouts.html(bake)


def test_an_output_in_a_frame_is_cleared_for_itself_alone(bake, monkeypatch):
    def write(n):
        print("own")
        for k in range(n + 1):
            with bake:
                clear_output(wait=True)
                print("round", k)
        bake.clear_output(wait=True)  # of which nothing comes, as nothing follows

    assert frames_of(write, monkeypatch=monkeypatch) == [f"own\nround {n}" for n in range(4)]


def test_a_figure_shown_in_an_output_is_part_of_the_frame_once(bake, monkeypatch):
    def write(n):
        plt.figure(figsize=(2, 1))
        plt.plot([0, n])
        with bake:
            plt.show()
        print("after")

    explorer = Explorer.of(write, {"n": w.IntSlider(value=1, min=0, max=1)}, "si-f")
    (view,) = Caller(explorer).frame((1,))
    assert [child.tag for child in view] == ["pre", "svg"]


def test_an_exception_in_an_output_ends_that_alone_and_is_reported(bake, monkeypatch):
    def write(n):
        with bake:
            raise KeyError("gone")
        print("goes on")

    explorer = Explorer.of(write, {"n": w.IntSlider(value=1, min=0, max=1)}, "si-f")
    caller = Caller(explorer)
    (view,) = caller.frame((1,))
    assert [child.get("class") for child in view] == ["si-text", "si-error"]
    assert caller.report() == ["write(n=1): KeyError: 'gone'"]


def test_widgets_that_a_frame_only_reads_stay_where_they_are(bake, monkeypatch):
    label, slider = w.Label("a"), w.IntSlider()

    def write(n):
        slider.value = n  # what readers move is no text
        label.layout.width = "5em"
        print(label.value)

    assert frames_of(write, monkeypatch=monkeypatch) == ["a"] * 4
    assert layouts.html(label) and layouts.html(slider)
