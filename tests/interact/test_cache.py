"""What has been baked is used again as long as nothing has changed that it depends on."""

import gzip
import json
import os
import time

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from ipywidgets import Checkbox, IntSlider

from static_interact import cache
from static_interact.bake import bake
from static_interact.explorer import Explorer
from static_interact.settings import SETTINGS


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "kept"))
    monkeypatch.setenv("STATIC_INTERACT_WORKERS", "0")
    plt.close("all")
    yield tmp_path / "kept"
    plt.close("all")


SOURCE = """
calls = []
height = 1
def note(n):
    pass
def f(n):
    note(n)
    figure, axes = plt.subplots(figsize=(2, 2))
    axes.bar([0], [height * n])
    print(n)
"""


def baked(source=SOURCE, identifier="si-f", most=4, start=0, cell="", widget=IntSlider, **options):
    """HTML of a bake, and for which values the function was called."""
    called = []
    space = {"__name__": "__main__", "plt": plt}
    exec(f"{source}\n{cell}", space)
    function = space["f"]
    # Counts calls without being a part of what the function depends on.
    original = Explorer.arguments

    def arguments(self, combination):
        called.append(tuple(combination))
        return original(self, combination)

    made = Explorer.of(function, {"n": widget(value=start, min=0, max=most)}, identifier, **options)
    with pytest.MonkeyPatch.context() as patch:
        from static_interact.calls import Caller

        real = Caller._call
        patch.setattr(
            Caller, "_call", lambda self, combination: [called.append(combination), real(self, combination)][1]
        )
        html = bake(made)
    return html, called


def test_the_second_time_only_the_start_is_called(folder):
    first, called = baked()
    assert called == [(0,), (1,), (2,), (3,), (4,)]
    assert len(list(folder.iterdir())) == 1
    second, called = baked()
    assert second == first and called == [(0,)]


def test_prose_and_other_cells_change_nothing(folder):
    first, _ = baked()
    second, called = baked("\n\n# prose" + SOURCE, cell="other = 3\ndef g(): return other")
    assert second == first and called == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"source": SOURCE.replace("height = 1", "height = 2")},
        {"source": SOURCE.replace("    pass", "    print('note')")},
        {"source": SOURCE.replace("figsize=(2, 2)", "figsize=(2, 3)")},
        {"identifier": "si-f-2"},
        {"most": 3},
        {"start": 1},
        {"alt": "Bars"},
        {"describe": lambda n: f"{n} high"},
        {"errors": "raise"},
        {"bake": 3},
    ],
)
def test_a_change_that_matters_bakes_anew(change):
    baked()
    html, called = baked(**change)
    assert len(called) > 1
    assert baked(**change) == (html, called[:1])


def test_settings_count(monkeypatch):
    baked()
    monkeypatch.setenv(SETTINGS, json.dumps({"figures_first": True}))
    assert len(baked()[1]) == 5


def test_parameters_of_matplotlib_count():
    first, _ = baked()
    with mpl.rc_context({"axes.facecolor": "#abcdef"}):
        html, called = baked()
        assert "abcdef" in html and len(called) == 5
    assert baked() == (first, [(0,)])


def test_what_shows_something_else_at_the_start_is_baked_anew(folder):
    """Something that no walk through values can find, such as a file that a library reads."""
    source = "import json.decoder\n" + SOURCE.replace("print(n)", "print(n, json.decoder.found_nowhere)")
    html = {}
    try:
        for value in (1, 2, 2):
            json.decoder.found_nowhere = value
            html[value], called = baked(source)
    finally:
        del json.decoder.found_nowhere
    assert "0 1" in html[1] and "0 2" in html[2]
    assert called == [(0,)]


def test_a_doubt_bakes_anew_and_is_logged(folder, capfd):
    source = SOURCE.replace("pass", "open('/dev/null').close()")
    assert len(baked(source)[1]) == len(baked(source)[1]) == 5
    assert not folder.exists()
    assert "f is baked anew in each build: note uses open" in capfd.readouterr().err


def test_figures_from_before_are_a_doubt(folder):
    source = SOURCE.replace("pass", "plt.figure(7).text(0, 0, str(n))")
    plt.figure(7)
    assert len(baked(source)[1]) == 5
    assert not folder.exists()


def test_errors_are_logged_again(capfd):
    source = SOURCE.replace("print(n)", "1 / n")
    for _ in range(2):
        _, called = baked(source)
        assert "f(n=0): ZeroDivisionError: division by zero" in capfd.readouterr().err
    assert called == [(0,)]


@pytest.mark.slow
def test_a_spoilt_file_counts_as_missing(folder):
    first, _ = baked()
    (path,) = folder.iterdir()
    for spoilt in (b"", b"nonsense", path.read_bytes()[:-20], gzip.compress(b"[]"), gzip.compress(b'{"format": 0}')):
        path.write_bytes(spoilt)
        assert baked() == (first, [(n,) for n in range(5)])
        assert baked()[1] == [(0,)]


def test_without_a_folder_nothing_is_kept(folder, monkeypatch):
    monkeypatch.delenv(cache.FOLDER)
    baked()
    assert len(baked()[1]) == 5 and not folder.exists()
    cache.put("a", 1)
    assert cache.get("a") is None


def test_a_single_frame_is_not_worth_keeping(folder, capfd):
    figure = plt.figure()
    made = [bake(Explorer.of(lambda: figure, {}, "si-x")) for _ in range(2)]
    assert made[0] == made[1] and "<svg" in made[0]
    assert not folder.exists() and capfd.readouterr().err == ""


def test_pruning_removes_what_was_not_used_and_what_is_too_much(folder):
    for name in "abcd":
        cache.put(name, name * 100)
    now = time.time()
    for days, name in enumerate("abcd"):
        os.utime(folder / f"{name}.json.gz", (now - days * 86_400,) * 2)
    (folder / "x.part").write_text("")
    os.utime(folder / "x.part", (now - 3 * 86_400,) * 2)
    (folder / "y.part").write_text("")
    assert cache.prune(folder, days=2.5) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["a.json.gz", "b.json.gz", "c.json.gz", "y.part"]
    size = (folder / "a.json.gz").stat().st_size
    assert cache.get("c") == "c" * 100, "and now it is the last one used"
    assert cache.prune(folder, most_bytes=2 * size) == 1
    assert cache.get("a") and cache.get("c") and cache.get("b") is None
    assert cache.prune(folder / "missing") == 0


def test_a_checkbox_is_a_control_like_any_other(folder):
    def both(on):
        print(on)

    made = [bake(Explorer.of(both, {"on": Checkbox(value=True)}, "si-b")) for _ in range(2)]
    assert made[0] == made[1] and len(list(folder.iterdir())) == 1


@pytest.fixture
def entries(folder, monkeypatch):
    """Files of 100 bytes each, used so many days ago."""
    folder.mkdir(parents=True, exist_ok=True)
    now = 1_000_000_000.0
    monkeypatch.setattr(cache.time, "time", lambda: now)

    def make(**days):
        for name, ago in days.items():
            path = folder / f"{name}.json.gz"
            path.write_bytes(b"x" * 100)
            os.utime(path, (now - ago * 86_400, now - ago * 86_400))

    make.left = lambda: sorted(path.name.partition(".")[0] for path in folder.iterdir())
    make.now = now
    return make


def test_what_was_used_in_time_stays(folder, entries):
    entries(a=59.999, b=60.001, c=0, d=-1)
    assert cache.prune(folder) == 1 and entries.left() == ["a", "c", "d"]
    assert cache.prune(folder, days=0.5) == 1 and entries.left() == ["c", "d"]


@pytest.mark.parametrize("most, left", [(500, "1234"), (400, "1234"), (399, "123"), (200, "12"), (199, "1"), (99, "")])
def test_the_least_recently_used_go_first(folder, entries, most, left):
    entries(**{"3": 3, "1": 1, "4": 4, "2": 2})
    assert cache.prune(folder, most_bytes=most) == 4 - len(left) and entries.left() == list(left)


def test_halves_of_yesterday_go_and_those_of_today_stay(folder, entries):
    for name, ago in (("old", 1.001), ("new", 0.999)):
        path = folder / f"{name}.part"
        path.write_bytes(b"x")
        os.utime(path, (entries.now - ago * 86_400,) * 2)
    assert cache.prune(folder) == 0 and entries.left() == ["new"]
    assert cache.prune(folder / "missing") == 0


def test_what_is_kept_comes_back_and_counts_as_used(folder):
    cache.put("key", {"a": [1, None, "ü"]})
    (path,) = folder.iterdir()
    os.utime(path, (5, 5))
    assert cache.get("key") == {"a": [1, None, "ü"]} and path.stat().st_mtime > 1_000_000
    assert cache.get("other") is None and path.name == "key.json.gz"
    first = path.read_bytes()
    cache.put("key", {"a": [1, None, "ü"]})
    assert path.read_bytes() == first, "the same bytes on any day"


@pytest.mark.parametrize(
    "data",
    [b"", b"x", *map(gzip.compress, (b"no json", b"[1]", b'{"value": 1}', b'{"format": -1, "value": 1}')),
     gzip.compress(b'{"format": 1}')[:-9]],
    ids=["empty", "no gzip", "no json", "a list", "no format", "another format", "cut off"],
)  # fmt: skip
def test_what_is_no_entry_is_missing(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "key.json.gz").write_bytes(data)
    assert cache.get("key") is None
