"""Rare ways through the code of sliders: each is taken once."""

import itertools
import json
import sys
from xml.etree import ElementTree

import ipywidgets as w
import numpy as np
import pytest
import traitlets
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

from static_interact import (
    __main__,
    alias,
    apart,
    element,
    frame,
    hosts,
    layouts,
    lettering,
    links,
    plan,
    quiet,
    report,
)  # fmt: skip
from static_interact.capture import Rich, Shown
from static_interact.choices import equal
from static_interact.control import Control
from static_interact.controls import control_of
from static_interact.decode import Decoder
from static_interact.encode import encode
from static_interact.explorer import Explorer
from static_interact.renderer import TreeRenderer, is_even
from static_interact.settings import BAKE, PROGRESS_FILE
from static_interact.svg import to_html
from tests.interact.trees import div, ragged


def canonical(element):
    children = tuple((canonical(child), child.tail or "") for child in element)
    return (element.tag, tuple(element.attrib.items()), element.text or "", children)


# --- texts that come and go -----------------------------------------------------------------------------------------

KINDS = [
    "<p>a<b>x</b>tail</p>",
    "<p>a</p>",
    "<p><b>x</b>tail<b>y</b>other</p>",
    "<p>a<b>y</b></p><pre>\n\nline</pre>",
    "<si-raw>x &lt;i&gt; &amp;amp; y</si-raw>after",
    "<si-raw>z</si-raw><si-raw/>after<p/>",
    '<p title="a 1">1 2 3</p>before<p title="b 2">1 2</p>',
    "<i>1</i>" * 9,
    "<i>1</i><i>2</i>" * 6 + "end",
    "<i>one\ntwo</i><i>one\nthree\nfour</i>",
    "",
    "text alone",
]


@pytest.mark.parametrize("kinds", list(itertools.permutations(range(len(KINDS)), 2)))
def test_two_kinds_of_frames_survive(kinds):
    frames = {(k,): div(KINDS[kind]) for k, kind in enumerate(kinds)}
    encoded = encode(frames, (2,), (0,))
    decoder = Decoder(json.loads(json.dumps(encoded.data)), encoded.template)
    for index in ((1,), (0,), (1,)):
        assert canonical(decoder.frame(index)) == canonical(frames[index])


def test_all_kinds_at_once_survive():
    frames = {(k,): div(kind) for k, kind in enumerate(KINDS)}
    for start in range(len(KINDS)):
        encoded = encode(frames, (len(KINDS),), (start,))
        decoder = Decoder(encoded.data, encoded.template)
        assert all(canonical(decoder.frame(index)) == canonical(frames[index]) for index in frames)


def test_paths_that_grow_and_shrink_survive():
    counts = (40, 55, 0, 7, 90, 33, 34)
    frames = {
        (k, j): div(f'<svg><path d="{ragged(n + j, seed=k % 3)}"/></svg>') for k, n in enumerate(counts) for j in (0, 1)
    }
    encoded = encode(frames, (7, 2), (3, 0))
    decoder = Decoder(encoded.data, encoded.template)
    assert all(canonical(decoder.frame(index)) == canonical(frames[index]) for index in frames)


def test_paths_that_could_go_on_here_or_there_survive():
    """Of equal points each may be the counterpart of many: both sides take the same one."""
    chance = np.random.default_rng(7)
    frames = {}
    for k in range(12):
        points = chance.integers(0, 3, (30 + 3 * (k % 5), 2)).tolist()
        frames[k,] = div(f'<svg><path d="M{"L".join(f"{x} {y}" for x, y in points)}"/></svg>')
    encoded = encode(frames, (12,), (0,))
    decoder = Decoder(encoded.data, encoded.template)
    assert all(canonical(decoder.frame(index)) == canonical(frames[index]) for index in frames)


def test_data_that_name_a_column_that_is_not_there():
    encoded = encode({(k,): div(f"<p>{k}</p>") for k in range(3)}, (3,), (0,))
    data = json.loads(json.dumps(encoded.data))
    data["slots"][0][6] = 7
    with pytest.raises(ValueError, match="the data name a column that is not there"):
        Decoder(data, encoded.template).frame((1,))


# --- frames ---------------------------------------------------------------------------------------------------------


def test_lines_of_a_representation_are_joined():
    made = frame.tree(Shown([Rich({"text/html": ["<b>", "x</b>"]}, {}), Rich({"text/plain": ("a", "b")}, {})]), "p-")
    assert to_html(made) == '<div><div class="si-html"><b>x</b></div><pre class="si-text">ab</pre></div>'


def test_markdown_without_its_package_is_its_source(monkeypatch):
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    assert frame.markdown('a < "b"') == '<pre>a &lt; "b"</pre>'


def test_texts_as_html():
    assert to_html("a < b\r") == "a &lt; b&#13;"
    assert to_html(ElementTree.fromstring("<pre>\n\nx</pre>")) == "<pre>\n\n\nx</pre>"
    assert to_html(ElementTree.fromstring("<pre>x</pre>")) == "<pre>x</pre>"
    assert to_html(ElementTree.fromstring("<p>a<br/>b</p>")) == "<p>a<br/>b</p>"


# --- controls -------------------------------------------------------------------------------------------------------


def test_a_kind_of_control_must_say_what_it_is():
    with pytest.raises(NotImplementedError):
        Control(w.IntSlider(), "a", "si-a")
    with pytest.raises(NotImplementedError):
        Control(w.IntSlider(), "a", "si-a", ()).input("si-a")


def test_values_are_equal_or_not():
    assert equal(1, 1.0) and not equal(1, 2) and not equal(np.arange(2), np.arange(2)) and equal("a", "a")


def test_a_control_that_cannot_be_moved_shows_its_state():
    control = control_of(w.IntText(value=3), "a")
    assert control.html() == "" and 'value="3" disabled' in layouts.control_html(control)
    assert layouts.control_html(control_of(w.fixed(3), "a")) == ""
    assert 'type="range"' in layouts.control_html(control_of(w.IntSlider(), "a"))


def test_a_link_may_lead_to_what_is_no_widget():
    class Model(traitlets.HasTraits):
        value = traitlets.Int()

    model, slider, other = Model(), w.IntSlider(), w.IntSlider()
    traitlets.link((slider, "value"), (model, "value"))
    traitlets.link((slider, "value"), (other, "value"))
    assert set(links.partners(slider)) - {model} == {other}


def test_a_bake_makes_ipywidgets_ready(monkeypatch):
    monkeypatch.setenv(BAKE, "1")
    names = ("interact", "interact_manual", "interactive", "interactive_output")
    modules = (w, w.widgets, w.widgets.interaction)
    for module in modules:
        for name in names:
            monkeypatch.setattr(module, name, None)
    monkeypatch.setattr(w.Widget, "_ipython_display_", None, raising=False)
    monkeypatch.setattr(w.Output, "__enter__", None)
    monkeypatch.setattr(w.Output, "__exit__", None)
    monkeypatch.setattr(w.comm, "create_comm", None, raising=False)
    alias.prepare()
    assert all(getattr(module, name).__module__.startswith("static_interact") for module in modules for name in names)
    assert w.Widget._ipython_display_ is alias._display and None not in (w.Output.__enter__, w.Output.__exit__)
    assert w.comm.create_comm is quiet.create_comm and isinstance(quiet.create_comm(), quiet.SilentComm)


def test_the_first_output_of_a_kernel_asks_to_be_brought_up_to_date(monkeypatch):
    asked = []

    class Shell:
        events = type("Events", (), {"register": lambda self, event, function: asked.append((event, function))})()

    monkeypatch.setenv(BAKE, "1")
    monkeypatch.setattr(alias, "get_ipython", Shell)
    monkeypatch.setattr(alias, "display", lambda *a, **k: None)
    monkeypatch.setattr(alias, "_shown", [])
    alias._display(w.IntSlider())
    alias._display(w.IntSlider())
    assert asked == [("post_run_cell", alias._refresh)]


# --- pages ----------------------------------------------------------------------------------------------------------

PAGE = '<html><head></head><body><static-interact id="a"></static-interact></body></html>'


@pytest.mark.parametrize("link", [False, True])
def test_pages_are_renewed_in_place(tmp_path, capsys, link):
    page, plain = tmp_path / "page.html", tmp_path / "plain.html"
    page.write_text(PAGE)
    plain.write_text("<html></html>")
    __main__.main([str(page), str(plain), *(["--link"] if link else [])])
    told = page.read_text()
    assert told == hosts.renew(PAGE, *(("static_interact.js", "static_interact.css") if link else ())) != PAGE
    assert plain.read_text() == "<html></html>"
    assert capsys.readouterr().out == f"{page}: 1 figures\n{plain}: 0 figures\n"
    written = sorted(path.name for path in tmp_path.iterdir())
    if link:
        assert written == ["page.html", "plain.html", "static_interact.css", "static_interact.js"]
        assert (tmp_path / "static_interact.js").read_text("utf-8") == hosts.script()
        assert (tmp_path / "static_interact.css").read_text("utf-8") == hosts.style()
    else:
        assert written == ["page.html", "plain.html"]
    before = page.stat().st_mtime_ns
    __main__.main([str(page), *(["--link"] if link else [])])
    assert page.read_text() == told and page.stat().st_mtime_ns == before


# --- figures --------------------------------------------------------------------------------------------------------


def mesh(x, y):
    return np.dstack(np.meshgrid(np.array(x, float), np.array(y, float)))


@pytest.mark.parametrize(
    "corners, even",
    [
        (mesh([0, 1, 2], [0, 3, 6]), True),
        (mesh([2, 1, 0], [0, 3, 6]), True),
        (mesh([0, 1.09, 2], [0, 3, 6]), True),
        (mesh([0, 1.11, 2], [0, 3, 6]), False),
        (mesh([0, 1, 2], [0, 3.11, 6]), False),
        (mesh([1, 1, 1], [0, 3, 6]), False),
        (mesh([0, 1, 2], [3, 3, 3]), False),
        (mesh([0, np.nan, 2], [0, 3, 6]), False),
        (mesh([0, 1, 2], [0, 3, 6]) + np.array([[[0, 0]], [[0.2, 0]], [[0, 0]]]), False),
    ],
)
def test_a_mesh_of_equal_rectangles_is_even(corners, even):
    assert is_even(corners) is even


def test_markers_stand_at_the_ends_of_a_paths_pieces():
    codes = [Path.MOVETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CLOSEPOLY]
    path = Path([[10, 10], [50, 90], [90, 10], [20, 20], [10, 10]], codes)
    renderer = TreeRenderer()
    renderer.begin(100, 80, 72, "p-")
    renderer.draw_markers(renderer.new_gc(), Path.unit_circle(), IdentityTransform(), path, IdentityTransform())
    uses = list(renderer.finish().iter("use"))
    places = [(float(use.get("x")), float(use.get("y"))) for use in uses]
    assert places[:3] == [(10, 70), (90, 70), (20, 60)]


class Font:
    """Tables of a font that has 1000 units to the em."""

    def __init__(self, **tables):
        self.tables = tables

    def get_sfnt_table(self, name):
        return self.tables.get(name.replace("/", ""))


WINDOWS = {"sTypoAscender": 800, "sTypoDescender": -200, "sTypoLineGap": 90}
HORIZONTAL = {"ascent": 700, "descent": -300, "lineGap": 50}
HEAD = {"unitsPerEm": 1000}


@pytest.mark.parametrize(
    "font, height",
    [
        (Font(head=HEAD, OS2=WINDOWS, hhea=HORIZONTAL), (8, 2, 0.9)),
        (Font(head=HEAD, hhea=HORIZONTAL), (7, 3, 0.5)),
        (Font(head=HEAD), None),
        (Font(OS2=WINDOWS), None),
    ],
)
def test_the_height_of_a_font(font, height):
    assert lettering._height(font, 10) == (height if height is None else pytest.approx(height))


# --- as many as there must be ---------------------------------------------------------------------------------------


def test_a_combination_has_a_place_for_each_axis():
    made = Explorer.of(lambda **_: None, {"a": w.IntSlider(max=3), "b": w.IntSlider(max=4)}, "si-f")
    assert made.arguments((1, 2)) == {"a": 1, "b": 2} and made.absolute((1, 2)) == (1, 2)
    for wrong in ((1,), (1, 2, 3)):
        for ask in (made.arguments, made.absolute):
            with pytest.raises(ValueError, match="zip"):
                ask(wrong)


@pytest.mark.parametrize("widget", [lambda: w.IntRangeSlider(value=(1, 2)), lambda: w.SelectMultiple(options=[1, 2])])
def test_a_control_wants_a_place_for_each_handle(widget):
    control = control_of(widget(), "a")
    assert len(control.value((1, 1))) == 2
    for wrong in ((1,), (1, 1, 1)):
        with pytest.raises(ValueError, match="zip"):
            control.value(wrong)


def test_a_figure_has_one_size_or_two():
    views = [element.View(div("")) for _ in range(3)]
    assert element.build("si-f", views=views[:2]).count("si-view") == 2
    with pytest.raises(ValueError, match="zip"):
        element.build("si-f", views=views)


def test_sizes_and_whether_they_shrink_belong_together():
    with pytest.raises(ValueError, match="zip"):
        plan.shared((5, 5), (True,), 100)


def test_frames_that_are_checked_have_all_sizes():
    encoded = encode({(k,): div(f"<p>{k}</p>") for k in range(3)}, (3,), (0,))

    def sizes(count):
        return lambda place: [div(f"<p>{place[0]}</p>")] * count

    apart.verify([encoded], (3,), sizes(1))
    with pytest.raises(ValueError, match="zip"):
        apart.verify([encoded], (3,), sizes(2))


def test_what_is_asked_gets_a_yes_or_a_no(monkeypatch):
    monkeypatch.delenv(PROGRESS_FILE, raising=False)
    one, other = div("<p>a</p>"), div("<p>b</p>")
    answers = [apart.same(one, other), apart.same(one, div("")), equal(np.arange(2), np.arange(2)), report.write({})]
    assert answers == [False] * 4 and all(answer is False for answer in answers)
    assert apart.same(one, div("<p>a</p>")) is apart.same(one, one) is True
    assert not apart.same(one, div("<p>a</p>b")) and not apart.same(one, div('<p x="1">a</p>'))
    assert apart.same(one, div('<p viewBox="1">a</p>'))
    assert not apart.same(one, ElementTree.fromstring("<p><p>a</p></p>")), "another root"


def test_controls_that_meet_are_found_without_frames_of_pairs():
    asked = []

    def frame(place):
        asked.append(place)
        return div(f"<p>{place[0] + place[1]}</p>")

    assert apart.groups_apart((3, 4), (1, 0), frame) is None
    assert len(asked) == len(set(asked)) and all(a == 1 or b == 0 for a, b in asked)
