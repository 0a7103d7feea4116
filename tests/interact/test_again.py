import contextlib
import functools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from static_interact import again, ticks
from static_interact.calls import pack
from static_interact.figure import FigureDrawer
from tests.interact import gallery

SIZES = (4.0, 3.0), (3.0, 2.6)


def base():
    figure, axes = plt.subplots(figsize=SIZES[0])
    axes.plot([0, 3], [1, 5e6])
    axes.set(xlabel="x", ylabel="y", title="title")
    return figure, axes


def draw(make, drawers):
    """A figure at both sizes, as a frame has it."""
    figure = make()
    trees = []
    for drawer, size in zip(drawers, SIZES, strict=True):
        figure.set_size_inches(*size)
        trees.append(pack(drawer.tree(figure, "a-")))
    plt.close(figure)
    return trees


def frames(makes):
    """What the figures of one explorer look like."""
    drawers = [FigureDrawer() for _ in SIZES]
    with ticks.late(), ticks.copied():
        return [draw(make, drawers) for make in makes]


@pytest.fixture
def plainly(monkeypatch):
    """What figures look like when matplotlib draws each of them."""

    def drawn(makes):
        with monkeypatch.context() as patch:
            patch.setattr(again, "drawn", lambda *_: contextlib.nullcontext())
            return [draw(make, [FigureDrawer() for _ in SIZES]) for make in makes]

    return drawn


def count(monkeypatch, owner, name):
    calls = []
    method = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *args, **kwargs: (calls.append(1), method(*args, **kwargs))[1])
    return calls


CHANGES = {
    "limits": lambda axes: axes.set(xlim=(0, 7)),
    "turned limits": lambda axes: axes.invert_yaxis(),
    "scale": lambda axes: axes.set_yscale("log"),
    "scale of the same ticks": lambda axes: axes.set(xscale="symlog", xticks=[0, 1, 2, 3], xlim=(0, 3)),
    "ticks": lambda axes: axes.set(xticks=[0, 1, 2.5]),
    "named ticks": lambda axes: axes.set(xticks=[0, 1, 2], xticklabels=["none", "one", "two"]),
    "minor ticks": lambda axes: axes.minorticks_on(),
    "minor ticks at other places": lambda axes: axes.set_xticks([0.25], minor=True),
    "a locator": lambda axes: axes.yaxis.set_major_locator(FixedLocator([1e6, 3e6])),
    "no locator": lambda axes: axes.xaxis.set_major_locator(NullLocator()),
    "a formatter": lambda axes: axes.xaxis.set_major_formatter("{x:.2f} s"),
    "minor labels": lambda axes: (axes.minorticks_on(), axes.xaxis.set_minor_formatter("{x}")),
    "offset": lambda axes: axes.ticklabel_format(useMathText=True),
    "no offset": lambda axes: axes.ticklabel_format(style="plain"),
    "the offset's side": lambda axes: axes.yaxis.set_offset_position("right"),
    "the offset's place": lambda axes: axes.yaxis.offsetText.set_x(0.5),
    "a title above the offset": lambda axes: axes.set_title("left", loc="left"),
    "the offset's colour": lambda axes: axes.yaxis.offsetText.set_color("red"),
    "the offset's size": lambda axes: axes.yaxis.offsetText.set_size(20),
    "label": lambda axes: axes.set(xlabel="another"),
    "label's colour": lambda axes: axes.xaxis.label.set_color("red"),
    "label's size": lambda axes: axes.yaxis.label.set_size(20),
    "label's slant": lambda axes: axes.xaxis.label.set_style("italic"),
    "label's opacity": lambda axes: axes.xaxis.label.set_alpha(0.5),
    "label's angle": lambda axes: axes.yaxis.label.set_rotation(0),
    "label's alignment": lambda axes: axes.set_xlabel("x", loc="left"),
    "label's distance": lambda axes: axes.set_ylabel("y", labelpad=20),
    "label's place": lambda axes: axes.xaxis.set_label_coords(0.2, -0.3),
    "label's other place": lambda axes: axes.yaxis.set_label_coords(0.1, 0.3),
    "label's place in data": lambda axes: axes.xaxis.set_label_coords(1, 2e6, transform=axes.transData),
    "label's side": lambda axes: axes.xaxis.set_label_position("top"),
    "label's link": lambda axes: axes.xaxis.label.set_url("https://example.org"),
    "label's ground": lambda axes: axes.xaxis.label.set_bbox({"facecolor": "yellow"}),
    "label's outline": lambda axes: axes.xaxis.label.set_path_effects([withStroke(linewidth=3, foreground="red")]),
    "hidden label": lambda axes: axes.xaxis.label.set_visible(False),
    "label moved across": lambda axes: axes.xaxis.label.set_x(0.9),
    "ticks' side": lambda axes: axes.xaxis.tick_top(),
    "ticks at both sides": lambda axes: axes.tick_params(right=True, labelright=True, labelleft=False),
    "a switch of another kind": lambda axes: axes.tick_params(bottom=np.array(0)),
    "labels alone": lambda axes: axes.tick_params(left=False),
    "ticks' length": lambda axes: axes.tick_params(length=9),
    "ticks' direction": lambda axes: axes.tick_params(direction="in"),
    "labels' colour": lambda axes: axes.tick_params("x", labelcolor="red"),
    "labels' distance": lambda axes: axes.tick_params(pad=12),
    "grid": lambda axes: axes.grid(True),
    "grid of one axis": lambda axes: axes.yaxis.grid(True, color="red"),
    "moved spine": lambda axes: axes.spines.bottom.set_position(("outward", 10)),
    "spine in data": lambda axes: (axes.spines.left.set_position(("data", 1)), axes.set(xlim=(0, 5))),
    "spine amid": lambda axes: axes.spines.left.set_position("center"),
    "spine at zero": lambda axes: axes.spines.left.set_position("zero"),
    "short spine": lambda axes: axes.spines.left.set_bounds(2e6, 3e6),
    "hidden spine": lambda axes: axes.spines.bottom.set_visible(False),
    "place": lambda axes: axes.set_position([0.3, 0.3, 0.5, 0.5]),
    "shape": lambda axes: axes.set_aspect(1e-6),
    "hidden axis": lambda axes: axes.xaxis.set_visible(False),
    "no axes": lambda axes: axes.axis("off"),
    "one tick's colour": lambda axes: axes.xaxis.get_major_ticks()[2].label1.set_color("red"),
    "labels' own look": lambda axes: axes.set_xticks([0, 1], ["a", "b"], rotation=45),
    "look of what was returned": lambda axes: axes.set_xticks([0, 2])[0].label1.set_size(19),
    "look of returned labels": lambda axes: (
        axes.set_yticks([0, 2e6]), [label.set_color("red") for label in axes.set_yticklabels(["low", "high"])],
    ),
    "rasterized": lambda axes: axes.xaxis.set_rasterized(True),
    "clipped labels": lambda axes: axes.xaxis.label.set(clip_on=True, clip_box=axes.bbox),
    "a group": lambda axes: axes.xaxis.set_gid("static-interact: colours as they are"),
    "a label's group": lambda axes: axes.xaxis.label.set_gid("static-interact: colours as they are"),
    "twins": lambda axes: axes.twinx().plot([2e5, 7e5]),
    "an inset": lambda axes: axes.inset_axes([0.5, 0.5, 0.4, 0.4]).plot([1, 2]),
    "a secondary axis": lambda axes: axes.secondary_xaxis("top", functions=(np.degrees, np.radians)).set_xlabel("deg"),
    "a colour bar": lambda axes: axes.figure.colorbar(axes.scatter([1, 2], [1, 2], c=[3e-7, 5e-7]), ax=axes),
    "constrained layout": lambda axes: axes.figure.set_layout_engine("constrained"),
    "tight layout": lambda axes: axes.figure.tight_layout(),
}  # fmt: skip
STYLES = {
    "larger ticks": {"xtick.major.size": 9, "ytick.color": "red"},
    "other letters": {"font.family": "serif"},
    "larger labels": {"axes.labelsize": 19, "ytick.labelsize": 5},
    "no minus sign": {"axes.unicode_minus": False, "axes.formatter.use_mathtext": True},
    "sketched": {"path.sketch": (1, 100, 2)},
}


def changed(name):
    def make():
        with mpl.rc_context(STYLES.get(name, {})):
            figure, axes = base()
            if name in CHANGES:
                CHANGES[name](axes)
        return figure

    return make


def unchanged():
    return base()[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CHANGES, *STYLES])
def test_what_changes_is_noticed(name, plainly):
    makes = [unchanged, changed(name), changed(name), unchanged, changed(name)]
    before, after = plainly([unchanged, changed(name)])
    assert before != after
    assert frames(makes) == [before, after, after, before, after]


def late_style():
    """Parameters that change between the making of axes and their drawing."""
    figure, _ = base()
    figure.stale_callback = None
    mpl.rcParams["xtick.labelsize"] = 19
    return figure


def test_the_style_of_the_drawing_counts_too(plainly):
    with mpl.rc_context():
        wanted = plainly([unchanged, late_style])
    with mpl.rc_context():
        assert frames([unchanged, late_style]) == wanted


@pytest.mark.parametrize("which", ["x", "y"])
def test_a_scale_that_moves_the_same_ticks_is_noticed(which, plainly):
    def make(scale):
        figure, axes = plt.subplots()
        axes.set(**{f"{which}scale": scale, f"{which}lim": (0, 3)})
        getattr(axes, f"set_{which}ticks")([0, 1, 2], ["a", "b", "c"])
        getattr(axes, f"{which}axis").set_minor_locator(NullLocator())
        return figure

    makes = [functools.partial(make, scale) for scale in ("linear", "symlog", "linear")]
    assert frames(makes) == plainly(makes)


def aligned():
    figure, (left, right) = plt.subplots(1, 2)
    left.set(xlabel="x", xticks=[0, 1], xticklabels=["one\nline", "two\nlines"])
    right.set(xlabel="x", xticks=[0, 1])
    figure.align_labels()
    return figure


def side_by_side():
    figure, (_, right) = plt.subplots(1, 2)
    right.set(xlabel="x", xticks=[0, 1])
    return figure


def test_a_label_that_others_move_is_placed_anew(plainly):
    makes = [side_by_side, aligned, side_by_side, aligned]
    assert frames(makes) == plainly(makes)


@pytest.mark.slow
@pytest.mark.parametrize("kind", gallery.KINDS)
def test_no_figure_of_the_gallery_looks_different(kind, plainly):
    makes = [functools.partial(gallery.KINDS[kind], value) for value in (0.0, 0.4, 0.5, 0.4)]
    assert frames(makes) == plainly(makes)


def test_the_second_frame_makes_no_ticks_and_measures_no_text(monkeypatch):
    drawers = [FigureDrawer() for _ in SIZES]
    with ticks.late(), ticks.copied():
        draw(unchanged, drawers)
        with monkeypatch.context() as patch:  # taken back before `late` takes back its own
            made = count(patch, Axis, "_get_tick")
            updated = count(patch, Axis, "_update_ticks")
            draw(unchanged, drawers)
    assert (made, updated) == ([], [])


def test_a_changed_axis_leaves_the_other_one_as_it_was(monkeypatch):
    drawers = [FigureDrawer() for _ in SIZES]
    with ticks.late(), ticks.copied():
        draw(unchanged, drawers)
        drawn = count(monkeypatch, Axis, "draw")
        draw(changed("limits"), drawers)
    assert len(drawn) == len(SIZES)  # the x axis, once a size


def test_looks_are_few(monkeypatch):
    monkeypatch.setattr(again, "MOST", 6)
    drawers = [FigureDrawer() for _ in SIZES]

    def limited(top):
        figure, axes = base()
        axes.set(xlim=(0, top))
        return figure

    with ticks.late():
        for top in range(1, 20):
            draw(functools.partial(limited, top), drawers)
    looks = [renderer.looks._looks for drawer in drawers for renderer in drawer._renderers.values()]
    assert 2 <= min(map(len, looks)) and max(map(len, looks)) <= 6


def test_a_style_for_each_frame_is_drawn_as_ever(plainly, monkeypatch):
    monkeypatch.setattr(again, "STYLES", 3)

    def sized(size):
        with mpl.rc_context({"xtick.labelsize": size}):
            return unchanged()

    makes = [functools.partial(sized, size) for size in (7, 8, 9, 10, 11, 7)]
    assert frames(makes) == plainly(makes)
    looks = again.Looks()
    assert [looks._style({"size": size}) for size in (1, 2, 3, 1)] == [0, 1, 2, 0]
    with pytest.raises(again._NotUnderstood):
        looks._style({"size": 4})


def test_a_label_that_is_wrapped_depends_on_the_figure_s_width():
    def tree(drawer, width):
        figure = plt.figure(figsize=(width, 3))
        axes = figure.add_axes([0.8 / width, 0.4, 2 / width, 0.5])  # at the same place of the canvas
        axes.set_xlabel("a label of so many words that it needs two lines or three", wrap=True)
        return pack(drawer.tree(figure, "a-"))

    drawer = FigureDrawer()
    with ticks.late():
        found = [tree(drawer, width) for width in (3, 9, 3)]
    assert found == [tree(FigureDrawer(), width) for width in (3, 9, 3)]
    assert found[0] != found[1]


def test_axes_with_attributes_of_their_own_are_drawn_as_ever(plainly):
    def marked():
        figure, axes = base()
        axes.xaxis.note = object()
        axes.xaxis.label.set_color("red")
        return figure

    assert frames([unchanged, marked, marked]) == plainly([unchanged, marked, marked])


def test_axes_of_another_kind_are_drawn_as_ever(monkeypatch):
    class Others(Axes):
        name = "others"

        def get_xaxis_text1_transform(self, pad_points):
            return super().get_xaxis_text1_transform(3 * pad_points)

    def make():
        figure = plt.figure()
        figure.add_subplot(axes_class=Others)
        return figure

    looked = count(monkeypatch, again.Looks, "of")
    frames([make, make])
    assert not looked


def test_what_goes_wrong_in_a_drawing_leaves_matplotlib_as_it_was():
    def wrong():
        figure, axes = base()
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: 1 / 0))
        return figure

    with pytest.raises(ZeroDivisionError), ticks.late():
        frames([unchanged, wrong])


@pytest.mark.parametrize("name", ["_get_ticks_position", "_tick_group_visible", "_get_axis_name"])
def test_a_matplotlib_without_these_methods_draws_as_it_does(name, monkeypatch):
    monkeypatch.delattr(Axis, name)
    before = Axis.draw
    with again.drawn(again.Looks(), plt.figure()):
        assert Axis.draw is before
