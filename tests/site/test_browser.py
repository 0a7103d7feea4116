"""Which browser the tests drive: the one that is named, one of the system, or Playwright's own."""

import pytest

from tools import browser


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A function that puts programs of these names, and no others, on the path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "APPLICATIONS", ())
    monkeypatch.setattr(browser, "find_playwrights", lambda: None)

    def programs(*names):
        for name in names:
            (tmp_path / name).write_text("#!/bin/sh\n")
            (tmp_path / name).chmod(0o755)
        return tmp_path

    return programs


def test_the_named_one_goes_first(programs, monkeypatch):
    folder = programs("chromium", "mine")
    monkeypatch.setenv("CHROMIUM", "mine")
    assert browser.find() == str(folder / "mine")
    monkeypatch.setenv("CHROMIUM", str(folder / "mine"))
    assert browser.find() == str(folder / "mine")
    monkeypatch.setenv("CHROMIUM", "")
    assert browser.find() == str(folder / "chromium")


def test_a_named_one_that_is_not_there_is_an_error(programs, monkeypatch):
    programs("chromium")
    monkeypatch.setenv("CHROMIUM", "gone")
    with pytest.raises(FileNotFoundError, match="CHROMIUM is 'gone': there is no such program"):
        browser.find()


@pytest.mark.parametrize("name", browser.NAMES)
def test_each_name_is_found(programs, name):
    assert browser.find() is None
    folder = programs(name)
    assert browser.find() == str(folder / name)


def test_the_systems_comes_before_playwrights(programs, monkeypatch):
    monkeypatch.setattr(browser, "find_playwrights", lambda: "playwrights")
    assert browser.find() == "playwrights"
    folder = programs("chrome")
    assert browser.find() == str(folder / "chrome")


def test_the_first_way_that_works_installs_it(monkeypatch):
    ran, there = [], []
    monkeypatch.setattr(browser, "apt_commands", lambda: [["apt", "update"], ["apt", "install"]])
    monkeypatch.setattr(browser, "find", lambda: there[-1] if there else None)

    def run(command):
        ran.append(command)
        if command[-1] in works:
            there.append("installed")
        return command[-1] in (*works, "update")

    monkeypatch.setattr(browser, "run", run)
    for works, commands in [(["install"], 2), (["chromium"], 3), ([], 3)]:
        ran.clear()
        there.clear()
        assert browser.install() == ("installed" if works else None)
        assert len(ran) == commands


def test_the_command_installs_only_when_told(monkeypatch, capsys):
    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setattr(browser, "install", lambda: "/usr/bin/new")
    for arguments, printed in [([], browser.MISSING), (["--install"], "Browser: /usr/bin/new")]:
        monkeypatch.setattr(browser.sys, "argv", ["browser", *arguments])
        browser.main()
        assert capsys.readouterr().out.strip() == printed
