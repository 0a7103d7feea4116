"""How heavy the built pages' figures are, and how fast they move: needs the built book and a browser.

Weights are gzip sizes. A figure is compared with its peer, the same frames stored whole (all SVGs of a
figure in one gzip stream). A step's time is the script's: from the event to the last change of the
document, in Chromium; its peer puts the whole SVG of the frame in place instead.
"""

from __future__ import annotations

import gzip
import re
import statistics

from tools import browser as browsers
from tools import visits
from tools.notebooks import BOOK

SITE = BOOK / "_build" / "html"
MOST_FRAMES = 400  # of each figure, evenly spread
BATCH = 10  # steps timed together: the browser's clock ticks every 0.1 ms

# Visits frames of one figure; returns the script's time a step in each batch, and the SVG of each frame.
WALK = """([id, most, batch]) => {
  const figure = document.getElementById(id);
  const controls = [...figure.querySelectorAll('.si-controls :is(input, select)')];
  const counts = figure.data.labels.map((labels) => labels.length);
  const total = counts.reduce((a, b) => a * b, 1);
  const set = (control, index) => {
    if (control.type === 'range') control.value = Number(control.min) + index * Number(control.step);
    else if (control.type === 'checkbox') control.checked = Boolean(index);
    else control.selectedIndex = index;
  };
  const view = figure.querySelector('.si-view');
  const go = (frame) => {
    for (let axis = counts.length - 1; axis >= 0; axis--) {
      set(controls[axis], frame % counts[axis]);
      frame = Math.floor(frame / counts[axis]);
    }
    controls[0].dispatchEvent(new Event('input', {bubbles: true}));
  };
  const every = Math.max(1, Math.floor(total / most));
  const visited = Array.from({length: Math.floor((total - 1) / every) + 1}, (_, k) => k * every);
  const time = (items, step) => {
    const times = [];
    for (let k = 0; k + batch <= items.length; k += batch) {
      const start = performance.now();
      for (const item of items.slice(k, k + batch)) step(item);
      times.push((performance.now() - start) / batch);
    }
    return times;
  };
  const frames = visited.map((frame) => (go(frame), view ? view.innerHTML : ''));
  const times = time(visited, go);
  const whole = view ? time(frames, (markup) => { view.innerHTML = markup; }) : [];
  return {times, whole, frames, total};
}"""


def gz(text: str | bytes) -> int:
    """Size in bytes after gzip."""
    return len(gzip.compress(text.encode() if isinstance(text, str) else text, mtime=0))


def inlined(markup: str) -> str:
    """A page with the data of heavy figures, which stand in files of their own, put back into it."""

    def data(match: re.Match) -> str:
        path = SITE / "_static" / "figures" / match[1].rpartition("/")[2]
        return f">{path.read_text(encoding='utf-8')}"

    return re.sub(r' data-frames="([^"]+)">', data, markup)


def weights(page: str) -> dict[str, int]:
    """What each figure adds to a page: the page's gzip size less that without the figure."""
    markup = inlined((SITE / page).read_text(encoding="utf-8"))
    elements = re.findall(r'<static-interact id="([^"]+)"', markup)
    result = {}
    for identifier in elements:
        without = re.sub(f'<static-interact id="{identifier}".*?</static-interact>', "", markup, flags=re.DOTALL)
        result[identifier] = gz(markup) - gz(without)
    return result


def walk(page: str, throttle: int) -> dict[str, dict]:
    """Move every figure of a page through its frames in Chromium, with the processor slowed down by a factor."""
    with browsers.launched(browsers.find()) as launched:
        tab = launched.new_page()
        tab.goto((SITE / page).as_uri())
        visits.wake_figures(tab)
        session = tab.context.new_cdp_session(tab)
        session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        figures = tab.locator("static-interact:has([data-si])")
        names = [figure.get_attribute("id") for figure in figures.all()]
        return {name: tab.evaluate(WALK, [name, MOST_FRAMES, BATCH]) for name in names}


def main() -> None:
    """Print the table of all figures with controls, and the weight of what the site adds once."""
    if browsers.find() is None or not (SITE / "index.html").is_file():
        print("figures: not measured, as the book is not built or no browser is there (make book, then make bench)")
        return
    print("Figures with controls: weight in kB gz, script per step in ms (median; at a processor 4 times slower)")
    print(f"{'page and figure':58} {'frames':>6} {'kB':>6} {'whole/it':>8} {'ms':>6} {'ms x4':>6} {'whole/it':>8}")
    for path in sorted(SITE.rglob("*.html")):
        page = path.relative_to(SITE).as_posix()
        if page.startswith("_") or "<static-interact" not in path.read_text():
            continue
        added, plain, slow = weights(page), walk(page, 1), walk(page, 4)
        for name, seen in plain.items():
            step, slowed = statistics.median(seen["times"]), statistics.median(slow[name]["times"])
            # The peer's weight, scaled up to all frames where only some were visited.
            whole = gz("".join(seen["frames"])) * seen["total"] / len(seen["frames"])
            peer = statistics.median(seen["whole"]) / step if seen["whole"] else float("nan")
            label = f"{page.removesuffix('.html')} {name}"
            print(
                f"{label:58} {seen['total']:6} {added[name] / 1000:6.1f} {whole / added[name]:8.1f} "
                f"{step:6.2f} {slowed:6.2f} {peer:8.1f}"
            )
        print(f"{page.removesuffix('.html') + ' (all figures)':58} {'':6} {sum(added.values()) / 1000:6.1f}")
    static = SITE / "_static"
    fonts = sum(path.stat().st_size for path in static.glob("fonts/DejaVu*"))
    script = gz((static / "static_interact.js").read_bytes())
    print(f"Once for the site: static_interact.js {script / 1000:.1f} kB, fonts {fonts / 1000:.1f} kB")


if __name__ == "__main__":
    main()
