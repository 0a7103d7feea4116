"""The figures of the built book in a browser: every control moves its figure, and breaks what it should break."""

import re

import pytest

# What is shown in the next frame of the browser: a figure is redrawn at most once for each.
FRAME = """async (element) => {
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const view = [...element.querySelectorAll('.si-view')].find((view) => view.checkVisibility());
  return view.innerHTML.replaceAll('<!---->', '');  // they keep the places of what is not in this frame
}"""
RESET = """control => {
  if (control.type === "checkbox") control.checked = control.defaultChecked;
  else if (control.type === "range") control.value = control.defaultValue;
  else control.selectedIndex = [...control.options].findIndex((option) => option.defaultSelected);
  control.dispatchEvent(new Event("input", {bubbles: true}));
}"""
# To both ends of a slider; through all options of a list.
KEYS = {"range": ["End", "Home"], "select-one": ["Home", *["ArrowDown"] * 9], "checkbox": ["Space", "Space"]}


def figures(visit):
    """The figures that move, with their data loaded and their questions skipped."""
    visit.wake_figures()
    questions = visit.page.locator(".si-open .si-skip")
    while questions.count():
        questions.first.click()
    return visit.page.locator("static-interact:has(.si-controls)")


def frames_by_keyboard(visit, figure, control):
    """What the figure shows while a control's keys are pressed, but for what it showed before; leads back to that."""
    before, seen = figure.evaluate(FRAME), set()
    control.focus()
    for key in KEYS[control.evaluate("control => control.type")]:
        visit.page.keyboard.press(key)
        seen.add(figure.evaluate(FRAME))
    name = f"{figure.get_attribute('id')}: {control.get_attribute('name')}"
    control.evaluate(RESET)
    assert figure.evaluate(FRAME) == before, f"{name} does not lead back"
    return name, seen - {before}


def test_every_control_moves_its_figure_by_keyboard(open_page, page_path):
    visit = open_page(page_path, scheme="file")
    for figure in figures(visit).all():
        controls = figure.locator(".si-controls :is(input, select)").all()
        for control in controls:
            name, seen = frames_by_keyboard(visit, figure, control)
            for other in controls:
                if seen or other is control:
                    continue
                # A format, say, may matter only where another control has been moved.
                other.focus()
                visit.page.keyboard.press("Space" if other.evaluate("control => control.type") == "checkbox" else "End")
                name, seen = frames_by_keyboard(visit, figure, control)
                other.evaluate(RESET)
            assert seen, f"{name} does not change the figure"
    visit.assert_clean()


def test_every_control_has_a_label_and_every_figure_an_alternative(open_page, page_path):
    visit = open_page(page_path)
    for figure in visit.page.locator("static-interact").all():
        identifier = figure.get_attribute("id")
        for control in figure.locator(".si-controls :is(input, select)").all():
            assert control.evaluate("control => control.labels.length") == 1, identifier
        assert figure.locator("figcaption").inner_text().strip(), f"{identifier} has no caption"
        for picture in figure.locator(".si-view svg").all():
            assert picture.get_attribute("role") == "img", identifier
            assert picture.get_attribute("aria-label"), f"{identifier} has no text alternative"


def test_identifiers_are_unique_on_a_page(open_page, page_path):
    visit = open_page(page_path)
    identifiers = visit.page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(identifiers) == len(set(identifiers))


def one_figure(visit, name):
    figures(visit)
    return visit.page.locator(f"static-interact[id*={name}]")


def printed(figure):
    """What the present frame says below its picture."""
    figure.evaluate(FRAME)
    return figure.locator(".si-text:visible").inner_text()


def slide(figure, name, steps):
    """Move a slider to its start, then right by a number of steps; "end" goes to its end."""
    control = figure.locator(f"input[name={name}]")
    control.press("End" if steps == "end" else "Home")
    for _ in range(0 if steps == "end" else steps):
        control.press("ArrowRight")


def nans(figure):
    """The visible texts `nan` in a figure, by their place from left (0) to right (1)."""
    figure.evaluate(FRAME)
    width = float(figure.locator("svg:visible").first.get_attribute("viewBox").split()[2])
    texts = figure.locator("svg text", has_text=re.compile("^nan$"))
    return [float(text.get_attribute("x")) / width for text in texts.all() if text.is_visible()]


def test_front_page_breaks_and_the_stable_side_survives(open_page):
    """Step k is a scale of 10^(k/25 - 1); three times that passes ln(max) of float16, float32 and float64 in turn."""
    visit = open_page("index.html", scheme="file")
    figure = figures(visit).first
    said = figure.locator(".si-html:visible")
    assert nans(figure) == []
    assert said.inner_text().strip() == "All four agree so far."
    walk = {39: 0, 40: 1, 61: 1, 62: 2, 84: 2, 85: 3, 100: 3}
    control, at = figure.locator("input[name=scale]"), 0
    control.press("Home")
    for step, dead in walk.items():
        for _ in range(at, step):
            control.press("ArrowRight")
        at = step
        panels = [int(4 * place) for place in sorted(nans(figure))]
        assert panels == list(range(dead)), f"at step {step}; the fourth panel is this book's"
        assert ("becomes inf" in said.inner_text()) == (dead > 0)


@pytest.mark.parametrize(
    "dtype, last_good, first_broken", [("float16", 14, 15), ("float32", 36, 37), ("float64", 59, 60)]
)
def test_chapter_two_breaks_where_the_dtype_ends(open_page, dtype, last_good, first_broken):
    """Step k of the slider is a scale of 10^(k/25); three times that passes ln(max) between the two steps."""
    visit = open_page("chapters/02_break_it_then_fix_it.html")
    figure = one_figure(visit, "naive-beside-stable")
    figure.locator("select").select_option(label=dtype)
    slide(figure, "scale", last_good)
    assert nans(figure) == [] and "nan" not in printed(figure)
    slide(figure, "scale", first_broken)
    assert nans(figure) and all(place < 0.5 for place in nans(figure))
    assert "nan" in printed(figure)


def test_only_pages_with_figures_load_the_script(open_page, page_path):
    visit = open_page(page_path)
    loaded = any("static_interact.js" in url for url in visit.requests)
    assert loaded == (visit.page.locator("static-interact").count() > 0)


def test_no_widget_state_on_any_page(open_page, page_path):
    source = open_page(page_path).page.content()
    for word in ("application/vnd.jupyter", "require.js", "html-manager", "@jupyter-widgets"):
        assert word not in source


def test_figures_are_baked_from_the_shared_module(open_page):
    """The numbers under the figure of chapter 2 are those of the Python functions."""
    import numpy as np

    from stable_softmax import softmax

    visit = open_page("chapters/02_break_it_then_fix_it.html")
    figure = one_figure(visit, "naive-beside-stable")
    figure.locator("select").select_option(label="float64")
    labels = figure.evaluate("figure => figure.data.labels[0]")
    for step in (0, 6, 13, 62):
        slide(figure, "scale", step)
        assert figure.locator("output").inner_text() == labels[step]
        expected = softmax(10 ** (step / 25) * np.array([1.0, 2.0, 3.0]))
        rows = printed(figure).splitlines()[1:4]
        shown = [float(row.split()[-1]) for row in rows]
        np.testing.assert_allclose(shown, expected, rtol=6e-3)
