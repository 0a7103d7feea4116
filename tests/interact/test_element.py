"""The element as html: ids, escaping, what it leaves out; the script and style that go with it."""

import ast
import functools
import gzip
import json
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from ipywidgets import Checkbox, Dropdown, IntRangeSlider, IntSlider, RadioButtons

from static_interact import dress, element, hosts, theme
from static_interact.bake import bake
from static_interact.explorer import Explorer
from static_interact.settings import Options

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--"


class Reader(HTMLParser):
    """Tags, ids and texts, as a browser's parser would see them."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.attributes, self.text = [], [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attributes]
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_data(self, data):
        self.text += data


def tell(a):
    print("a is", a)


def baked(function=tell, identifier="si-t-1-abcd", widgets=None, **options):
    explorer = Explorer.of(function, widgets or {"a": IntSlider(1, 0, 3)}, identifier, **options)
    return bake(explorer, explorer.html)


def table(html):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)[1])


# ---- ids


def test_identifiers_are_plain_ascii_and_told_apart_by_content():
    class Thing:
        def __call__(self):
            pass

    for function, name in [
        (tell, "tell"), (lambda: 0, "lambda"), (functools.partial(functools.partial(tell, 1), 2), "tell"),
        (Thing(), "thing"), (type("Größe", (), {"__call__": print})(), "gre"), (type("物", (), {})(), "figure"),
    ]:  # fmt: skip
        made = element.identifier(function, 3, "content")
        assert re.fullmatch(rf"si-{name}-3-[0-9a-f]{{4}}", made), made
    assert element.identifier(tell, 1, "a") == element.identifier(tell, 1, "a")
    assert element.identifier(tell, 1, "a") != element.identifier(tell, 1, "b")


def test_ids_are_unique_in_an_element_with_all_parts():
    html = baked(ask={"question": "q", "choices": ["a", "b"]}, caption="c", narrow=(3, 3))
    ids = Reader(html).ids
    assert len(ids) == len(set(ids)) > 1 and all(name.startswith("si-t-1-abcd") for name in ids)


# ---- escaping


@pytest.mark.parametrize("option", ["caption", "alt", "ask", "describe"])
def test_options_are_text(option):
    def draw(a):
        import matplotlib.pyplot as plt

        plt.figure(figsize=(1, 1))

    given = (lambda a: EVIL) if option == "describe" else EVIL
    harmless = Reader(baked(draw, **{option: (lambda a: "x") if option == "describe" else "x"}))
    harmful = Reader(baked(draw, **{option: given}))
    assert harmful.tags == harmless.tags and harmful.attributes == harmless.attributes
    if option != "alt":
        assert EVIL in harmful.text


def test_labels_options_and_printed_text_are_text():
    def show(a, b):
        print(EVIL, a, b)

    def widgets(text):
        return {
            "a": Dropdown(options=[text, "b"], description=text),
            "b": RadioButtons(options=[text], description=text),
        }

    def harmless(a, b):
        print("x", a, b)

    one, other = Reader(baked(show, widgets=widgets(EVIL))), Reader(baked(harmless, widgets=widgets("x")))
    assert one.tags == other.tags and one.attributes == other.attributes
    assert one.text.count(EVIL) >= 5


def test_table_cannot_leave_its_script_element():
    def show(a):
        print(EVIL * a)

    html = baked(show)
    inside = re.search(r'<script type="application/json">(.*?)</script></static-interact>$', html, re.DOTALL)[1]
    assert "</" not in inside and "<!--" not in inside
    assert json.loads(inside)["names"] == ["a"]


# ---- what the table says, and what is left out


def test_table_names_controls_values_and_starts():
    html = baked(
        lambda **k: print(k),
        widgets={"n": IntSlider(1, 0, 3), "pair": IntRangeSlider(value=(1, 2), min=0, max=3), "box": Checkbox(True)},
    )
    data = table(html)
    assert data["names"] == ["n", "pair-low", "pair-high", "box"]
    assert data["controls"] == [f"si-t-1-abcd-{name}" for name in ["n", "pair-low", "pair-high", "box"]]
    assert data["start"] == [1, 1, 2, 1]
    assert data["labels"] == [["0", "1", "2", "3"]] * 3 + [["False", "True"]]
    assert len(data["views"]) == 1 and not {"single", "ask"} & set(data)


def test_lists_are_called_by_their_options_names():
    widgets = {"a": Dropdown(options=[("one", 1), ("two", 2)], value=2)}
    html = baked(widgets=widgets, ask={"question": "q", "answer": {"a": 1}})
    assert table(html)["labels"] == [["one", "two"]]
    assert table(html)["ask"]["says"] == ["Right: one.", "You said two. The answer: one."]


def test_parts_are_there_if_asked_for_alone():
    plain = baked()
    for piece in ("figcaption", "si-ask", "si-narrow", "si-describe", "si-drag", "<style>"):
        assert piece not in plain
    full = baked(caption="c $x$", ask="q", narrow=(3, 3), describe=lambda a: f"It is {a}.")
    for piece in ("figcaption", "si-ask", "si-narrow", "si-describe"):
        assert piece in full
    assert len(table(full)["views"]) == 2 and table(full)["ask"]


def test_a_figure_without_controls_has_no_script_and_no_table():
    html = element.build(
        "si-s-1-abcd", views=[element.View(ElementTree.fromstring("<div><pre>x</pre></div>"))], caption="c"
    )
    assert "<script" not in html and "noscript" not in html and "si-state" not in html and "<pre>x</pre>" in html


def test_start_is_said_for_print():
    assert '<p class="si-state">a = 1</p>' in baked()


# ---- options that need the figure


@pytest.mark.parametrize("given", [3.4, (3.4,), (3.4, "3"), (0.4, 3), (3, 21), (3, 3, 3), "33"])
def test_narrow_must_be_a_size(given):
    with pytest.raises(ValueError, match=r"narrow must be \(width, height\) in inches"):
        dress.narrow_size(given)


def test_narrow_figure_has_its_own_size_and_ids():
    import matplotlib.pyplot as plt

    def draw(a):
        axes = plt.figure(figsize=(5, 2)).add_axes([0, 0, 1, 1])
        axes.set_axis_off()
        axes.plot([0, a + 1])

    html = baked(draw, narrow=(3, 2.5))
    assert re.findall(r'<svg viewBox="([^"]*)"', html) == ["0 0 360 144", "0 0 216 180"]
    assert len(set(Reader(html).ids)) == len(Reader(html).ids)


@pytest.mark.parametrize("given, message", [(3, "must be a function"), (lambda a: 3, "must return a text, got 3")])
def test_describe_must_be_a_function_that_returns_text(given, message):
    with pytest.raises(TypeError, match=f"describe {message}"):
        baked(describe=given)


def test_drag_is_drawn_on_the_first_figure_of_a_frame():
    import matplotlib.pyplot as plt

    def two(a):
        for _ in range(2):
            plt.figure(figsize=(2, 2)).add_axes([0, 0, 1, 1]).set(xlim=(0, 3))

    first, second = baked(two, drag={"a": "x"}).split("<svg")[1:]
    assert "si-drag" in first and "si-drag" not in second


# ---- colours


def test_every_colour_has_a_value_for_light_and_for_dark_pages():
    rules = theme.rules({"000000", "0072b2"}, "#a")
    assert rules.count("--si-000000:") == rules.count("--si-0072b2:") == 2
    assert re.search(r"--si-0072b2:light-dark\(#0072b2,#[0-9a-f]{6}\)", rules)
    assert theme.rules(set(), "#a") == ""


# ---- script and style


def test_shipped_script_is_of_this_version_and_small():
    first = hosts.SMALL.read_text().partition("\n")[0]
    assert first == f"//{hosts.fingerprint()}", "run python -m tools.minify"
    assert len(gzip.compress(hosts.script().encode(), 9, mtime=0)) <= 6000
    assert len(gzip.compress(hosts.style().encode(), 9, mtime=0)) <= 2600


def test_script_can_stand_in_a_page_and_needs_no_eval():
    for text in (hosts.script(), hosts.source()):
        assert "</script" not in text.lower() and "<!--" not in text
        assert not re.search(r"\beval\b|new Function|import\(|https?://(?!www\.w3)", text)


def test_without_a_fresh_copy_the_sources_are_shipped(tmp_path, monkeypatch):
    stale = tmp_path / "small.js"
    stale.write_text("//0123\nold()")
    for small in (stale, tmp_path / "missing.js"):
        monkeypatch.setattr(hosts, "SMALL", small)
        assert hosts.script() == hosts.source()


@pytest.mark.parametrize("said, way", [(None, ""), ("0", ""), ("1", "1"), ("inline", "inline"), ("each", "each")])
def test_ways_of_baking(monkeypatch, said, way):
    monkeypatch.setenv(hosts.BAKE, said or "")  # put back afterwards, whatever happens to it here
    if said is None:
        monkeypatch.delenv(hosts.BAKE)
    assert hosts.way() == way
    hosts.bake_here()
    assert hosts.way() == (way or "each")
    monkeypatch.setenv(hosts.BAKE, "yes")
    with pytest.raises(ValueError, match="must be one of 1, inline, each, got 'yes'"):
        hosts.way()


def test_who_carries_the_script(monkeypatch):
    for said, carried in {"1": [0, 0], "inline": [1, 0], "each": [1, 1]}.items():
        monkeypatch.setattr(hosts._kernel, "carried", False)
        monkeypatch.setenv(hosts.BAKE, said)
        pages = [hosts.carried("<p>") for _ in range(2)]
        assert [page.count("<script") for page in pages] == carried and all(page.endswith("<p>") for page in pages)


def test_renewed_pages_have_one_copy_where_it_belongs():
    figure = '<static-interact id="a"></static-interact>'
    old = hosts.assets().replace("{", "{ /*old*/", 1)
    for page in (f"<head><title>t</title></head><body>{old}{figure}{old}</body>", f"<p>{old}{figure}"):
        new = hosts.renew(page)
        assert new.count('<script class="si-assets">') == 1 and "/*old*/" not in new and hosts.renew(new) == new
    linked = hosts.renew(f"<head></head>{figure}", "a&b.js", "c.css")
    assert '<script class="si-linked" defer src="a&amp;b.js"></script>' in linked and 'href="c.css"' in linked


# ---- the package by itself


def test_pages_may_be_renewed_any_number_of_times_in_any_way():
    page = '<head></head><static-interact id="a"></static-interact>'
    inline, linked = hosts.renew(page), hosts.renew(page, "a.js", "c.css")
    for before in (page, inline, linked):
        assert hosts.renew(before) == inline and hosts.renew(before, "a.js", "c.css") == linked


def test_package_asks_for_what_it_imports():
    project = tomllib.loads((hosts.HERE / "pyproject.toml").read_text())["project"]
    asked = {re.match(r"[\w-]+", name)[0].lower() for name in project["dependencies"]}
    comes_with = {
        "IPython": "ipywidgets",
        "traitlets": "ipywidgets",
        "comm": "ipywidgets",
        "PIL": "matplotlib",
        "fontTools": "matplotlib",
    }
    for path in hosts.HERE.glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in (name.split(".")[0] for name in names):
                if name in sys.stdlib_module_names or (name == "sphinx" and path.stem == "sphinx_ext"):
                    continue
                assert comes_with.get(name, name) in asked, f"{path.name} imports {name}"


def test_post_processor_explains_itself():
    done = subprocess.run(
        [sys.executable, "-m", "static_interact", "--help"], capture_output=True, text=True, check=True
    )
    assert "exactly one copy" in done.stdout and "--link" in done.stdout


def test_options_are_known():
    assert {"caption", "alt", "ask", "drag", "narrow", "describe", "bake", "errors"} == set(vars(Options()))
