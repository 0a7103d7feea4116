"""Boxes, texts, links and outputs on a page, in the state in which they are."""

import itertools
import re

import ipywidgets as w
import matplotlib.pyplot as plt
import pytest
import traitlets

from static_interact import alias, hosts, layouts, links, outputs
from static_interact.control import begin_output
from static_interact.controls import control_of
from static_interact.settings import BAKE


@pytest.fixture
def bake(monkeypatch):
    monkeypatch.setenv(BAKE, "1")


# --- layouts ----------------------------------------------------------------------------------------------------


def test_boxes_hold_their_children_in_order():
    page = layouts.html(w.VBox([w.HBox([w.Label("one"), w.Label("two")]), w.Label("three")]))
    assert page.startswith('<div class="si-box si-vbox"><div class="si-box si-hbox">')
    assert page.index("one") < page.index("two") < page.index("three") and page.count("<div") == page.count("</div")


def test_a_grid_keeps_its_columns_and_nothing_that_is_no_length():
    page = layouts.html(w.GridBox([], layout=w.Layout(grid_template_columns="1fr 2fr", width="50%")))
    assert 'style="width:50%;grid-template-columns:1fr 2fr"' in page
    assert layouts.style(w.Box(layout=w.Layout(border="1px solid red; background:url(x)"))) is None
    assert layouts.style(w.Box(layout=w.Layout(width="url(x)"))) is None
    assert " hidden" in layouts.html(w.Box(layout=w.Layout(display="none")))


def test_sections_open_by_the_browsers_own_means():
    tab = w.Tab([w.Label("one"), w.Label("two")], titles=("A", "<B>"), selected_index=1)
    begin_output(3)
    page = layouts.html(tab)
    assert page.count("<details") == 2 and page.count(" open") == 1
    assert page.index("<summary>A</summary>") < page.index(" open") < page.index("<summary>&lt;B&gt;</summary>")
    assert "<summary>2</summary>" in layouts.html(w.Tab([w.Label("x"), w.Label("y")])), "sections without titles"
    assert "si-accordion" in layouts.html(w.Accordion([w.Label("x")], titles=("T",)))
    assert layouts.html(w.Stack([w.Label("x"), w.Label("y")], selected_index=1)).count("si-words") == 1
    assert layouts.html(w.Stack([w.Label("x")])) == ""
    begin_output(3)
    assert page == layouts.html(tab), "the same each time it is written"


def test_sections_close_none_of_another_copy():
    """Sections of one `name` close each other: every copy, in every output, has one of its own, the same in each build."""
    tab = w.Tab([w.Label("one"), w.Label("two")], titles=("A", "B"))
    names = []
    for output in (1, 2):
        begin_output(output)
        names += [re.findall(r'<details name="(.*?)"', layouts.html(tab)) for _ in range(2)]
    assert [len(set(each)) for each in names] == [1, 1, 1, 1]
    assert [each[0] for each in names] == [f"si-sections-a-{n}" for n in ("1-0", "1-1", "2-0", "2-1")]


@pytest.mark.parametrize(
    "widget, found",
    [
        (w.Label("a < b"), "a &lt; b"),
        (w.HTML("<b>bold</b>", description="d"), "<b>bold</b>"),
        (w.IntProgress(value=3, min=1, max=5, description="d"), '<progress max="1" value="0.5"'),
        (w.IntProgress(value=3, min=3, max=3), '<progress max="1" value="0"'),
        (w.Valid(value=True), "✓"),
        (w.Valid(value=False, readout="no"), "✗ no"),
        (w.Button(description="<go>"), '<button type="button" disabled>&lt;go&gt;</button>'),
        (w.Text('a"b', description="name"), 'value="a&quot;b" disabled'),
        (w.IntText(3), 'value="3" disabled'),
        (w.Checkbox(value=True, disabled=True), 'type="checkbox" checked disabled'),
        (w.Image(value=b"x", format="png", width=7), '<img src="data:image/png;base64,eA==" alt="" width="7">'),
        (w.Image(value=b"http://x/y.png", format="url"), 'src="http://x/y.png"'),
        (w.FileUpload(), "disabled"),
        (w.Controller(), "Controller is shown in the notebook"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_stands_still(widget, found):
    assert found in layouts.html(widget)


def test_formulas_between_tags():
    page = layouts.html(w.HTMLMath("<b>a &lt; b</b> and $x$ <i title='$'>c</i>"))
    assert "<b>a &lt; b</b>" in page and "<i title='$'>c</i>" in page and "$x$" not in page


# --- links ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tie", [w.jslink, w.jsdlink, traitlets.link, traitlets.dlink])
def test_linked_widgets_move_one_axis(tie):
    play, slider = w.Play(max=50, interval=250), w.IntSlider(max=50)
    tie((play, "value"), (slider, "value"))
    assert control_of(play, "n").axes == control_of(slider).axes
    begin_output(1)
    page = layouts.html(w.HBox([play, slider]))
    (key,) = {axis.identifier for axis in control_of(play).axes}
    assert f'data-si-play="{key}" data-si-interval="250"' in page and page.count('type="range"') == 1
    assert f'data-si="{key}"' in page


def test_a_play_by_itself_has_a_slider():
    play = w.Play(max=5)
    page = control_of(play, "n").html()
    assert 'type="range"' in page and "▶" in page and "data-si-repeat" not in page
    play_again = w.Play(max=5)
    play_again.repeat = True
    assert "data-si-repeat" in control_of(play_again, "n").html()


def test_a_text_linked_to_a_slider_takes_its_places():
    slider, text = w.FloatSlider(value=2, max=4, step=0.5), w.FloatText()
    w.jslink((slider, "value"), (text, "value"))
    control = control_of(text, "x")
    assert control.axes == control_of(slider).axes and 'type="number"' in control.html() and not control.reason


def test_links_that_do_not_hand_on_the_value_tie_nothing():
    a, b, c = w.IntSlider(), w.IntSlider(), w.IntSlider()
    traitlets.dlink((a, "value"), (b, "value"), lambda x: 2 * x)
    w.jslink((a, "max"), (c, "max"))
    assert links.partners(a) == []
    chain = [w.IntSlider() for _ in range(3)]
    for one, other in itertools.pairwise(chain):
        traitlets.link((one, "value"), (other, "value"))
    assert links.partners(chain[0]) == chain[1:] and set(links.partners(chain[2])) == set(chain[:2])


# --- what a bake displays ---------------------------------------------------------------------------------------


def test_an_output_widget_keeps_what_is_shown_in_it(bake):
    out = w.Output()
    with out:
        print("one")
        with w.Output():
            print("elsewhere")
    with out:
        print("<two>")
    assert [output["text"] for output in out.outputs] == ["one\n", "<two>\n"]
    assert "one\n&lt;two&gt;" in layouts.html(out)
    with out:
        raise KeyError("gone")
    assert "KeyError" in layouts.html(out)
    out.outputs = ()
    assert layouts.html(out) == '<div class="si-output"></div>'


def test_in_a_live_kernel_widgets_show_themselves():
    with pytest.raises(NotImplementedError):
        w.IntSlider()._ipython_display_()
    with w.Output() as nothing:  # ipywidgets' own
        assert nothing is None


def test_what_was_shown_is_brought_up_to_date(bake, monkeypatch):
    shown, updated = [], []
    monkeypatch.setattr(alias, "_shown", [])
    monkeypatch.setattr(alias, "display", lambda data, raw, display_id: shown.append((data, raw, display_id)))
    monkeypatch.setattr(alias, "update_display", lambda data, raw, display_id: updated.append((data, raw, display_id)))
    one, two = w.IntSlider(), w.HTML("before")
    one._ipython_display_()
    two._ipython_display_()
    assert [(raw, name) for _, raw, name in shown] == [(True, "static-interact-1"), (True, "static-interact-2")]
    alias._refresh()
    assert updated == []
    two.value = "after"
    alias._refresh()
    ((data, raw, name),) = updated
    assert "after" in data["text/html"] and raw and name == "static-interact-2"
    alias._refresh()
    assert len(updated) == 1
    told = []
    monkeypatch.setattr(alias, "log", told.append)
    one.observe(lambda change: None, "value")
    alias._refresh()
    assert len(told) == 1


def test_script_and_style_stay_with_the_first_output(monkeypatch):
    monkeypatch.setenv(BAKE, "inline")
    monkeypatch.setattr(hosts._kernel, "carried", False)
    monkeypatch.setattr(alias, "_shown", [])
    pages = {}
    monkeypatch.setattr(alias, "display", lambda data, raw, display_id: pages.update({display_id: data["text/html"]}))
    monkeypatch.setattr(
        alias, "update_display", lambda data, raw, display_id: pages.update({display_id: data["text/html"]})
    )
    text, other = w.HTML("before"), w.HTML("other")
    text._ipython_display_()
    other._ipython_display_()
    text.value = other.value = "after"
    alias._refresh()
    first, second = pages.values()
    assert "</script>" in first and "after" in first and "</script>" not in second and "after" in second


def test_controls_apart_from_a_figure_get_its_looks():
    assert alias.wrapped(w.IntSlider(), 7).startswith('<div class="si-apart"><div class="si-control">')


def test_an_output_is_the_same_when_it_is_written_again():
    slider = w.IntSlider()
    first, second = alias.wrapped(slider, 11), alias.wrapped(slider, 12)
    assert first != second and first == alias.wrapped(slider, 11) and second == alias.wrapped(slider, 12)


class Watcher:
    def changed(self, change):
        """Do nothing."""


@pytest.mark.parametrize(
    "make, is_watched",
    [
        (lambda s: s.observe(lambda change: None, "value"), True),
        (lambda s: s.observe(lambda change: None), True),
        (lambda s: traitlets.link((s, "value"), (w.IntSlider(), "value")), False),
        (lambda s: w.interactive(lambda x: None, x=s), False),
        (lambda s: s.observe(Watcher().changed, "value"), True),
        (lambda s: None, False),
    ],
)
def test_functions_that_wait_in_vain_are_found(make, is_watched):
    slider = w.IntSlider()
    kept = make(slider)
    assert layouts.watched(slider) == is_watched
    del kept


def test_a_button_that_calls_the_kernel_is_told_once(bake, monkeypatch):
    told = []
    monkeypatch.setattr(alias, "log", told.append)
    button = w.Button(description="Run")
    button.on_click(lambda _: None)
    box = w.VBox([button, w.Button(description="idle")])
    alias.tell(box)
    alias.tell(box)
    assert told == ["Run: a function waits for this Button; the page shows its present state"]


def test_pictures_in_outputs():
    data, metadata = outputs.picture(plt.figure(figsize=(2, 1)), "alt text")
    plt.close()
    page = outputs.outputs_html([{"output_type": "display_data", "data": data, "metadata": metadata}])
    assert '<img src="data:image/png;base64,' in page and 'width="200"' in page and 'alt="alt text"' in page


# --- exactly ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "widget, found",
    [
        (w.VBox([]), '<div class="si-box si-vbox"></div>'),
        (w.HBox([]), '<div class="si-box si-hbox"></div>'),
        (w.Box([]), '<div class="si-box si-hbox"></div>'),
        (w.GridBox([]), '<div class="si-box si-grid"></div>'),
        (w.Stack([w.HBox([])], selected_index=0), '<div class="si-box"><div class="si-box si-hbox"></div></div>'),
        (w.Label("x"), '<div class="si-control si-still"><span class="si-words">x</span></div>'),
        (
            w.HTML("<i>x</i>", description="<d>"),
            '<div class="si-control si-still"><span class="si-label">&lt;d&gt;</span><div class="si-html"><i>x</i></div></div>',
        ),
        (
            w.HTML("x", description="<b>d</b>", description_allow_html=True),
            '<div class="si-control si-still"><span class="si-label"><b>d</b></span><div class="si-html">x</div></div>',
        ),
        (w.HTMLMath("a &amp; <b>b</b>"), '<div class="si-control si-still"><div class="si-html">a &amp; <b>b</b></div></div>'),
        (
            w.FloatProgress(value=2, min=1, max=5, description="d"),
            '<div class="si-control si-still"><span class="si-label">d</span>'
            '<progress max="1" value="0.25" aria-label="d"></progress></div>',
        ),
        (w.FloatProgress(value=2, min=0, max=8), '<div class="si-control si-still"><progress max="1" value="0.25"></progress></div>'),
        (w.Button(description="go"), '<div class="si-control"><button type="button" disabled>go</button></div>'),
        (w.Image(value=b"x", format="jpeg"), '<img src="data:image/jpeg;base64,eA==" alt="">'),
        (w.Image(value=b"x", width=3, height=4), '<img src="data:image/png;base64,eA==" alt="" width="3" height="4">'),
        (w.Output(), '<div class="si-output"></div>'),
        (
            w.FloatText(value=1 / 3, description="d"),
            '<div class="si-control si-still"><span class="si-label">d</span>'
            '<input type="text" value="0.333333333333" disabled aria-label="d"></div>',
        ),
        (w.DatePicker(), '<div class="si-control si-still"><input type="text" value="" disabled></div>'),
        (
            w.Checkbox(value=False, disabled=True, description="c"),
            '<div class="si-control si-still"><span class="si-label">c</span>'
            '<input type="checkbox" disabled aria-label="c"></div>',
        ),
        (w.Controller(), '<p class="si-note">Controller is shown in the notebook.</p>'),
    ],
    ids=lambda x: type(x).__name__,
)  # fmt: skip
def test_the_markup_of_what_stands_still(widget, found):
    assert layouts.html(widget) == found


def test_sections_are_details_of_one_name():
    begin_output(4)
    assert layouts.html(w.Tab([w.HBox([]), w.VBox([])], titles=("A", ""), selected_index=0)) == (
        '<div class="si-tabs"><details name="si-sections-a-4-0" open><summary>A</summary><div class="si-box si-hbox"></div>'
        '</details><details name="si-sections-a-4-0"><summary>2</summary><div class="si-box si-vbox"></div></details></div>'
    )
    assert layouts.html(w.Accordion([])) == '<div class="si-accordion"></div>'


@pytest.mark.parametrize(
    "layout, style",
    [
        ({"width": "3em", "flex_flow": "row wrap"}, "width:3em;flex-flow:row wrap"),
        ({"grid_template_areas": '"a b" "c d"'}, 'grid-template-areas:"a b" "c d"'),
        ({"width": "expression(alert(1));x"}, None),
        ({"width": "URL(x)"}, None),
        ({}, None),
    ],
)
def test_styles_are_those_that_make_sense_on_any_page(layout, style):
    assert layouts.style(w.Box(layout=layout)) == style
    assert layouts.style(object()) is None


def test_what_is_inside_is_found_at_any_depth():
    label, slider = w.Label(), w.IntSlider()
    inner = w.HBox([label])
    outer = w.VBox([inner, slider])
    assert layouts.inside(outer) == [outer, inner, label, slider] and layouts.inside(slider) == [slider]


def test_links_go_both_ways_and_any_distance():
    one, two, three, four, alone = (w.IntSlider() for _ in range(5))
    kept = [w.jslink((one, "value"), (two, "value")), w.jsdlink((two, "value"), (three, "value"))]
    traitlets.link((three, "value"), (four, "value"))
    for widget in (one, two, three, four):
        assert set(links.partners(widget)) == {one, two, three, four} - {widget}
        assert len(links.partners(widget)) == 3
    assert links.partners(alone) == []
    del kept
