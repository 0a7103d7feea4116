"""Find the Chromium that the browser tests drive, and install one where that can be done.

`make test` runs this with ``--install`` first. The order: the environment variable CHROMIUM; a
Chromium or Chrome of the system; Playwright's own; with ``--install`` Debian's package, then
Playwright's download.
"""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)

MISSING = """\
No Chromium or Chrome was found and none could be installed, so the built book is not tested in a
browser. Install one (Debian and Ubuntu: sudo apt install chromium), or name one in the environment
variable CHROMIUM, or run: python -m playwright install chromium"""


def find():
    """Return the path of a browser, or None."""
    if chosen := os.environ.get("CHROMIUM"):
        path = shutil.which(chosen)
        if path is None:
            raise FileNotFoundError(f"CHROMIUM is {chosen!r}: there is no such program")
        return path
    for name in (*NAMES, *APPLICATIONS):
        if path := shutil.which(name):
            return path
    return find_playwrights()


@contextmanager
def launched(path):
    """A headless browser, started from its path and closed in the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments())
        yield browser
        browser.close()


def find_playwrights():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install():
    """Install a browser by the first way that works, and return its path or None."""
    for commands in (apt_commands(), [[sys.executable, "-m", "playwright", "install", "chromium"]]):
        if commands and all(run(command) for command in commands) and (path := find()):
            return path
    return None


def apt_commands():
    """The commands that install Debian's Chromium without asking anything; none if that cannot be."""
    if not shutil.which("apt-get"):
        return []
    if os.geteuid() == 0:
        prefix = []
    elif shutil.which("sudo") and run(["sudo", "-n", "true"], quiet=True):
        prefix = ["sudo", "-n"]
    else:
        return []
    prefix += ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    packages = ["install", "--yes", "--quiet", "--no-install-recommends", "chromium"]
    return [[*prefix, "update", "--quiet"], [*prefix, *packages]]


def run(command, quiet=False):
    if not quiet:
        print("+", *command, flush=True)
    output = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run(command, stdout=output, stderr=output, check=False).returncode == 0
    except OSError:
        return False


def arguments():
    """Options for a browser that talks to nobody and runs in a container."""
    options = [
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox refuses to run as root
    return options


def main():
    path = find()
    if path is None and "--install" in sys.argv[1:]:
        path = install()
    print(f"Browser: {path}" if path else MISSING, flush=True)


if __name__ == "__main__":
    main()
