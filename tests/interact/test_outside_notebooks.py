"""Notebooks that were written for ipywidgets, with nothing but the import changed: baked, and alive in a browser."""

import json
import os
import re
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent / "notebooks"
FIGURES = {"forms": 10, "layouts": 6, "grids": 5}
SETTINGS = {"frames": 60}

# Moves every control of the page to all, or a few, of its places; gives those that change nothing or do not lead back.
EXERCISE = """async () => {
  const bare = (html) => html.replaceAll("<!---->", "");  // marks where something may come
  const figures = [...document.querySelectorAll("static-interact")];
  const shown = () => figures.map((figure) => (figure.flush(), bare(figure.querySelector(".si-view").innerHTML))).join();
  const fire = (input) => ["input", "change"].forEach((name) => input.dispatchEvent(new Event(name, {bubbles: true})));
  const moves = (inputs) => {
    const [input] = inputs;
    if (input.type === "radio") return inputs.map((one) => () => { one.checked = true; fire(one); });
    if (input.type === "checkbox") return [false, true].map((on) => () => { input.checked = on; fire(input); });
    const set = (name) => (value) => () => { input[name] = value; fire(input); };
    if (input.tagName === "SELECT") return [...input.options].map((_, place) => set("selectedIndex")(place));
    return [input.min, input.max].map(set("value"));
  };
  const place = (inputs) => {
    const [input] = inputs;
    if (input.type === "radio") return inputs.findIndex((one) => one.checked);
    return input.type === "checkbox" ? input.checked : input.tagName === "SELECT" ? input.selectedIndex : input.value;
  };
  const back = (inputs, before) => {
    const [input] = inputs;
    if (input.type === "radio") return inputs[before].checked = true, fire(inputs[before]);
    input[input.type === "checkbox" ? "checked" : input.tagName === "SELECT" ? "selectedIndex" : "value"] = before;
    fire(input);
  };
  const all = [...document.querySelectorAll("[data-si]")];
  const dead = [], lost = [];
  for (const key of new Set(all.map((input) => input.dataset.si))) {
    const inputs = all.filter((input) => input.dataset.si === key);
    const first = shown(), before = place(inputs);
    const seen = new Set(moves(inputs).map((move) => (move(), shown())));
    if (seen.size < 2) dead.push(key);
    back(inputs, before);
    if (shown() !== first) lost.push(key);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  return {dead, lost, twice: ids.filter((id, place) => ids.indexOf(id) !== place), count: figures.length};
}"""


def import_changed(source):
    """The one change that an author makes."""
    source = re.sub(r"^import ipywidgets as", "import static_interact as", source, flags=re.MULTILINE)
    return re.sub(r"^from ipywidgets import", "from static_interact import", source, flags=re.MULTILINE)


pytestmark = pytest.mark.slow  # a book is built of them


@pytest.fixture(scope="module")
def baked(tmp_path_factory):
    """Each notebook as a bake executes it, what its log says, and its outputs as a page."""
    results = {}
    for name in FIGURES:
        notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        for cell in notebook.cells:
            cell.source = import_changed(cell.source)
        folder = tmp_path_factory.mktemp(name)
        log = folder / "log"
        log.touch()
        environment = {
            "STATIC_INTERACT_BAKE": "inline",
            "STATIC_INTERACT_OPTIONS": json.dumps(SETTINGS),
            "STATIC_INTERACT_PROGRESS": str(log),
        }
        with mock.patch.dict(os.environ, environment):
            NotebookClient(notebook, timeout=300, allow_errors=False).execute()
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        page = folder / "page.html"
        html = "\n".join(output["data"]["text/html"] for output in outputs if "text/html" in output.get("data", {}))
        page.write_text(
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{name}</title><body>{html}</body></html>"
        )
        records = map(json.loads, log.read_text().splitlines())
        results[name] = (notebook, [record["text"] for record in records if "text" in record], page)
    return results


@pytest.mark.parametrize("name", FIGURES)
def test_a_baked_notebook_has_no_widget_and_no_error(baked, name):
    notebook, _, page = baked[name]
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error"
            assert not [kind for kind in output.get("data", ()) if "widget" in kind]
    assert page.read_text().count("<static-interact id=") == FIGURES[name]


@pytest.mark.parametrize("name", FIGURES)
def test_every_control_moves_its_figure_and_leads_back(baked, name, browser):
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(baked[name][2].as_uri())
    found = page.evaluate(EXERCISE)
    page.close()
    assert errors == []
    assert found["dead"] == [] and found["lost"] == [] and found["twice"] == [] and found["count"] == FIGURES[name]


def test_the_log_names_what_does_less_than_in_a_notebook(baked):
    (watched,) = [text for text in baked["layouts"][1] if "waits" in text]
    assert watched == "press: a function waits for this Button; the page shows its present state"
    (text,) = [text for text in baked["grids"][1] if "finite" in text]
    assert text.startswith("greet: name is a Text, which has no finite set of values; a Dropdown would do")
    assert any("fails_at_nought(n=0): ZeroDivisionError" in text for text in baked["forms"][1])


def test_what_was_thinned_is_said_below_the_figure(baked):
    html = baked["grids"][2].read_text()
    figures = re.findall(r'<static-interact id="si-([a-z]+).*?</static-interact>', html, re.DOTALL)
    assert figures == ["panels", "lambda", "lambda", "chosen", "greet"]
    notes = [
        re.findall(r'<p class="si-note">(This page has|Here one|On this page name cannot)', part)
        for part in html.split("<static-interact id=")
    ]
    # The panels are baked apart, so that all their places are there.
    assert notes[1:] == [[], ["This page has"], ["Here one"], ["Here one"], ["On this page name cannot"]]


def test_an_output_filled_later_shows_what_was_put_in(baked):
    notebook = baked["layouts"][0]
    (html,) = [
        output["data"]["text/html"]
        for output in notebook.cells[4].outputs
        if "si-output" in output["data"]["text/html"]
    ]
    # A later cell has cleared it once more: what is on the page is its last state.
    assert "fresh" in html and "gone" not in html and "is True" not in html and "si-apart" in html
    # A figure was made of what waits for the box: that opens as the box was then.
    assert " checked" not in notebook.cells[4].outputs[0]["data"]["text/html"]
    assert "si-changed-5" in notebook.cells[4].outputs[-1]["data"]["text/html"]


def test_values_that_were_asked_for_are_those_of_the_notebook(baked):
    (output,) = baked["forms"][0].cells[8].outputs
    assert output["data"]["text/plain"] == "({'a': 3, 'b': 1}, 4)"
