"""Figures that move, as readers meet them: early in a chapter, legible on a phone, alive over the whole track."""

import re

import pytest

from tools.notebooks import BOOK

CHAPTERS = [f"chapters/{path.stem}.html" for path in sorted((BOOK / "chapters").glob("*.ipynb"))]
PAGES = pytest.mark.parametrize("page", ["index.html", *CHAPTERS])

# Letters' size in CSS pixels as drawn, per figure: the smallest, and what it says.
LETTERS = """() => [...document.querySelectorAll("static-interact:has([data-si])")].flatMap((figure) => {
  const drawn = [...figure.querySelectorAll(".si-view svg text")].filter((text) => text.checkVisibility());
  const size = (text) => {
    const { a, b } = text.getScreenCTM();
    return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
  };
  const small = drawn.filter((text) => text.textContent.trim() && size(text) < 10.95);
  return small.slice(0, 2).map((text) => `${figure.id}: ${text.textContent.trim()} has ${size(text).toFixed(1)} px`);
})"""

# For each slider of each figure, the others at their start: the longest run of equal frames, as a part of its steps,
# and whether a step from the start shows something. A grip is not what a figure shows.
RUNS = """async () => {
  const frame = () => new Promise(requestAnimationFrame), found = [];
  for (const figure of document.querySelectorAll("static-interact:has([data-si])")) {
    const data = figure.data;
    const ranges = data.controls.map((id) => figure.querySelector(`input[type=range][data-si="${id}"]`));
    const first = ranges.find((input) => input);
    if (!first) continue;
    figure.scrollIntoView();
    for (const place of [first.value > 0 ? 0 : 1, first.value]) {  // a movement, so that the decoder is there
      first.value = place;
      first.dispatchEvent(new Event("input", { bubbles: true }));
      for (let k = 0; k < 3; k++) await frame();
    }
    const view = figure.views.find((view) => view.move);
    const picture = (axis, place) => {
      view.move(data.start.map((start, k) => (k === axis ? place : start)));
      const copy = view.node.cloneNode(true);
      for (const node of copy.querySelectorAll(".si-drag, .si-describe")) node.remove();
      return copy.innerHTML;
    };
    ranges.forEach((input, axis) => {
      if (!input) return;
      const pictures = [];
      for (let place = 0; place <= +input.max; place++) pictures.push(picture(axis, place));
      let run = 0, longest = 0;
      pictures.forEach((now, k) => (longest = Math.max(longest, (run = k && now === pictures[k - 1] ? run + 1 : 0))));
      const start = data.start[axis];
      const moves = [start - 1, start + 1].some((k) => pictures[k] && pictures[k] !== pictures[start]);
      found.push({ slider: `${figure.id}, ${data.names[axis]}`, dead: longest / +input.max, moves });
    });
  }
  return found;
}"""


@PAGES
def test_letters_of_figures_have_eleven_pixels_on_a_phone(open_page, page):
    visit = open_page(page, width=375)
    assert visit.page.evaluate(LETTERS) == []


@PAGES
def test_sliders_answer_and_none_is_dead_over_half_its_track(open_page, page):
    visit = open_page(page)
    visit.wake_figures()
    sliders = visit.page.evaluate(RUNS)
    assert sliders or "07_" in page or "11_" in page
    assert [slider for slider in sliders if slider["dead"] > 0.5] == []
    figures = {slider["slider"].split(",")[0] for slider in sliders}
    alive = {slider["slider"].split(",")[0] for slider in sliders if slider["moves"]}
    assert figures == alive, "a figure that does not answer to the first step"


@pytest.mark.parametrize("page", CHAPTERS)
@pytest.mark.parametrize("width, height, screens", [(1366, 768, 3), (375, 667, 5)])
def test_a_chapter_moves_early(open_page, page, width, height, screens):
    visit = open_page(page, width=width)
    visit.page.set_viewport_size({"width": width, "height": height})
    top = visit.page.evaluate("document.querySelector('static-interact').getBoundingClientRect().top + scrollY")
    assert top / height < screens


@PAGES
def test_controls_say_what_they_are(open_page, page):
    visit = open_page(page)
    labels = visit.page.locator(
        "static-interact .si-control label, static-interact .si-control legend"
    ).all_inner_texts()
    assert labels
    assert [label for label in labels if len(re.findall(r"[^\W\d_]", label)) < 3] == []


@PAGES
def test_read_outs_have_the_axes_minus(open_page, page):
    visit = open_page(page)
    values = visit.page.locator("static-interact .si-control output").all_inner_texts()
    assert not [value for value in values if re.search(r"(^|\s)-\d", value)]


def test_a_picture_is_as_wide_as_the_text_on_a_phone(open_page):
    visit = open_page("chapters/02_break_it_then_fix_it.html", width=375)
    sides = """(figures) => figures.map((figure) => {
      const view = [...figure.querySelectorAll(".si-view")].find((view) => view.checkVisibility());
      return [figure, view].map((node) => node.getBoundingClientRect()).map(({ left, right }) => [left, right]);
    })"""
    found = visit.page.locator("static-interact:has(.si-narrow)").evaluate_all(sides)
    assert len(found) > 5 and all(figure == view for figure, view in found)
