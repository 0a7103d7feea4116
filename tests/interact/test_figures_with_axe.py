"""axe-core finds nothing on a page of figures with every kind of control, in both themes and on a phone."""

import ipywidgets
import matplotlib.pyplot as plt
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.interact import pages


def shown(**values):
    figure, axes = plt.subplots(figsize=(4, 2))
    axes.plot([0, 1], [0, sum(value for value in values.values() if isinstance(value, (int, float)))])
    axes.set(xlim=(0, 1), ylim=(0, 9))
    print(values)
    return figure


def sliders():
    return {
        "a": ipywidgets.IntSlider(2, 0, 3, description="whole"),
        "b": ipywidgets.FloatRangeSlider(value=(1, 2), min=0, max=2, step=1, description="from, to"),
        "c": ipywidgets.SelectionSlider(options=["low", "high"], description="level"),
    }


def choices():
    return {
        "d": ipywidgets.RadioButtons(options=["one", "two"], description="radio"),
        "e": ipywidgets.ToggleButtons(options=["slow", "fast"], description="speed"),
        "f": ipywidgets.Dropdown(options=["x", "y"], description="list"),
        "g": ipywidgets.Checkbox(description="box"),
    }


def others():
    return {
        "h": ipywidgets.Select(options=["x", "y"], description="open list"),
        "i": ipywidgets.BoundedIntText(3, 0, 4, description="number"),
        "j": ipywidgets.Play(min=0, max=2, description="play"),
        "k": ipywidgets.IntSlider(1, 0, 2),  # without a description
    }


def fails(a):
    return shown(a=1 / (a - 2))


@pytest.fixture(scope="module")
def markup():
    ask = {"question": "Which is it?", "choices": ["this", "that"], "answer": "that", "why": "So it is."}
    number = {"question": "How much?", "answer": {"a": 2}}
    return pages.page(
        pages.figure(shown, sliders, "si-s-1-aaaa", caption="Sliders", drag={"a": "y"}, narrow=(3.4, 2)),
        pages.figure(shown, choices, "si-c-2-aaaa", caption="Choices", ask=ask, describe=lambda **v: f"It shows {v}"),
        pages.figure(shown, others, "si-o-3-aaaa", caption="Others", bake=4),
        pages.figure(fails, lambda: {"a": sliders()["a"]}, "si-f-4-aaaa", ask=number),
    )


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser, tmp_path, markup, theme, width):
    path = tmp_path / "page.html"
    path.write_text(markup.replace('data-theme="light"', f'data-theme="{theme}"'), encoding="utf-8")
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(path.as_uri())
    found = {"locked": Axe().run(page)}
    page.locator(".si-skip").last.click()
    page.locator(".si-open").get_by_label("this").check()
    page.get_by_role("button", name="Commit").click()
    page.get_by_label("whole").first.press("End")
    page.wait_for_timeout(900)
    assert page.get_by_role("button", name="Reset").first.is_visible()
    found["moved"] = Axe().run(page)
    page.context.close()
    for state, results in found.items():
        told = [(v["id"], v["impact"], [n["html"][:160] for n in v["nodes"]]) for v in results.response["violations"]]
        assert told == [], state
        assert len(results.response["passes"]) > 15, "axe has looked at something"


def test_axe_would_find_something(browser, tmp_path, markup):
    """The page without labels is not accessible, and is found out."""
    path = tmp_path / "page.html"
    path.write_text(markup.replace("<label for=", "<span for="), encoding="utf-8")
    page = browser.new_context().new_page()
    page.goto(path.as_uri())
    assert {"label", "select-name"} <= {v["id"] for v in Axe().run(page).response["violations"]}
    page.context.close()
