"""The table of Lighthouse's scores: the lowest of several runs, and a mark where it is not as wanted."""

import json
import sys

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import lighthouse

PROGRAM = """#!{python}
import json, sys
address, *options = sys.argv[1:]
path = next(option.partition("=")[2] for option in options if option.startswith("--output-path="))
runs = {folder!r} + "/runs"
open(runs, "a").write("x")
fast = "--preset=desktop" in options
performance = (1.0 if fast else 0.96) - 0.01 * (len(open(runs).read()) % 2)
scores = {{"performance": performance, "accessibility": {access}, "best-practices": 1, "seo": 1}}
paints = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
audits = {{name: {{"numericValue": 10.4}} for name in paints}}
json.dump({{"categories": {{name: {{"score": score}} for name, score in scores.items()}}, "audits": audits}}, open(path, "w"))
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A function that installs a Lighthouse with this score for accessibility."""

    def install(access):
        program = tmp_path / "lighthouse"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(tmp_path), access=access))
        program.chmod(0o755)

    (tmp_path / "index.html").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(lighthouse, "SITE", tmp_path)
    monkeypatch.setattr(lighthouse, "PAGES", ("index.html",))
    monkeypatch.setattr(lighthouse.browsers, "find", lambda: "chromium")
    return install


@pytest.mark.parametrize("access, sign", [("1", ""), ("0.99", " !"), ("None", " !")])
def test_the_lowest_score_counts(installed, capsys, access, sign):
    installed(access)
    assert lighthouse.print_table() == (not sign)
    phone, desktop = capsys.readouterr().out.splitlines()[2:]
    score = round(100 * json.loads(access.replace("None", "0")))
    assert phone == f"{'index phone':48}{95:7}{score:7}{100:7}{100:7}{10:7}{10:7}{10:7}{sign}"
    assert desktop == f"{'index desktop':48}{99:7}{score:7}{100:7}{100:7}{10:7}{10:7}{10:7}{sign}"


@pytest.mark.parametrize("least, met", [(95, True), (96, False)])
def test_a_score_below_the_wanted_is_marked(installed, monkeypatch, capsys, least, met):
    installed("1")
    monkeypatch.setattr(lighthouse, "WANTED", {"phone": least})
    assert benchmarks.main(["lighthouse"]) == 0
    *_, line, verdict = capsys.readouterr().out.splitlines()
    assert line.endswith(" !") != met
    assert verdict.startswith("Every wanted number is met") == met


def test_nothing_is_met_that_is_not_measured(installed, capsys):
    assert benchmarks.main(["lighthouse"]) == 0
    assert capsys.readouterr().out == (
        "lighthouse: not measured, as the book is not built, or Lighthouse or a browser is not there\n"
    )
