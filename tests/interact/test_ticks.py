import contextlib
import functools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axis import Axis, XTick
from matplotlib.ticker import FixedLocator, FuncFormatter, ScalarFormatter

from static_interact import ticks
from static_interact.calls import pack
from static_interact.figure import FigureDrawer
from tests.interact import gallery


def plain(value):
    """What can be compared of an attribute: its own attributes where it has any, but for whom it belongs to."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if type(value).__name__ in ("Line2D", "Text", "MarkerStyle", "Path", "FontProperties"):
        return {
            name: plain(item) for name, item in vars(value).items() if name not in ("_callbacks", "_axes", "_stale")
        }
    if type(value).__name__ == "method":
        return value.__name__
    return value if isinstance(value, (str, float, int, bool, dict)) or value is None else type(value).__name__


PARAMETERS = [
    {},
    {"direction": "inout", "length": 7, "width": 2, "color": "red", "labelrotation": 30, "labelsize": 13},
    {"which": "both", "top": True, "labeltop": True, "right": True, "labelcolor": "#0072b2", "zorder": 9},
    {"grid_color": "#00990080", "grid_linestyle": ":", "pad": 11, "labelbottom": False, "labelfontfamily": "serif"},
]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=range(len(PARAMETERS)))
@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("which", ["xaxis", "yaxis"])
def test_copies_are_like_what_matplotlib_makes(parameters, minor, which):
    axes = plt.figure().add_subplot()
    axes.tick_params(**parameters)
    axes.grid(True, which="both")
    axis = getattr(axes, which)
    get = axis.get_minor_ticks if minor else axis.get_major_ticks
    get(1)[0].label1.set_weight("bold")  # the others follow the first one
    made = get(2)[-1]
    with ticks.copied():
        *_, one, last = get(6)
    for copied in (one, last):
        for name in ("tick1line", "tick2line", "gridline", "label1", "label2"):
            assert plain(getattr(copied, name)) == plain(getattr(made, name)), name
        assert vars(copied).keys() == vars(made).keys()
        assert copied.label1.get_weight() == "bold"


def test_copies_share_nothing_that_changes():
    axis = plt.figure().add_subplot().xaxis
    made = axis.get_major_ticks(2)[-1]
    assert not made.gridline.sticky_edges.x
    one, last = ticks._twin(made), ticks._twin(made)
    before = [plain(getattr(last, name)) for name in ("tick1line", "gridline", "label1")]
    one.update_position(3.0)
    one.label1.set(text="other", size=30, style="italic", color="red", bbox={"color": "red"}, gid="gid")
    one.tick1line.set(marker="o", fillstyle="left", markersize=20, sketch_params=(1, 2, 3))
    one.gridline.set(visible=True, linestyle="--", color="green")
    one.gridline.sticky_edges.x.append(1.0)
    one.gridline.get_path()
    called = []
    one.gridline.add_callback(called.append)
    last.gridline.pchanged()
    assert not called
    assert [plain(getattr(last, name)) for name in ("tick1line", "gridline", "label1")] == before


def count_ticks(monkeypatch):
    counts = {"made": 0, "updated": 0}

    def counted(name, original):
        def method(axis, *args, **kwargs):
            counts[name] += 1
            return original(axis, *args, **kwargs)

        return method

    for name, method in (("made", "_get_tick"), ("updated", "_update_ticks")):
        monkeypatch.setattr(Axis, method, counted(name, getattr(Axis, method)))
    return counts


def test_one_more_tick_is_made_an_axis_and_each_axis_is_updated_once(monkeypatch):
    figure, axes = plt.subplots()
    axes.set(xlabel="x", title="title", xlim=(0, 10), ylim=(0, 5))
    counts = count_ticks(monkeypatch)
    with ticks.copied():
        FigureDrawer().tree(figure, "a-")
    assert len(axes.xaxis.majorTicks) >= 6
    assert counts == {"made": 2, "updated": 2}


def test_new_axes_make_no_ticks_until_they_are_looked_at(monkeypatch):
    counts = count_ticks(monkeypatch)
    with ticks.late():
        figure, axes = plt.subplots()
        axes.tick_params(which="both", labelleft=False, right=True)
        axes.grid(True)
        axes.xaxis.set_clip_path(axes.patch)
        assert counts["made"] == 0
        with ticks.copied():
            FigureDrawer().tree(figure, "a-")
        # For each axis one, one to copy, and a minor one, as the spine asks how far it sticks out.
        assert counts == {"made": 6, "updated": 2}


def told(axes, parameters):
    axes.tick_params(**parameters)
    axes.grid(True, which="both", color="#123456")
    axes.xaxis.set_clip_path(axes.patch)
    axes.yaxis.set_tick_params(reset=True, length=5, labelrotation=45)
    axes.yaxis.set_tick_params(labelright=True)


@pytest.mark.parametrize("parameters", PARAMETERS, ids=range(len(PARAMETERS)))
@pytest.mark.parametrize("cleared", [False, True])
def test_late_ticks_are_like_what_matplotlib_makes(parameters, cleared):
    def made():
        axes = plt.figure().add_subplot()
        if cleared:
            axes.tick_params(length=9)
            axes.set_xticks([1, 2, 3])
            axes.clear()
        told(axes, parameters)
        lists = (get(count) for axis in (axes.xaxis, axes.yaxis) for get, count in gets(axis))
        return [tick for ticks in lists for tick in ticks]

    def gets(axis):
        return (axis.get_major_ticks, 3), (axis.get_minor_ticks, 2)

    expected = made()
    with ticks.late():
        late = made()
    assert len(late) == len(expected) == 10
    for one, other in zip(late, expected, strict=True):
        assert bounds(one) == bounds(other) == bounds(one.gridline) == bounds(other.gridline)
        for name in ("tick1line", "tick2line", "gridline", "label1", "label2"):
            assert plain(getattr(one, name)) == plain(getattr(other, name)), name


def bounds(artist):
    return artist.get_clip_box().bounds, artist.get_clip_path()


def test_an_axis_without_ticks_may_be_reset():
    with ticks.late():
        axis = plt.figure().add_subplot().xaxis
        axis.set_tick_params(reset=True, length=9)
        assert axis.get_major_ticks(1)[0].tick1line.get_markersize() == 9


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_as_many_ticks_come_as_are_asked_for(count):
    axis = plt.figure().add_subplot().xaxis
    with ticks.late(), ticks.copied():
        for get in (axis.get_major_ticks, axis.get_minor_ticks):
            assert len(get(count)) == count


def test_ticks_that_are_there_are_told():
    with ticks.late():
        axis = plt.figure().add_subplot().xaxis
        first = axis.get_major_ticks(1)[0]
        axis.set_tick_params(color="red", width=3)
        axis.set_clip_path(None)
        assert axis.majorTicks == [first]
        assert (first.tick1line.get_markeredgecolor(), first.tick1line.get_markeredgewidth()) == ("red", 3)
        assert first.get_clip_path() is first.gridline.get_clip_path() is None


def test_a_tick_made_late_is_clipped_as_one_made_before_it():
    def ticks_of(axes):
        circle = axes.add_patch(plt.Circle((0.5, 0.5), 0.1))
        axes.xaxis.set_clip_path(circle)
        axes.xaxis.set_minor_locator(FixedLocator([0.3]))
        return [*axes.xaxis.get_major_ticks(2), *axes.xaxis.get_minor_ticks(1)]

    with ticks.late():
        late = ticks_of(plt.figure().add_subplot())
    for one, other in zip(late, ticks_of(plt.figure().add_subplot()), strict=True):
        assert one.get_clip_path().get_fully_transformed_path() is not None
        for clipped in (one, one.gridline):
            shape = clipped.get_clip_path().get_fully_transformed_path().vertices
            np.testing.assert_array_equal(shape, other.get_clip_path().get_fully_transformed_path().vertices)


def test_ticks_made_late_have_the_style_that_their_axes_were_made_in():
    with ticks.late():
        with plt.style.context(
            {"xtick.color": "red", "xtick.labelsize": 17, "grid.linestyle": ":", "xtick.minor.size": 11}
        ):
            axis = plt.figure().add_subplot().xaxis
        first = axis.get_major_ticks(1)[0]
        assert (first.label1.get_color(), first.label1.get_size()) == ("red", 17)
        assert first.gridline.get_linestyle() == ":"
        assert axis.get_minor_ticks(1)[0].tick1line.get_markersize() == 11
        assert plt.rcParams["xtick.color"] != "red"
        axis.reset_ticks()
        assert axis.get_major_ticks(1)[0].label1.get_color() != "red"


def test_other_axes_than_plain_ones_make_their_ticks_as_ever(monkeypatch):
    counts = count_ticks(monkeypatch)
    with ticks.late():
        plt.figure().add_subplot(projection="polar")
    late = counts["made"]
    plt.figure().add_subplot(projection="polar")
    assert counts["made"] == 2 * late > 0


def test_ticks_at_given_places_are_made_when_they_are_looked_at(monkeypatch):
    counts = count_ticks(monkeypatch)
    with ticks.late():
        _, axes = plt.subplots()
        places = axes.set_xticks([0, 0.5, 1])
        names = axes.set_xticklabels(["none", "half", "all"])
        lesser = axes.xaxis.set_ticks([0.2], minor=True)
        axes.set(yticks=[0, 1], yticklabels=["low", "high"])
        assert counts["made"] == 0
        assert [name.get_text() for name in names] == ["none", "half", "all"]
        assert list(places) == axes.xaxis.get_major_ticks() and len(places) == 3
        assert [*lesser] == axes.xaxis.get_minor_ticks() and len(lesser) == 1
        assert [*axes.set_xticks([0.5]), *lesser] == [places[0], *lesser]  # there are ticks now, and these are told


@pytest.mark.parametrize("labels", [["one"], 3])
def test_labels_that_do_not_fit_are_refused_as_ever(labels):
    with ticks.late():
        _, axes = plt.subplots()
        axes.set_xticks([0, 1])
        with pytest.raises((ValueError, TypeError), match=r"number of labels|must be a sequence"):
            axes.set_xticklabels(labels)


def test_figures_that_stay_open_have_ticks_of_their_own():
    with ticks.late():
        figure, axes = plt.subplots()
        inset = axes.inset_axes([0.5, 0.5, 0.4, 0.4])
        axes.grid(True)
        _, gone = plt.subplots()
        plt.close(gone.figure)
    assert not ticks.styles
    assert axes.xaxis.majorTicks[0].gridline.get_clip_path() or axes.xaxis.majorTicks[0].gridline.get_clip_box()
    assert "majorTicks" in vars(inset.xaxis) and "majorTicks" not in vars(gone.xaxis)
    assert figure.number in plt.get_fignums()


def test_what_goes_wrong_while_an_axis_is_told_leaves_no_empty_lists():
    with ticks.late():
        axis = plt.figure().add_subplot().xaxis
        with pytest.raises(ValueError, match="nonsense"):
            axis.set_tick_params(nonsense=1)
        assert "majorTicks" not in vars(axis)
        assert len(axis.get_major_ticks(2)) == 2


CHANGES = {
    "limits": lambda axes: axes.set(xlim=(0, 300), ylim=(0, 5)),
    "size": lambda axes: axes.set_position([0.1, 0.1, 0.2, 0.8]),
    "scale": lambda axes: axes.set_xscale("log"),
    "locator": lambda axes: axes.xaxis.set_major_locator(FixedLocator([2, 5])),
    "formatter": lambda axes: axes.xaxis.set_major_formatter("{x:.3f}"),
    "minor locator": lambda axes: axes.xaxis.set_minor_locator(FixedLocator([3.3])),
    "minor formatter": lambda axes: axes.xaxis.set_minor_formatter("{x:.1f} minor"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_moves_an_axis_is_noticed(change):
    def seen(axes):
        shown = axes.xaxis._update_ticks()
        boxes = axes.xaxis._get_ticklabel_bboxes(shown, axes.figure._get_renderer())
        return [tick.label1.get_text() for tick in shown], [box.bounds for part in boxes for box in part]

    axes = plt.figure().add_subplot(xlim=(1, 9))
    axes.xaxis.set_minor_locator(FixedLocator([4.3]))
    with ticks.remembered():
        before = seen(axes)
        assert seen(axes) == before
        change(axes)
        after = seen(axes)
    assert after != before
    assert after == seen(axes)


def test_boxes_of_an_axis_that_has_moved_are_worked_out_anew():
    axes = plt.figure().add_subplot()
    shown, renderer = axes.xaxis._update_ticks(), axes.figure._get_renderer()
    with ticks.remembered():
        shown = axes.xaxis._update_ticks()
        before = axes.xaxis._get_ticklabel_bboxes(shown, renderer)[0]
        axes.set_position([0.3, 0.3, 0.2, 0.2])
        after = axes.xaxis._get_ticklabel_bboxes(shown, renderer)[0]
    assert [box.bounds for box in before] != [box.bounds for box in after]


def test_a_formatter_of_two_axes_says_the_offset_of_the_one_that_draws():
    axes = plt.figure().add_subplot(xlim=(0, 3e7), ylim=(0, 2e-5))
    formatter = ScalarFormatter()
    axes.xaxis.set_major_formatter(formatter)
    axes.yaxis.set_major_formatter(formatter)
    said = []
    with ticks.remembered():
        for axis in (axes.xaxis, axes.yaxis, axes.xaxis):
            axis._update_ticks()
            said.append(axis.major.formatter.get_offset())
    assert said[0] == said[2] != said[1]


@pytest.mark.parametrize("projection", ["polar", "3d"])
def test_other_axes_are_left_alone(projection, monkeypatch):
    axes = plt.figure().add_subplot(projection=projection)
    counts = count_ticks(monkeypatch)
    with ticks.remembered(), ticks.copied():
        axes.xaxis._update_ticks()
        axes.xaxis._update_ticks()
        assert counts["updated"] == 2
        made = counts["made"]
        axes.xaxis.get_major_ticks(len(axes.xaxis.majorTicks) + 5)
        assert counts["made"] == made + 5


def test_other_ticks_are_left_alone(monkeypatch):
    class OwnTick(XTick):
        """Somebody's own, with whatever it may hold."""

    axes = plt.figure().add_subplot()
    monkeypatch.setattr(axes.xaxis, "_tick_class", OwnTick)
    counts = count_ticks(monkeypatch)
    with ticks.copied():
        axes.xaxis.get_major_ticks(6)
    assert counts["made"] == 5


def drawn(make, narrow):
    figure = make()
    drawer = FigureDrawer()
    trees = [pack(drawer.tree(figure, "a-"))]
    figure.set_size_inches(*narrow)
    return [*trees, pack(drawer.tree(figure, "a-"))]


def shared_axes():
    figure, both = plt.subplots(2, 2, sharex=True, sharey="row", layout="constrained")
    both[0, 0].plot([1, 2e6])
    both[1, 1].plot([3e-7, 5e-7])
    both[1, 0].set(xlabel="x", ylabel="y")
    figure.align_labels()
    return figure


def shared_formatter():
    figure, both = plt.subplots(1, 2)
    formatter = ScalarFormatter(useMathText=True)
    for axes, top in zip(both, (3e7, 2e-5), strict=True):
        axes.yaxis.set_major_formatter(formatter)
        axes.set(ylim=(0, top), title="title", ylabel="y")
    return figure


def fixed_shape():
    figure, axes = plt.subplots(layout="compressed")
    axes.imshow(np.arange(12).reshape(3, 4))
    axes.set(title="title", xlabel="x")
    axes.twinx().plot([2e5, 7e5])
    axes.spines["left"].set_position(("data", 1))
    return figure


def secondary():
    figure, axes = plt.subplots(layout="tight")
    axes.plot([1, 10, 100])
    axes.secondary_yaxis("right", functions=(lambda y: 10 * y, lambda y: y / 10)).set_ylabel("tenfold")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.1f}\nunits"))
    return figure


FIGURES = [shared_axes, shared_formatter, fixed_shape, secondary]
KINDS = ["insets", "moving_limits", "other_scales", "polar", "twin_axes"]


@pytest.mark.slow
@pytest.mark.parametrize("make", [*FIGURES, *(functools.partial(gallery.KINDS[name], 0.4) for name in KINDS)])
def test_no_figure_looks_different(make, monkeypatch):
    with ticks.late(), ticks.copied():
        quick = drawn(make, (3.4, 3.0))
    monkeypatch.setattr(ticks, "remembered", contextlib.nullcontext)
    assert quick == drawn(make, (3.4, 3.0))


def test_a_matplotlib_without_these_methods_draws_as_it_does(monkeypatch):
    monkeypatch.delattr(Axis, "_get_ticklabel_bboxes")
    before = Axis._update_ticks
    with ticks.remembered():
        assert Axis._update_ticks is before
    assert Axis._update_ticks is before
    monkeypatch.undo()


@pytest.mark.parametrize("name", ["_get_tick", "_set_tick_locations", "majorTicks", "minorTicks"])
def test_a_matplotlib_without_these_lists_makes_its_ticks_as_it_does(name, monkeypatch):
    monkeypatch.delattr(Axis, name)
    before = Axis.set_clip_path, Axis.set_tick_params
    with ticks.late():
        assert (Axis.set_clip_path, Axis.set_tick_params) == before
