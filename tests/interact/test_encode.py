"""Frames survive encoding: any trees, over any grid; and what is stored of them is little."""

import itertools
import json
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from static_interact.decode import Decoder
from static_interact.encode import NotSeparable, encode
from tests.interact.trees import DRAWN, WRITTEN, bars, div, grids, ragged


def canonical(element):
    """The same value for the same tree: names, attributes and texts, where no text is an empty one."""
    children = tuple((canonical(child), child.tail or "") for child in element)
    return (element.tag, tuple(element.attrib.items()), element.text or "", children)


def survives(frames, shape, start, groups=None):
    """Encode, write as JSON, read, and compare every frame, forwards and backwards; return the data."""
    encoded = encode(frames, shape, start, groups)
    data = json.loads(json.dumps(encoded.data))
    decoder = Decoder(data, encoded.template)
    for index in [*sorted(frames), *sorted(frames, reverse=True)]:
        assert canonical(decoder.frame(index)) == canonical(frames[index]), index
    return data


# --- trees that differ ------------------------------------------------------------------------------------------


@given(grids())
@settings(max_examples=3 * settings.default.max_examples)
def test_any_trees_survive(grid):
    survives(*grid)


@given(grids(DRAWN, "svg"))
@settings(max_examples=max(5, settings.default.max_examples // 5))
def test_drawings_survive(grid):
    survives(*grid)


@given(grids(WRITTEN))
@settings(max_examples=max(5, settings.default.max_examples // 5))
def test_texts_survive(grid):
    survives(*grid)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6), st.integers(0, 5))
@settings(max_examples=settings.default.max_examples)
def test_paths_of_any_length_survive(counts, seed):
    frames = {(k,): div(f'<svg><path d="{ragged(n, seed)}"/></svg>') for k, n in enumerate(counts)}
    survives(frames, (len(counts),), (0,))


@pytest.mark.slow
def test_every_format_of_numbers_survives():
    rows = [
        "0",
        "-0",
        "0.0",
        "-0.5",
        "007",
        "1e5",
        "1e-05",
        "12345678901",
        "2147483648",
        "-2147483649",
        "0.123456",
        ".5",
        "5.",
    ]
    rows += ["1.50", "1.5", "100", "0.10", "nan", "−1", "--si-000000", "--si-00000g", "#ff0000", ""]
    for pair in itertools.product(rows, repeat=2):
        frames = {
            (k,): div(f'<p title="{text}" style="fill:{text}">{text} and {text}</p>') for k, text in enumerate(pair)
        }
        survives(frames, (2,), (1,))


# --- what is stored ---------------------------------------------------------------------------------------------


def weight(data):
    return len(json.dumps(data, separators=(",", ":")))


def test_a_column_is_stored_over_the_controls_it_depends_on():
    frames = {
        (i, j): div(f"<svg>{bars(i, 3 * j, i * j)}</svg><p>{i}</p>") for i, j in itertools.product(range(5), range(7))
    }
    data = survives(frames, (5, 7), (2, 2))
    sizes = {tuple(sorted(axes)): count for axes, _, count, *_ in data["sheets"]}
    assert sizes == {(0,): 1, (1,): 1, (0, 1): 1}, "a bar's corners, and the text, share one column"


def test_raw_markup_is_stored_whole():
    frames = {(k,): div(f"<si-raw>&lt;b&gt;{k} or {k * k}</si-raw>") for k in range(3)}
    data = survives(frames, (3,), (0,))
    assert data["tables"] == [[f"<b>{k} or {k * k}" for k in range(3)]] and data["slots"][0][2] == 3


def test_colours_are_numbered_from_dark_to_light():
    colors = ["ffffff", "000000", "888888"]
    frames = {(k,): div(f'<i style="fill:var(--si-{color});x:{k}"/>' * 9) for k, color in enumerate(colors)}
    assert survives(frames, (3,), (0,))["tables"] == [["--si-000000", "--si-888888", "--si-ffffff"]]


def test_what_is_the_same_in_all_units_of_a_run_takes_nothing():
    frames = {(k,): div('<use x="1" y="2"/>' * (9 + k)) for k in range(4)}
    data = survives(frames, (4,), (0,))
    assert data["slots"] == [] and len(data["runs"]) == 1


def test_counts_and_numbers_over_one_control_share_a_sheet():
    frames = {(k,): div(f"<p>{k}</p>{'<i/>' if k % 3 else ''}{'<b/>' * (9 + k)}") for k in range(7)}
    data = survives(frames, (7,), (0,))
    assert [sheet[:3] for sheet in data["sheets"]] == [[[0], 0, 3]]


def ticks(count):
    return "".join(f'<use href="#t" x="{50 * k}" y="9"/><text x="{50 * k}" y="20">{k}</text>' for k in range(count))


def figure(count, level):
    return div(f'<svg>{ticks(count)}<path d="{ragged(100)}"/><g clip-path="url(#c)">{bars(level, 7)}</g></svg>')


def test_one_tick_more_costs_a_few_bytes():
    plain = {(k,): figure(5, k) for k in range(20)}
    ticked = {(k,): figure(5 + (k > 9), k) for k in range(20)}
    more = weight(survives(ticked, (20,), (0,))) - weight(survives(plain, (20,), (0,)))
    assert 0 < more < 200
    runs = survives(ticked, (20,), (0,))["runs"]
    assert len(runs) == 2, "the tick's mark and its label"


def test_a_legend_entry_more_leaves_the_rest_alone():
    def legend(count):
        entries = "".join(
            f'<path d="M0 {9 * k}L9 {9 * k}" style="stroke:#00000{k}"/><text y="{9 * k}">line {k}</text>'
            for k in range(count)
        )
        return div(f'<svg>{ticks(6)}<g id="legend">{entries}</g>{bars(1, 2, 3)}</svg>')

    data = survives({(k,): legend(1 + k) for k in range(4)}, (4,), (1,))
    assert data["slots"] == [] and len(data["runs"]) == 6


def test_another_number_of_points_changes_that_attribute_alone():
    frames = {(k,): div(f'<svg>{ticks(6)}<path d="{ragged(60 + k)}" style="fill:none"/></svg>') for k in range(9)}
    data = survives(frames, (9,), (4,))
    assert [slot[1] for slot in data["slots"]] == ["d"] and not data["extras"] and not data["runs"]


def test_many_elements_of_any_number_are_a_run():
    frames = {
        (k,): div(f'<svg>{"".join(f"""<use x="{n * k}" y="{n}"/>""" for n in range(10 + k))}{ticks(2)}</svg>')
        for k in range(9)
    }
    data = survives(frames, (9,), (4,))
    assert len(data["runs"]) == 1 and len(data["slots"]) == 2
    ((_, _, markup, times),) = data["extras"]
    assert markup.count("<use") == 1 and times == 4, "the units that the first frame lacks are copies"


def test_paths_of_any_length_in_a_run_of_any_number_and_of_one():
    for counts in ([50, 50, 50], [1, 9, 1], [1, 1, 1]):
        frames = {
            (k,): div(
                "<svg>" + "".join(f'<path d="{ragged(20 + k + n, n)}"/>' for n in range(count)) + ticks(k) + "</svg>"
            )
            for k, count in enumerate(counts)
        }
        assert len(survives(frames, (3,), (1,))["runs"]) >= 1


@pytest.mark.slow
def test_smooth_curves_need_less_than_a_bit_a_number():
    x = np.linspace(0, 6, 200)

    def curves(rate):
        lines = [np.sin(rate * x), np.exp(-x * rate / 3), 1 / (1 + np.exp(-rate * (x - 3)))]
        paths = ("L".join(f"{50 * a:.1f} {90 - 60 * b:.1f}" for a, b in zip(x, y, strict=False)) for y in lines)
        return div("<svg>" + "".join(f'<path d="M{path}"/>' for path in paths) + "</svg>")

    rates = np.linspace(0.5, 2, 101)
    data = survives({(k,): curves(rate) for k, rate in enumerate(rates)}, (101,), (50,))
    assert len(data["code"]) * 6 / 101 < 600, "three curves of 200 points"
    assert weight(data) - len(data["code"]) < 900


def test_equal_frames_need_nothing():
    data = survives({(k,): figure(4, 3) for k in range(5)}, (5,), (2,))
    assert not data["slots"] and not data["sheets"] and len(data["code"]) < 5


# --- controls that change different parts -----------------------------------------------------------------------


def star(shape, start, groups):
    """The combinations that are known where groups of controls are baked apart."""
    for group in groups:
        for places in itertools.product(*(range(shape[axis]) for axis in group)):
            index = list(start)
            for axis, place in zip(group, places, strict=False):
                index[axis] = place
            yield tuple(index)


def two_panels(a, b, c):
    return div(f"<svg>{bars(a, a * b)}<text>{c:.2f}</text>{ticks(3 + (c > 2))}</svg>")


def test_groups_give_all_combinations():
    shape, start, groups = (4, 3, 5), (1, 2, 0), ((0, 1), (2,))
    known = {index: two_panels(*index) for index in star(shape, start, groups)}
    encoded = encode(known, shape, start, groups)
    decoder = Decoder(json.loads(json.dumps(encoded.data)), encoded.template)
    assert len(known) == 4 * 3 + 5 - 1
    for index in itertools.product(*map(range, shape)):
        assert canonical(decoder.frame(index)) == canonical(two_panels(*index)), index


@pytest.mark.parametrize(
    "frame",
    [
        lambda a, b: div(f"<p>{a + b}</p>"),
        lambda a, b: div(f"<p>{'x' * a}{'y' * b} word</p>"),
        lambda a, b: div("<p>1</p>" * (1 + (a > 1 or b > 1))),
        lambda a, b: div(f'<svg><path d="{ragged(50 + a + b)}"/></svg>'),
        lambda a, b: div(f"<svg>{'<use/>' * (9 + a + b)}</svg>"),
    ],
)
def test_what_depends_on_two_groups_is_refused(frame):
    shape, start, groups = (4, 4), (0, 0), ((0,), (1,))
    known = {index: frame(*index) for index in star(shape, start, groups)}
    with pytest.raises(NotSeparable, match=r"controls of more than one of the groups \[\(0,\), \(1,\)\]"):
        encode(known, shape, start, groups)


def test_what_each_group_leaves_at_its_start_may_differ():
    """A part that the first group changes, and another one that the second group does."""
    shape, start, groups = (3, 3), (1, 1), ((0,), (1,))
    known = {(a, b): div(f"<p>{a} {b}</p>") for a, b in star(shape, start, groups)}
    decoder = Decoder(encode(known, shape, start, groups).data, known[start])
    assert decoder.frame((0, 2))[0].text == "0 2"


# --- errors -----------------------------------------------------------------------------------------------------


def test_start_must_be_a_frame():
    with pytest.raises(ValueError, match=r"frames must hold the frame of start, got start=\(5,\) and 1 other frames"):
        encode({(0,): div("")}, (1,), (5,))


def test_roots_must_be_of_a_kind():
    with pytest.raises(ValueError, match="frames must have roots with the same tag and attributes"):
        encode({(0,): div(""), (1,): ElementTree.Element("p")}, (2,), (0,))


def test_another_first_frame_is_noticed():
    encoded = encode({(k,): figure(3, k) for k in range(3)}, (3,), (0,))
    with pytest.raises(ValueError, match=f"the first frame must have {encoded.data['nodes']} nodes, got 2"):
        Decoder(encoded.data, div("<p/>"))


def test_damaged_numbers_are_noticed():
    frames = {(k,): div(f'<svg><path d="{ragged(80, k)}"/></svg>') for k in range(9)}
    encoded = encode(frames, (9,), (0,))
    code = encoded.data["code"]
    for damaged in ("", code[:-12], code[12:], code + "A" * 12, "A" * len(code)):
        with pytest.raises(ValueError, match="the coded numbers are damaged"):
            Decoder(encoded.data | {"code": damaged}, encoded.template)
