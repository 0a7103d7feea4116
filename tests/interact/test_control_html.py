"""The HTML of each kind of control: what the browser shows, reads out and sends to the figure."""

import re
from html.parser import HTMLParser

import ipywidgets as w
import pytest

from static_interact.control import begin_output
from static_interact.controls import Given, control_of


class Tags(HTMLParser):
    """Each tag with its attributes, and the texts between."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.found.append(data)


def tags(widget, name="p", values=None):
    begin_output(1)
    page = control_of(widget, name, "si-id", values).html()
    assert page.count("<div") == 1 and page.endswith("</div>")
    return Tags(page).found


def inputs(found):
    """The elements that are moved, without the attributes that all have."""
    return [
        {**a, "tag": t} for t, a in (f for f in found if isinstance(f, tuple)) if t in {"input", "select", "button"}
    ]


def words(found):
    return [part for part in found if isinstance(part, str)]


def test_a_slider_is_a_range_with_a_label_and_a_read_out():
    found = tags(w.FloatSlider(value=0.5, min=0, max=2, step=0.25, description="scale", readout_format=".1f"))
    assert found == [
        ("div", {"class": "si-control"}),
        ("label", {"for": "si-id"}), "scale",
        ("input", {"type": "range", "id": "si-id", "data-si": "si-id", "min": "0", "max": "8", "step": "1", "value": "2",
                   "aria-valuetext": "0.5", "name": "p"}),
        ("output", {"for": "si-id"}), "0.5",
    ]  # fmt: skip


def test_a_slider_without_a_description_is_named_for_those_who_hear_it():
    found = tags(w.IntSlider(value=3, max=5))
    assert [t for t, _ in found[:2]] == ["div", "input"] and found[1][1]["aria-label"] == "p"
    assert "aria-label" not in inputs(tags(w.IntSlider(description="d")))[0]


def test_a_slider_may_have_no_read_out():
    found = tags(w.IntSlider(value=3, max=5, readout=False))
    assert words(found) == [] and found[-1][1]["aria-valuetext"] == "3"
    assert words(tags(w.IntSlider(value=-3, min=-5))) == ["−3"]


@pytest.mark.parametrize(
    "options, attributes",
    [
        ({"tooltip": "a hint"}, {"title": "a hint"}),
        ({"continuous_update": False}, {"data-si-late": None}),
        ({"continuous_update": True}, {}),
    ],
)
def test_what_a_widget_says_of_itself_is_kept(options, attributes):
    plain, found = (inputs(tags(w.IntSlider(description="d", **more)))[0] for more in ({}, options))
    assert found.items() - plain.items() == attributes.items()


@pytest.mark.parametrize(
    "widget, row",
    [
        (lambda: w.IntSlider(orientation="vertical"), {"class": "si-control si-vertical"}),
        (lambda: w.IntSlider(layout={"width": "50%"}), {"class": "si-control", "style": "width:50%"}),
        (lambda: w.IntSlider(layout={"width": "calc(1px)"}), {"class": "si-control"}),
        (lambda: w.IntSlider(layout={"display": "none"}), {"class": "si-control", "hidden": None}),
        (lambda: w.IntSlider(layout={"visibility": "hidden"}), {"class": "si-control", "hidden": None}),
    ],
)
def test_a_row_is_as_wide_as_its_author_says(widget, row):
    assert tags(widget())[0] == ("div", row)


def test_descriptions_are_html_only_where_their_author_allows_it():
    assert words(tags(w.IntSlider(description="<b>x</b>", readout=False))) == ["<b>x</b>"]
    found = tags(w.IntSlider(description="<b>x</b>", description_allow_html=True, readout=False))
    assert ("b", {}) in found and words(found) == ["x"]
    assert ("b", {}) not in tags(w.Dropdown(options=[1], description="<b>x</b>"))
    assert ("b", {}) in tags(w.RadioButtons(options=[1], description="<b>x</b>", description_allow_html=True))
    assert ("b", {}) not in tags(w.RadioButtons(options=[1], description="<b>x</b>"))


def test_a_list_has_its_options_in_order():
    found = tags(w.Dropdown(options=[("one", 1), ("<two>", 2)], value=2, description="d"))
    assert found[3:] == [
        ("select", {"id": "si-id", "data-si": "si-id", "name": "p"}),
        ("option", {"value": "0"}), "one", ("option", {"value": "1", "selected": None}), "<two>",
    ]  # fmt: skip
    assert inputs(tags(w.Select(options=["a", "b"], rows=7, description="d")))[0]["size"] == "7"
    assert "size" not in inputs(tags(w.Dropdown(options=["a", "b"])))[0]


@pytest.mark.parametrize(
    "kind, look, first, hints",
    [(w.RadioButtons, "si-radio", 1, {}), (w.ToggleButtons, "si-buttons", 1, {"tooltips": ["hint", ""]})],
)
def test_buttons_are_a_group_of_which_one_is_taken(kind, look, first, hints):
    found = tags(kind(options=["a", "b", "$x$"], value="b", description="which", **hints))
    assert found[1:4] == [("fieldset", {"class": look}), ("legend", {}), "which"]
    titles = [a.get("title") for t, a in (f for f in found if isinstance(f, tuple)) if t == "label"]
    assert titles == (["hint", None, None] if hints else [None] * 3)
    for place, button in enumerate(inputs(found)):
        expected = {"tag": "input", "type": "radio", "id": f"si-id-{place}", "name": "si-id", "data-si": "si-id"}
        assert button == expected | {"value": str(place)} | ({"checked": None} if place == first else {})
    assert len(inputs(found)) == 3 and any(f[0] == "math" for f in found if isinstance(f, tuple))
    assert not any(t == "legend" for t, _ in (f for f in tags(kind(options=["a"])) if isinstance(f, tuple)))


def test_a_slider_over_options_shows_their_names():
    widget = w.SelectionSlider(options=[("low", 1), ("high", 2), ("top", 9)], value=2, description="d")
    found = tags(widget)
    assert found[3][1] | {"type": "range", "max": "2", "value": "1", "aria-valuetext": "high"} == found[3][1]
    assert words(found) == ["d", "high"]
    assert control_of(widget).axes[0].labels == ("low", "high", "top")
    assert words(tags(w.SelectionSlider(options=["a", "b"], readout=False))) == []


def test_boxes_to_tick():
    found = tags(w.Checkbox(value=True, description="on"))
    assert found[1:] == [
        ("input", {"type": "checkbox", "id": "si-id", "data-si": "si-id", "value": "1", "checked": None, "name": "p"}),
        ("label", {"for": "si-id"}), "on",
    ]  # fmt: skip
    toggle = tags(w.ToggleButton(value=False, description="on"))[1][1]
    assert toggle["class"] == "si-toggle" and "checked" not in toggle
    assert "class" not in found[1][1]


def test_many_boxes_are_a_group():
    widget = w.SelectMultiple(options=["a", "b", "c"], value=["c"], description="which", tooltip="t")
    found = tags(widget)
    assert found[1:4] == [("fieldset", {"class": "si-radio"}), ("legend", {}), "which"]
    boxes = inputs(found)
    assert [box["id"] for box in boxes] == [box["data-si"] for box in boxes] == ["si-id-0", "si-id-1", "si-id-2"]
    assert ["checked" in box for box in boxes] == [False, False, True]
    assert all("aria-label" not in box and "title" not in box for box in boxes)
    assert words(found) == ["which", "a", "b", "c"]
    control = control_of(widget)
    assert control.value((1, 0, 1)) == ("a", "c") and [axis.value(1) for axis in control.axes] == [True] * 3
    assert "legend" not in [f[0] for f in tags(w.SelectMultiple(options=["a"])) if isinstance(f, tuple)]


@pytest.mark.parametrize(
    "widget, low, high, now, labels",
    [
        (lambda: w.IntRangeSlider(value=(2, 4), max=5, description="d"), "2", "4", ["d", "2", "4"], 6),
        (lambda: w.FloatRangeSlider(value=(1, 2.5), max=5, step=0.5, readout_format=".2f", description="d"), "2", "5",
         ["d", "1.00", "2.50"], 11),
        (lambda: w.SelectionRangeSlider(options=list("abc"), index=(0, 2), description="d"), "0", "2", ["d", "a", "c"], 3),
    ],
)  # fmt: skip
def test_a_range_has_two_handles(widget, low, high, now, labels):
    made = widget()
    found = tags(made)
    assert found[1] == ("label", {"for": "si-id-from"}) and ("span", {"class": "si-range"}) in found
    one, other = inputs(found)
    assert (one["id"], one["data-si"], one["value"], one["aria-label"]) == ("si-id-from", "si-id-low", low, "d, from")
    assert (other["id"], other["data-si"], other["value"], other["aria-label"]) == (
        "si-id-to",
        "si-id-high",
        high,
        "d, to",
    )
    assert words(found) == now
    control = control_of(made)
    assert [axis.size for axis in control.axes] == [labels] * 2
    places = [axis.start for axis in control.axes]
    assert control.value(places) == control.value(places[::-1]) == made.value, "which handle is lower does not matter"
    made = widget()
    made.description = ""
    assert inputs(tags(made))[0]["aria-label"] == "p, from"


def test_numbers_are_typed():
    (box,) = inputs(tags(w.BoundedFloatText(value=0.5, min=0, max=2, step=0.25, description="d")))
    expected = {"tag": "input", "type": "number", "id": "si-id", "data-si": "si-id", "min": "0", "max": "2"}
    assert box == expected | {"step": "0.25", "value": "0.5", "name": "p", "data-si-late": None}
    widget = w.BoundedIntText(value=3, min=1, max=9, step=2)
    control = control_of(widget, "p", "si-id")
    control.axes[0].keep((0, 1, 4))
    (box,) = inputs(Tags(control.html()).found)
    assert (box["min"], box["max"], box["step"], box["value"]) == ("1", "9", "any", "3")


def test_a_play_is_a_button_before_a_slider():
    found = tags(w.Play(value=2, max=5, interval=300))
    button, handle = inputs(found)
    assert button == {
        "tag": "button", "type": "button", "class": "si-play", "data-si-play": "si-id", "data-si-interval": "300",
    }  # fmt: skip
    assert handle["type"] == "range" and handle["value"] == "2" and words(found) == ["▶ Play", "2"]


def test_values_by_hand():
    widget = w.FloatSlider(value=0.5, max=2, readout_format=".2f", description="d")
    found = tags(widget, values=[0, 0.5, 2])
    assert (found[3][1]["max"], found[3][1]["value"], words(found)) == ("2", "1", ["d", "0.50"])
    found = tags(w.FloatText(value=1.5, description="d"), values=[3, 2.25, "all"])
    assert words(found) == ["d", "1.5", "3", "2.25", "all"]
    assert tags(w.IntText(value=4, description="d"), values=[1, 2, 9])[-1] == "9"


@pytest.mark.parametrize(
    "now, values, places, start",
    [
        (2, [1, 3], [1, 2, 3], 1),
        (2, [3, 1], [2, 3, 1], 0),
        (2, [1, 2, 3], [1, 2, 3], 1),
        (2, [1, "x"], [2, 1, "x"], 0),
        (2, [True, 3], [2, True, 3], 0),
        (True, [2, 3], [True, 2, 3], 0),
        (0.5, [0, 1.5], [0, 0.5, 1.5], 1),
    ],
)
def test_the_present_value_is_among_those_by_hand(now, values, places, start):
    control = control_of(w.Dropdown(options=[now]), "p", "si-id", values)
    assert isinstance(control, Given)
    (axis,) = control.axes
    assert [axis.value(k) for k in range(axis.size)] == places and axis.start == start


def test_copies_have_ids_of_their_own():
    widget = w.IntSlider(description="d")
    control = control_of(widget, "p", "si-id")

    def ids(number):
        begin_output(number)
        return [re.search(' id="([^"]*)"', control.html())[1] for _ in range(2)]

    assert ids(3) == ["si-id", "si-id-copy3-1"] and ids(4) == ["si-id-copy4-0", "si-id-copy4-1"]
    assert ids(3) == ["si-id", "si-id-copy3-1"], "the same when it is written again"


def test_a_control_takes_the_first_parameters_name():
    widget = w.IntSlider(description="what it says")
    control = control_of(widget)
    assert (control.name, control.parameter, control.axes[0].name) == ("what it says", "", "what it says")
    assert control_of(widget, "a") is control and control.name == control.axes[0].name == "a"
    control_of(widget, "b")
    assert control.name == control.axes[0].name == "a"
    assert control_of(w.IntSlider()).name == "IntSlider"
    assert re.fullmatch(r"si-x-y-\d+", control_of(w.IntSlider(), "x_y").identifier)
    assert re.fullmatch(r"si-figure-\d+", control_of(w.IntSlider(), "$$").identifier)


def test_a_widget_that_has_changed_since_gets_another_control_until_it_is_taken():
    widget = w.IntSlider(value=1, max=4)
    first = control_of(widget, "a", "si-a")
    widget.max = 9
    second = control_of(widget)
    assert second is not first and (second.name, second.identifier, second.axes[0].size) == ("a", "si-a", 10)
    second.taken = True
    widget.value = 7
    assert control_of(widget) is second


def test_of_linked_widgets_the_one_that_is_known_leads():
    one, two = w.IntSlider(max=4), w.IntSlider(max=9)
    w.jslink((one, "value"), (two, "value"))
    known = control_of(two, "b")
    assert control_of(one, "a").axes is known.axes and known.axes[0].size == 10
