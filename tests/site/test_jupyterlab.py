"""A chapter in JupyterLab, as a reader on Binder or at home meets it: a server, a browser, a kernel, real widgets.

The server runs in the very environment of the tests, on a copy of the chapter in a folder of its own.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import pytest

from tools import notebooks

pytestmark = pytest.mark.slow

[CHAPTER] = notebooks.BOOK.glob("chapters/01_*.ipynb")
PATIENCE = 300  # seconds for a chapter's cells on a busy machine
AGAIN = 60  # seconds without one more cell run, after which all are asked for again

# All cells are in the page, also those out of sight, and nobody asks whether to fetch news.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that shows the chapter, and the file that it opens."""
    home = tmp_path_factory.mktemp("lab")
    served = home / "served"
    served.mkdir()
    bare = notebooks.read(CHAPTER)
    for cell in notebooks.code_cells(bare):  # no stored output can be taken for a new one
        cell.outputs, cell.execution_count = [], None
    nbformat.write(bare, served / CHAPTER.name)
    (home / "CONFIG_DIR" / "labconfig").mkdir(parents=True)
    overrides = home / "CONFIG_DIR" / "labconfig" / "default_setting_overrides.json"
    overrides.write_text(json.dumps(SETTINGS), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={served}"),
        *(f"--IdentityProvider.token={token}", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    own = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    environ = {**os.environ, **{f"JUPYTER_{name}": str(home / name) for name in own}}
    environ |= {f"JUPYTERLAB_{name}_DIR": str(home / name) for name in ("SETTINGS", "WORKSPACES")}
    log = home / "log.txt"
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=served, env=environ, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api/status?token={token}", server, log)
        yield f"{address}/lab/tree/{CHAPTER.name}?token={token}", served / CHAPTER.name
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


def wait_for(address, server, log, seconds=120):
    """Return when the server answers; fail with its log if it ends or stays silent."""
    end = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert json.load(answer)["started"]
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail(f"JupyterLab does not answer:\n{log.read_text(encoding='utf-8')[-3000:]}")


@pytest.fixture(scope="module")
def chapter(lab, browser):
    """The chapter in the browser, with all of its cells run in a fresh kernel, and what is then saved."""
    address, file = lab
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    page.wait_for_timeout(2000)
    yield page, wait_until_run(page, file)
    context.close()


def run_all(page):
    # With a restart: cells that are run while the kernel is still being connected are forgotten.
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Restart Kernel and Run All Cells…", exact=True).click()
    page.locator(".jp-Dialog .jp-mod-accept").click()


def wait_until_run(page, file):
    """Run all cells, save when each of them has been run, and return the notebook."""
    cells = len(notebooks.code_cells(notebooks.read(file)))
    run_all(page)
    end, moved, before = time.monotonic() + PATIENCE, time.monotonic(), 0
    while (run := len(prompts(page, r"\d+"))) < cells:
        failed = page.locator(".jp-OutputArea-output", has_text="Traceback (most recent call last)")
        assert not failed.count(), failed.all_inner_texts()
        assert time.monotonic() < end, f"{run} of {cells} cells were run within {PATIENCE} s: {prompts(page, '.*')}"
        if run != before:
            moved, before = time.monotonic(), run
        # On a busy machine a restart may come too early, and its cells are forgotten, though they are marked [*].
        elif time.monotonic() > moved + AGAIN:
            run_all(page)
            moved = time.monotonic()
        page.wait_for_timeout(1000)
    while not all(cell.execution_count for cell in notebooks.code_cells(notebooks.read(file))):
        assert time.monotonic() < end, f"not saved within {PATIENCE} s"
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1000)
    return notebooks.read(file)


def prompts(page, what):
    """What stands in brackets beside the cells, of those that look like ``what``."""
    shown = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").all_inner_texts()
    return [text for text in shown if re.fullmatch(rf"\[{what}\]:", text.strip())]


def test_all_cells_run_in_order(chapter):
    _, saved = chapter
    cells = notebooks.code_cells(saved)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert len(cells) > 10


def test_sliders_are_widgets_of_a_kernel(chapter):
    """One for each `interact`, and none of the frames that a static page would hold."""
    page, saved = chapter
    written = sum("@interact(" in cell.source for cell in notebooks.code_cells(saved))
    assert page.locator(".jp-Notebook .widget-interact").count() == written > 0
    assert not page.locator(".jp-Notebook .static-interact, .jp-Notebook .si-controls").count()


def test_a_slider_redraws_its_figure(chapter):
    page, _ = chapter
    explorer = page.locator(".jp-Notebook .widget-interact", has=page.locator(".noUi-handle")).first
    handle, figure = explorer.locator(".noUi-handle").first, explorer.locator("img").first
    handle.scroll_into_view_if_needed()
    before, shown = figure.get_attribute("src"), explorer.locator(".widget-readout").first.inner_text()
    handle.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "([figure, before]) => figure.isConnected ? figure.src !== before : true", arg=[figure.element_handle(), before]
    )
    assert explorer.locator("img").first.get_attribute("src") not in (before, "", None)
    assert explorer.locator(".widget-readout").first.inner_text() != shown


def test_a_sliders_label_is_not_cut(chapter):
    page, _ = chapter
    labels = page.locator(".jp-Notebook .widget-interact .widget-label")
    cut = labels.evaluate_all("(all) => all.filter((l) => l.scrollWidth > l.clientWidth + 1).map((l) => l.textContent)")
    assert labels.count() and not cut
