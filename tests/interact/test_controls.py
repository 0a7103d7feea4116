"""What a page makes of ipywidgets' controls: the same values, the same start, and elements that hold places alone."""

import re
from html.parser import HTMLParser

import ipywidgets as w
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from static_interact.axes import Axis, Steps
from static_interact.controls import Fixed, control_of, slug
from static_interact.explorer import Explorer
from static_interact.latex import with_formulas


def values_of(control):
    """All that a control of one axis can give its function."""
    (axis,) = control.axes
    return [control.value([place]) for place in range(axis.size)]


class Tags(HTMLParser):
    """The tags of a piece of HTML, and its text."""

    def __init__(self, markup):
        super().__init__()
        self.found, self.text = [], []
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, name):
        return [attributes for tag, attributes in self.found if tag == name]


# --- steps ------------------------------------------------------------------------------------------------------


@given(st.integers(-50, 50), st.integers(0, 60), st.sampled_from([0.05, 0.1, 0.25, 0.5, 1, 3]))
def test_steps_are_clean(first, count, step):
    low = round(first * step, 10)
    steps = Steps(low, round(low + count * step, 10), step, low)
    assert len(steps) == count + 1 and steps.start == 0
    assert steps[0] == low and steps[-1] == pytest.approx(low + count * step)
    assert all(len(repr(value)) < 10 for value in steps), "no dust such as 0.30000000000000004"


@given(st.integers(-9, 9), st.integers(0, 40), st.integers(1, 9), st.data())
def test_ends_and_start_are_places_and_all_else_is_on_steps(low, span, step, data):
    start = data.draw(st.integers(low, low + span))
    steps = Steps(low, low + span, step, start)
    found = list(steps)
    assert found == sorted(set(found))
    assert set(found) == {*range(low, low + span + 1, step), low + span, start}
    assert found[steps.start] == start
    assert len(steps) == len(found) and steps[-1] == low + span and steps[1:3] == found[1:3]


@pytest.mark.parametrize(
    "low, high, step, start, count",
    [
        (0.0, 1e-12, 1e-13, 3e-13, 11),
        (1e9, 1e9 + 1, 0.001, 1e9 + 0.005, 1001),
        (-3e5, 3e5, 1e5, 0.0, 7),
        (0.0, 1.0, 0.1, 0.30000000000000004, 11),
        (0.0, 0.3, 0.1, 0.1, 4),
    ],
)
def test_steps_of_any_size(low, high, step, start, count):
    steps = Steps(low, high, step, start)
    assert len(steps) == count and steps[steps.start] == pytest.approx(start, rel=1e-12)
    assert steps[1] - steps[0] == pytest.approx(step, rel=1e-3) and steps[-1] == pytest.approx(high, rel=1e-12)


def test_an_axis_of_millions_is_summed_up():
    axis = Axis("i", "x", range(20_000), 3, True)
    assert axis.summary() == [20_000, 3, 0, 1, 19_999]
    axis.keep([3, 5])
    assert axis.summary() == [2, 0, 3, 5]


def test_steps_of_millions_are_not_written_out():
    steps = Steps(0.0, 1e9, 0.1, 123.4)
    assert len(steps) == 10_000_000_001 and steps[steps.start] == 123.4 and steps[7] == 0.7
    with pytest.raises(IndexError):
        steps[len(steps)]


@pytest.mark.parametrize("low, high, step", [(0, 1, 0), (0, 1, -1), (0, float("inf"), 1), (float("nan"), 1, 1)])
def test_what_has_no_steps_is_an_error(low, high, step):
    with pytest.raises(ValueError, match=r"must be (above 0|finite), got"):
        Steps(low, high, step, low)


def test_an_axis_that_loses_places_keeps_its_start():
    axis = Axis("i", "x", range(0, 100, 10), 4, True, str)
    axis.keep([0, 4, 7, 9])
    assert (axis.size, axis.start, axis.labels) == (4, 1, ("0", "40", "70", "90"))
    axis.keep([1, 3])
    assert [axis.value(k) for k in range(axis.size)] == [40, 90] and axis.words(1) == "90"
    with pytest.raises(ValueError, match="x: the places that are kept must include the start"):
        axis.keep([1])


# --- values -----------------------------------------------------------------------------------------------------

CASES = [
    (w.IntSlider(value=4, min=0, max=10, step=3), [0, 3, 4, 6, 9, 10]),
    (w.IntSlider(min=np.int64(2), max=np.int64(4)), [2, 3, 4]),
    (w.FloatSlider(value=0.25, min=0, max=1, step=0.5), [0, 0.25, 0.5, 1]),
    (w.FloatSlider(value=1, min=1, max=1), [1]),
    (w.BoundedIntText(value=2, min=1, max=3), [1, 2, 3]),
    (w.BoundedFloatText(value=0.5, min=0, max=1, step=0.25), [0, 0.25, 0.5, 0.75, 1]),
    (w.Play(value=1, min=0, max=3), [0, 1, 2, 3]),
    (w.Dropdown(options=["a", "b"], value="b"), ["a", "b"]),
    (w.Dropdown(options=["a", "b"], value=None), [None, "a", "b"]),
    (w.Dropdown(options={"one": 1, "two": 2}), [1, 2]),
    (w.Dropdown(options=[("one", np.float32), ("two", np.float64)], value=np.float64), [np.float32, np.float64]),
    (w.Select(options=[3, 5], value=5), [3, 5]),
    (w.RadioButtons(options=["x", "y"]), ["x", "y"]),
    (w.ToggleButtons(options=[("x", 1), ("y", 2)], value=2), [1, 2]),
    (w.SelectionSlider(options=["low", "mid", "high"], value="mid"), ["low", "mid", "high"]),
    (w.Checkbox(value=True), [False, True]),
    (w.ToggleButton(value=True), [False, True]),
]


@pytest.mark.parametrize("widget, values", CASES, ids=lambda x: type(x).__name__)
def test_a_page_has_the_values_of_the_notebook_and_its_start(widget, values):
    control = control_of(widget, "x")
    assert values_of(control) == values
    assert values_of(control)[control.axes[0].start] == widget.value
    assert not control.reason
    for value in values:
        widget.value = value  # ipywidgets agrees that it is one


def test_a_log_slider_gives_its_start_exactly():
    widget = w.FloatLogSlider(value=3.0, min=-1, max=1, step=1)
    control = control_of(widget, "x")
    assert values_of(control) == pytest.approx([0.1, 1, 3, 10]) and values_of(control)[2] == 3.0
    assert control.axes[0].labels == ("0.100", "1.00", "3.00", "10.0")


def test_a_range_has_two_handles_whose_order_does_not_matter():
    control = control_of(w.IntRangeSlider(value=(2, 5), min=0, max=6), "x")
    low, high = control.axes
    assert (low.value(low.start), high.value(high.start)) == (2, 5)
    assert control.value([1, 4]) == control.value([4, 1]) == (1, 4)
    assert (low.identifier, high.identifier) == (control.identifier + "-low", control.identifier + "-high")


def test_a_range_of_options_gives_options():
    control = control_of(w.SelectionRangeSlider(options=[("a", 1), ("b", 2), ("c", 3)], index=(0, 1)), "x")
    assert control.value([2, 1]) == (2, 3) and control.axes[1].labels == ("a", "b", "c")


def test_several_options_are_boxes():
    control = control_of(w.SelectMultiple(options=[("a", 1), ("b", 2), ("c", 3)], value=(1, 3)), "x")
    assert [axis.start for axis in control.axes] == [1, 0, 1]
    assert control.value([0, 1, 1]) == (2, 3) and control.value([0, 0, 0]) == ()


def test_values_given_by_hand():
    slider = control_of(w.FloatSlider(value=2.5), "x", values=[1, 2, 3])
    assert values_of(slider) == [1, 2, 2.5, 3] and slider.axes[0].start == 2
    assert slider.axes[0].labels == ("1.00", "2.00", "2.50", "3.00")
    text = control_of(w.Text(value="b"), "x", values=["a", "b"])
    assert values_of(text) == ["a", "b"] and text.axes[0].start == 1
    other = control_of(w.Text(value="z"), "x", values=["a", "b"])
    assert values_of(other) == ["z", "a", "b"]
    assert Tags(other.html()).all("option")[0] == {"value": "0", "selected": None}


def test_a_combobox_has_what_it_proposes():
    control = control_of(w.Combobox(value="c", options=["a", "b"]), "x")
    assert values_of(control) == ["c", "a", "b"] and not control.reason
    assert control_of(w.Combobox(value="c"), "x").reason


@pytest.mark.parametrize(
    "widget, instead",
    [
        (w.Text("a"), "a Dropdown"),
        (w.IntText(1), "a BoundedIntText"),
        (w.FloatText(1), "a BoundedFloatText"),
        (w.ColorPicker(value="red"), "a Dropdown"),
    ],
)
def test_what_has_no_end_of_values_stays_and_says_what_would_do(widget, instead):
    control = control_of(widget, "size")
    assert isinstance(control, Fixed) and control.axes == () and control.value([]) == widget.value
    assert control.reason == (
        f"size is a {type(widget).__name__}, which has no finite set of values; {instead} would do, or "
        "bake={'size': [...]} with the values that it shall have"
    )


@pytest.mark.parametrize("widget", [w.fixed(3), w.Valid(value=True), w.Label("a"), w.IntSlider(3, disabled=True)])
def test_what_does_not_move_needs_no_reason(widget):
    control = control_of(widget, "x")
    assert control.axes == () and control.reason == "" and control.value([]) == widget.value


def test_a_widget_of_ones_own_with_another_value_for_its_function():
    class Doubled(w.IntSlider):
        def get_interact_value(self):
            return 2 * self.value

    widget = Doubled(value=1, max=2)
    control = control_of(widget, "x")
    assert [control.argument([place]) for place in range(3)] == [0, 2, 4] and widget.value == 1


def test_details_that_a_plan_asks_for():
    ordered = {
        w.SelectionSlider(options="ab"): True, w.Dropdown(options="ab"): False, w.IntSlider(): True,
        w.Checkbox(): False, w.IntRangeSlider(): True, w.SelectMultiple(options="ab"): False,
    }  # fmt: skip
    for widget, expected in ordered.items():
        assert all(axis.ordered is expected for axis in control_of(widget, "x").axes), widget
    assert control_of(w.Text("1"), "x", values=["1", "2"]).axes[0].ordered


def test_what_places_are_called():
    assert control_of(w.SelectionSlider(options=[("low", 1), ("high", 2)]), "x").axes[0].labels == ("low", "high")
    assert control_of(w.Play(max=1), "x").axes[0].labels == ("0", "1")
    assert control_of(w.FloatSlider(max=0.5, step=0.25, readout_format=".0%"), "x").axes[0].labels == (
        "0%",
        "25%",
        "50%",
    )
    assert control_of(w.Dropdown(options="ab"), "x").axes[0].labels is None


def test_a_slider_without_a_step_has_a_hundred():
    assert len(control_of(w.FloatSlider(max=5, step=None), "x").axes[0].all) == 101
    assert values_of(control_of(w.FloatSlider(value=2, min=2, max=2, step=None), "x")) == [2]


def test_ranges_keep_their_step():
    low, _ = control_of(w.IntRangeSlider(value=(0, 9), max=9, step=3), "x").axes
    assert [low.value(k) for k in range(low.size)] == [0, 3, 6, 9]


def test_a_control_that_was_shown_before_takes_its_parameters_name_and_its_new_value():
    slider = w.IntSlider(max=5)
    first = control_of(slider)
    first.html()
    assert first.name == "IntSlider"
    slider.value = 4
    second = control_of(slider, "n")
    assert second.axes[0].start == 4 and second.name == second.axes[0].name == "n"
    assert second.identifier == first.identifier and second.home == first.home
    assert control_of(slider, "other") is second and second.name == "n", "the first parameter names it"
    Explorer.of(print, {"n": slider}, "si-f")
    slider.value = 1
    assert control_of(slider) is second and second.axes[0].start == 4, "a figure has frames for what it was"


# --- HTML -------------------------------------------------------------------------------------------------------


def test_a_slider_holds_places():
    control = control_of(w.FloatSlider(value=0.5, min=0, max=2, step=0.5, description="Size"), "size", "si-f-size")
    tags = Tags(control.html())
    assert tags.all("input") == [
        {
            "type": "range", "id": "si-f-size", "data-si": "si-f-size", "min": "0", "max": "4", "step": "1",
            "value": "1", "aria-valuetext": "0.50", "name": "size",
        }
    ]  # fmt: skip
    assert tags.all("label") == [{"for": "si-f-size"}] and tags.all("output") == [{"for": "si-f-size"}]
    assert tags.text == ["Size", "0.50"]


def test_a_thinned_slider_holds_the_places_that_are_left():
    control = control_of(w.IntSlider(value=50), "x")
    control.axes[0].keep(range(0, 101, 10))
    (tag,) = Tags(control.html()).all("input")
    assert (tag["max"], tag["value"], tag["aria-valuetext"]) == ("10", "5", "50")


@pytest.mark.parametrize(
    "options, attribute, expected",
    [
        ({"continuous_update": False}, "data-si-late", None),
        ({"tooltip": "a hint"}, "title", "a hint"),
        ({}, "aria-label", "x"),
    ],
)
def test_options_of_a_slider(options, attribute, expected):
    (tag,) = Tags(control_of(w.IntSlider(**options), "x").html()).all("input")
    assert attribute in tag and tag[attribute] == expected
    (plain,) = Tags(control_of(w.IntSlider(description="d"), "x").html()).all("input")
    assert attribute not in plain


def test_readout_orientation_width_and_what_is_hidden():
    assert Tags(control_of(w.IntSlider(readout=False), "x").html()).all("output") == []
    assert 'class="si-control si-vertical"' in control_of(w.IntSlider(orientation="vertical"), "x").html()
    assert 'style="width:300px"' in control_of(w.IntSlider(layout={"width": "300px"}), "x").html()
    assert "style" not in control_of(w.IntSlider(layout={"width": "1px;color:red"}), "x").html()
    assert Tags(control_of(w.IntSlider(layout={"display": "none"}), "x").html()).found[0][1]["hidden"] is None


def test_copies_have_ids_of_their_own_and_move_the_same_axis():
    control = control_of(w.IntSlider(), "x", "si-x")
    first, second = (Tags(control.html()).all("input")[0] for _ in range(2))
    assert first["id"] != second["id"] and first["data-si"] == second["data-si"] == "si-x"


def test_lists_buttons_and_boxes():
    dropdown = Tags(control_of(w.Dropdown(options=["a<b", "c"], value="c"), "x").html())
    assert dropdown.all("option") == [{"value": "0"}, {"value": "1", "selected": None}] and "a<b" in dropdown.text
    assert Tags(control_of(w.Select(options=[1, 2], rows=2), "x").html()).all("select")[0]["size"] == "2"
    radio = Tags(control_of(w.RadioButtons(options=["a", "b"], value="b"), "x", "si-r").html()).all("input")
    assert [(tag["value"], "checked" in tag, tag["data-si"]) for tag in radio] == [
        ("0", False, "si-r"),
        ("1", True, "si-r"),
    ]
    assert len({tag["id"] for tag in radio}) == 2 and {tag["name"] for tag in radio} == {"si-r"}
    assert "si-buttons" in control_of(w.ToggleButtons(options=["a"]), "x").html()
    (box,) = Tags(control_of(w.Checkbox(value=True), "x").html()).all("input")
    assert box["type"] == "checkbox" and "checked" in box
    assert "si-toggle" in control_of(w.ToggleButton(), "x").html()
    assert "si-toggle" not in control_of(w.Checkbox(), "x").html()
    buttons = w.ToggleButtons(options="ab", tooltips=["first"], description="d")
    page = control_of(buttons, "x").html()
    assert "<legend>d</legend>" in page and page.count("title=") == 1 and 'title="first"' in page
    several = w.SelectMultiple(options=["a"], description="d")
    assert "<legend>d</legend>" in control_of(several, "x").html()
    assert "<legend>" not in control_of(w.SelectMultiple(options=["a"]), "x").html()
    thin = control_of(w.BoundedIntText(max=9), "x")
    thin.axes[0].keep([0, 5, 9])
    assert Tags(thin.html()).all("input")[0]["step"] == "any"
    given = Tags(control_of(w.IntSlider(value=1), "x", values=[1, 5]).html())
    assert given.all("input")[0]["max"] == "1" and given.text == ["1"]
    (number,) = Tags(control_of(w.BoundedFloatText(value=0.5, min=0, max=2, step=0.25), "x").html()).all("input")
    assert (number["type"], number["min"], number["max"], number["step"], number["value"]) == (
        "number", "0", "2", "0.25", "0.5",
    )  # fmt: skip


def test_a_range_on_the_page():
    tags = Tags(control_of(w.FloatRangeSlider(value=(1, 2), min=0, max=4, step=1, description="r"), "x", "si-p").html())
    low, high = tags.all("input")
    assert (low["data-si"], low["value"], low["aria-label"]) == ("si-p-low", "1", "r, from")
    assert (high["data-si"], high["value"], high["aria-label"]) == ("si-p-high", "2", "r, to")
    assert [text for text in tags.text if text != "r"] == ["1.00", "2.00"]


@pytest.mark.parametrize("attack", ['"><script>x</script>', "<b>", "a&b", "'"])
def test_texts_are_texts(attack):
    for widget in (
        w.IntSlider(description=attack, tooltip=attack),
        w.Dropdown(options=[attack]),
        w.ToggleButtons(options=[attack], tooltips=[attack]),
        w.SelectMultiple(options=[attack]),
        w.SelectionSlider(options=[attack]),
    ):
        tags = Tags(control_of(widget, attack).html())
        assert not {"script", "b"} & {tag for tag, _ in tags.found}
        assert attack in [*tags.text, *(value for _, attributes in tags.found for value in attributes.values())]


def test_a_formula_in_a_description():
    formula = r"the $\alpha$ & $\beta$"
    html = control_of(w.IntSlider(description=formula), "x").html()
    assert with_formulas(formula) in html and "$" not in html
    allowed = w.IntSlider(description="<i>x</i>", description_allow_html=True)
    assert "<i>x</i>" in control_of(allowed, "x").html()


@pytest.mark.parametrize("name, expected", [("<lambda>", "lambda"), ("my_f", "my-f"), ("$$", "figure"), ("É a", "a")])
def test_names_become_ids(name, expected):
    assert slug(name) == expected and re.fullmatch("[a-z0-9-]+", slug(name))
