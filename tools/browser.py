"""Find the Chromium that the browser tests drive, and install one where that can be done.

`make test` runs this with ``--install`` first. The order: the environment variable CHROMIUM; the
headless shell, a Chromium or Chrome of the system; Playwright's own; with ``--install`` Debian's packages,
then Playwright's download.

The headless shell is Chromium without what a screen needs: the same engine, and to load a chapter takes two
fifths of the processor time. So under CI=true ``--install`` asks Debian for it even where a Chromium is.
"""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)

MISSING = """\
No Chromium or Chrome was found and none could be installed, so the built book is not tested in a
browser. Install one (Debian: sudo apt install chromium-headless-shell), or name one in the environment
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


def in_ci():
    """Whether CI is set in the environment, as services that test what is pushed set it."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def install():
    """Install a browser by the first way that works, and return its path or None."""
    playwrights = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    for commands in (apt_commands(SHELL), apt_commands("chromium"), playwrights):
        if runs(commands) and (path := find()):
            return path
    return None


def apt_commands(package):
    """The commands that install a package of Debian's without asking anything; none if that cannot be."""
    if not shutil.which("apt-get"):
        return []
    if os.geteuid() == 0:
        prefix = []
    elif shutil.which("sudo") and run(["sudo", "-n", "true"], quiet=True):
        prefix = ["sudo", "-n"]
    else:
        return []
    prefix += ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    options = ["--yes", "--quiet", "--no-install-recommends"]
    return [[*prefix, "update", "--quiet"], [*prefix, "install", *options, package]]


def runs(commands):
    """Whether there are commands, and all of them succeed."""
    return bool(commands) and all(run(command) for command in commands)


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
        "--font-render-hinting=none",  # letters as on a screen of many pixels, in the headless shell, too
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox refuses to run as root
    return options


def main():
    path = find()
    if "--install" in sys.argv[1:]:
        if path is None:
            path = install()
        elif in_ci() and not os.environ.get("CHROMIUM") and SHELL not in path:
            path = find() if runs(apt_commands(SHELL)) else path
    print(f"Browser: {path}" if path else MISSING, flush=True)


if __name__ == "__main__":
    main()
