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


def test_the_shell_comes_before_a_whole_browser(programs):
    folder = programs("chromium", browser.SHELL, "chrome")
    assert browser.find() == str(folder / browser.SHELL)


@pytest.fixture
def installed(monkeypatch):
    """What commands install; and, in `ran`, the commands that have run. Those that end in one of `works` succeed."""
    there, ran, works = [], [], {"update"}

    def run(command, quiet=False):
        ran.append(command[-1])
        if command[-1] in works - {"update"}:
            there.append(f"/usr/bin/{command[-1]}")
        return command[-1] in works

    monkeypatch.setattr(browser, "apt_commands", lambda package: [["apt", "update"], ["apt", package]])
    monkeypatch.setattr(browser, "find", lambda: there[-1] if there else None)
    monkeypatch.setattr(browser, "run", run)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return there, ran, works


@pytest.mark.parametrize(
    "work, found, commands",
    [
        ([browser.SHELL, "chromium"], browser.SHELL, ["update", browser.SHELL]),
        (["chromium"], "chromium", ["update", browser.SHELL, "update", "chromium"]),
        ([], None, ["update", browser.SHELL, "update", "chromium", "chromium"]),
    ],
)
def test_the_first_way_that_works_installs_it(installed, work, found, commands):
    _, ran, works = installed
    works.update(work)
    assert browser.install() == (found and f"/usr/bin/{found}")
    assert ran == commands


def test_the_command_installs_only_when_told(monkeypatch, capsys):
    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setattr(browser, "install", lambda: "/usr/bin/new")
    for arguments, printed in [([], browser.MISSING), (["--install"], "Browser: /usr/bin/new")]:
        monkeypatch.setattr(browser.sys, "argv", ["browser", *arguments])
        browser.main()
        assert capsys.readouterr().out.strip() == printed


@pytest.mark.parametrize(
    "ci, chosen, there_is, work, found",
    [
        ("true", "", "chromium", [browser.SHELL], browser.SHELL),
        ("true", "", "chromium", [], "chromium"),
        ("true", "chromium", "chromium", None, "chromium"),
        ("true", "", browser.SHELL, None, browser.SHELL),
        ("false", "", "chromium", None, "chromium"),
        ("", "", "chromium", None, "chromium"),
    ],
)
def test_in_ci_the_shell_is_installed_beside_a_browser(
    installed, monkeypatch, capsys, ci, chosen, there_is, work, found
):
    there, ran, works = installed
    there.append(f"/usr/bin/{there_is}")
    works.update(work or [])
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("CHROMIUM", chosen)
    monkeypatch.setattr(browser.sys, "argv", ["browser", "--install"])
    browser.main()
    assert capsys.readouterr().out.strip() == f"Browser: /usr/bin/{found}"
    assert bool(ran) == (work is not None)
