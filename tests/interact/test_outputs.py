"""What a call showed, as a notebook stores it; and what an Output widget keeps in a bake."""

import base64
import io
import sys

import ipywidgets as w
import matplotlib.pyplot as plt
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import HTML, clear_output, display
from PIL import Image

from static_interact import alias, outputs
from static_interact.capture import Failure, Picture, Rich, Shown, Text
from static_interact.settings import BAKE

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
    assert output["text"].rpartition("\r")[2] == "stays\n" and "gone" not in output["text"]
