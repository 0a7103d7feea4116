"""The cleaning and encoding of frames, without a browser."""

import re

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from static_interact import IntSlider
from static_interact.bake import bake
from static_interact.colors import dark_counterpart
from static_interact.encode import Columns, encode
from static_interact.explorer import Explorer
from static_interact.figure import figure_tree
from static_interact.svg import Element, to_html


def bars(height, title="t", color="#d55e00"):
    figure, axes = plt.subplots(figsize=(3, 2))
    axes.set(ylim=(0, 4), title=title)
    axes.bar([0, 1], [height, 1], color=color)
    return figure


# --- SVG --------------------------------------------------------------------------------------------------------


def test_equal_figures_give_equal_trees():
    assert to_html(figure_tree(bars(2), "a-")) == to_html(figure_tree(bars(2), "a-"))
    assert to_html(figure_tree(bars(2), "a-")) != to_html(figure_tree(bars(2.1), "a-"))


def test_ids_are_prefixed_and_resolved():
    markup = to_html(figure_tree(bars(2), "fig7-"))
    ids = set(re.findall(r' id="([^"]+)"', markup))
    references = set(re.findall(r'(?:url\(|href=")#([^")]+)', markup))
    assert ids and references == ids and all(name.startswith("fig7-") for name in ids)


def test_no_style_element_leaks_and_every_colour_is_a_variable():
    markup = to_html(figure_tree(bars(2), "a-"))
    assert "<style" not in markup
    assert "var(--si-d55e00)" in markup
    assert not re.search(r"#[0-9a-f]{6}\b", markup)


def test_ground_of_a_hatch_follows_the_theme():
    figure, axes = plt.subplots()
    axes.bar(0, 1, facecolor="#ffffff", edgecolor="#c00000", hatch="///")
    markup = to_html(figure_tree(figure, "a-"))
    plt.close(figure)
    ground = re.search(r"<pattern[^>]*><rect([^>]*)>", markup)[1]
    assert "fill:var(--si-ffffff)" in ground and not re.search(r'fill="#', markup)


def test_every_colour_of_every_frame_has_a_value_in_both_themes():
    """Also one that no other frame has, in a slot whose colour alone changes."""
    colors = ["#112233", "#445566", "#778899"]

    def shades(n):
        return bars(2, color=colors[n])

    html = bake(Explorer.of(shades, {"n": IntSlider(value=0, min=0, max=2)}, "a"))
    for color in colors:
        assert f"--si-{color[1:]}:{color}" in html
        assert f"--si-{color[1:]}:light-dark({color},{dark_counterpart(color)})" in html


def test_dark_counterparts_keep_order_and_contrast():
    def lightness(color):
        return sum(int(color[k : k + 2], 16) for k in (1, 3, 5))

    greys = [dark_counterpart(f"#{level:02x}{level:02x}{level:02x}") for level in range(0, 256, 15)]
    assert [lightness(c) for c in greys] == sorted((lightness(c) for c in greys), reverse=True)


# --- encoding ---------------------------------------------------------------------------------------------------


def decode(data, frame_index, parts):
    """What static_interact.js does with one slot, written a second time."""
    chosen = np.unravel_index(frame_index, data["shape"]) if data["shape"] else ()
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
            continue
        column = data["columns"][part]
        place = 0
        for axis in column["axes"]:
            place = place * data["shape"][axis] + int(chosen[axis])
        if "words" in column:
            out.append(column["words"][column["pick"][place]])
        else:
            out.append(f"{np.cumsum(column['numbers'])[place] / column['scale']:.10f}".rstrip("0").rstrip("."))
    return "".join(out)


@given(st.lists(st.integers(-99, 99), min_size=12, max_size=12), st.sampled_from([1, 10, 1000]))
def test_number_columns_survive(values, scale):
    texts = [f"{v / scale:.6f}".rstrip("0").rstrip(".") for v in values]
    texts = ["0" if t in {"-0", ""} else t for t in texts]
    columns = Columns((3, 4))
    place = columns.add(dict(enumerate(texts)), numeric=True)
    data = {"shape": [3, 4], "columns": columns.table}
    assert [float(decode(data, k, [place])) for k in range(12)] == [float(t) for t in texts]


def test_a_column_is_stored_over_the_controls_it_depends_on():
    columns = Columns((5, 7))
    only_second = columns.add({frame: f"{frame % 7}" for frame in range(35)}, numeric=True)
    both = columns.add({frame: f"{frame}" for frame in range(35)}, numeric=True)
    assert columns.table[only_second]["axes"] == [1] and len(columns.table[only_second]["numbers"]) == 7
    assert columns.table[both]["axes"] == [0, 1]
    assert columns.add({frame: f"{frame % 7}" for frame in range(35)}, numeric=True) == only_second


def wrapped(tree):
    div = Element("div")
    div.append(tree)
    return div


def test_frames_of_other_structure_get_templates_of_their_own():
    def figure(n):
        fig, axes = plt.subplots(figsize=(2, 2))
        axes.plot(range(n + 2), marker="o", linestyle="none")
        return fig

    trees = [figure_tree(figure(n), "a-") for n in range(3)]
    data = encode([wrapped(tree) for tree in trees], [3], start=1)
    assert len(data["groups"]) == 3
    assert ["template" in group for group in data["groups"]] == [True, False, True]


def test_script_end_tag_in_text_does_not_end_the_data():
    html = bake(Explorer.of(lambda n: print(f"</script><b>{n}"), {"n": IntSlider(value=0, min=0, max=2)}, "x"))
    assert html.count("</script>") == 1 and "&lt;/script&gt;&lt;b&gt;0" in html
