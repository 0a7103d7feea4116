"""What Lighthouse says of the built pages, on a phone and on a desktop: needs the built book, a browser and Lighthouse.

Lighthouse is no package of Python's: ``npm install --global lighthouse`` brings it. Its score for performance is of
this machine and this moment, so each page is opened several times and the lowest score counts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools import browser as browsers
from tools import visits

from .pages import SITE

PAGES = (
    "index.html",
    "chapters/02_break_it_then_fix_it.html",
    "chapters/08_how_accurate_is_it.html",
    "reference/api/functions.html",
    "reference/cheat_sheet.html",
    "reference/my_loss_is_nan.html",
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
#: Lowest score for performance that is wanted; all others are to be 100.
WANTED = {"phone": 95, "desktop": 99}
RUNS = 3


def print_table() -> bool | None:
    """Print a line for each page and place; return whether every score is as wanted, None if nothing is measured."""
    if shutil.which("lighthouse") is None or browsers.find() is None or not (SITE / "index.html").is_file():
        print("lighthouse: not measured, as the book is not built, or Lighthouse or a browser is not there")
        return None
    print(f"Lighthouse, lowest of {RUNS} runs: scores of 100; ms to the first and the largest paint, and blocked")
    print(f"{'':48}{'perf.':>7}{'access':>7}{'practs':>7}{'SEO':>7}{'FCP':>7}{'LCP':>7}{'TBT':>7}")
    met = []
    with visits.served(SITE) as url:
        for path in PAGES:
            for place, least in WANTED.items():
                scores, times = lowest([report(url + path, place) for _ in range(RUNS)])
                met.append(scores[0] >= least and min(scores[1:]) == 100)
                label = f"{path.removesuffix('.html')[:36]} {place}"
                print(f"{label:48}{''.join(f'{n:7}' for n in scores + times)}{'' if met[-1] else ' !'}", flush=True)
    return all(met)


def lowest(reports: list[dict]) -> tuple[list[int], list[int]]:
    """The lowest score in each category, and the longest times."""
    scores = [min(round(100 * (one["categories"][name]["score"] or 0)) for one in reports) for name in CATEGORIES]
    names = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
    return scores, [max(round(one["audits"][name]["numericValue"]) for one in reports) for name in names]


def report(address: str, place: str) -> dict:
    """What Lighthouse finds, as its JSON."""
    flags = " ".join(["--headless=new", *browsers.arguments()])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.json")
        command = [
            "lighthouse",
            address,
            "--quiet",
            "--output=json",
            f"--output-path={file}",
            f"--chrome-flags={flags}",
        ]
        command += [f"--only-categories={','.join(CATEGORIES)}", *["--preset=desktop"] * (place == "desktop")]
        subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": browsers.find()})
        return json.loads(file.read_text(encoding="utf-8"))
