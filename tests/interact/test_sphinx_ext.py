"""The Sphinx extension: what it sets for the kernels of a build, puts beside the pages, and takes away again."""

import io
import json
import os
import sys
import types
from pathlib import Path

import pytest
from sphinx.errors import ConfigError

from static_interact import __version__, cache, fonts, hosts, sphinx_ext
from static_interact.report import log
from static_interact.settings import BAKE, PROGRESS_FILE, SETTINGS


class App:
    """As much of Sphinx's application as the extension knows."""

    def __init__(self, folder, form="html", **options):
        self.outdir = folder / "build" / "html"
        self.builder = types.SimpleNamespace(format=form)
        self.config = types.SimpleNamespace(static_interact_options=options)
        self.values, self.connected, self.files = {}, {}, []

    def add_config_value(self, name, default, rebuild, kinds):
        self.values[name] = default, rebuild, kinds

    def connect(self, event, function, priority=500):
        self.connected[event] = function, priority

    def add_js_file(self, name, **options):
        self.files.append((name, options))

    add_css_file = add_js_file


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Nothing of a build is set before, or left after."""
    for name in (BAKE, SETTINGS, PROGRESS_FILE, cache.FOLDER, "IPYTHONDIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    yield
    assert [name for name in (BAKE, SETTINGS, PROGRESS_FILE, cache.FOLDER, "IPYTHONDIR") if name in os.environ] == []


@pytest.fixture
def no_fonts(monkeypatch):
    """They take a second to make, and here nobody reads them."""
    monkeypatch.setattr(sphinx_ext, "write_fonts", lambda folder: "")


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(sphinx_ext.logger, "info", lambda text: lines.append(("info", text)))
    monkeypatch.setattr(sphinx_ext.logger, "warning", lambda text: lines.append(("warning", text)))
    return lines


def test_it_asks_for_its_option_and_for_three_moments(tmp_path):
    app = App(tmp_path)
    told = sphinx_ext.setup(app)
    assert told == {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
    assert app.values == {"static_interact_options": ({}, "env", [dict])}
    assert set(app.connected) == {"builder-inited", "html-page-context", "build-finished"}
    assert app.connected["html-page-context"][1] < 500, "before others"


def test_a_build_bakes_and_cleans_up(tmp_path, said, monkeypatch):
    (tmp_path / "build" / "html" / "_static").mkdir(parents=True)  # from the last time
    pruned = []
    monkeypatch.setattr(cache, "prune", pruned.append)
    monkeypatch.setattr(fonts, "FAMILIES", {"DejaVuSansMono": fonts.FAMILIES["DejaVuSansMono"]})  # all take a second
    app = App(tmp_path, frames=70)
    sphinx_ext.setup(app)
    app.connected["builder-inited"][0](app)
    assert os.environ[BAKE] == "1" and json.loads(os.environ[SETTINGS]) == {"frames": 70}
    assert os.environ[cache.FOLDER] == str(tmp_path / "build" / ".static_interact")
    assert "IPYTHONDIR" not in os.environ
    static = app.outdir / "_static"
    assert (static / "static_interact.js").read_text("utf-8") == hosts.script()
    style = (static / "static_interact.css").read_text("utf-8")
    assert style.endswith(hosts.style()) and style.startswith("@font-face")
    assert len(list((static / "static_interact_fonts").glob("*.woff"))) == style.count("@font-face") == 1
    log("halfway")
    log("oh", "warning")
    app.connected["build-finished"][0](app, None)
    assert said == [("info", "halfway"), ("warning", "oh")]
    assert pruned == [tmp_path / "build" / ".static_interact"]


def test_other_builders_are_left_alone(tmp_path):
    app = App(tmp_path, form="latex")
    sphinx_ext._start(app)
    assert BAKE not in os.environ and not app.outdir.exists()
    sphinx_ext._finish(app, None)


def test_a_folder_that_is_given_stays(tmp_path, said, no_fonts, monkeypatch):
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "mine"))
    app = App(tmp_path)
    sphinx_ext._start(app)
    assert os.environ[cache.FOLDER] == str(tmp_path / "mine") and SETTINGS not in os.environ
    sphinx_ext._finish(app, None)


def test_with_an_alias_kernels_import_this_package_first(tmp_path, said, no_fonts):
    app = App(tmp_path, alias=True)
    sphinx_ext._start(app)
    folder = Path(os.environ["IPYTHONDIR"])
    (startup,) = (folder / "profile_default" / "startup").glob("*.py")
    space = {}
    exec(startup.read_text("utf-8"), space)
    assert space["_static_interact"].__name__ == "static_interact"
    sphinx_ext._finish(app, None)
    assert not folder.exists()


@pytest.mark.parametrize("body, files", [("<p>text</p>", []), ('<static-interact id="a">', ["js", "css"])])
def test_only_pages_with_figures_get_files(tmp_path, body, files):
    app = App(tmp_path)
    sphinx_ext._add_files(app, "page", "page.html", {"body": body}, None)
    sphinx_ext._add_files(app, "other", "page.html", {}, None)
    assert [name for name, _ in app.files] == [f"static_interact.{kind}" for kind in files]
    assert all(options == {"loading_method": "defer"} for name, options in app.files if name.endswith("js"))


def test_the_environment_goes_before_the_options(monkeypatch):
    monkeypatch.setenv(SETTINGS, json.dumps({"frames": 9}))
    sphinx_ext.set_options({"frames": 70, "kilobytes": 50})
    assert json.loads(os.environ.pop(SETTINGS)) == {"frames": 9, "kilobytes": 50}
    sphinx_ext.set_options({})
    assert SETTINGS not in os.environ


@pytest.mark.parametrize("options", [{"frame": 3}, {"frames": -1}, {"errors": "maybe"}])
def test_wrong_options_are_an_error_of_the_configuration(options):
    with pytest.raises(ConfigError, match=r"^static_interact_options: "):
        sphinx_ext.set_options(options)
