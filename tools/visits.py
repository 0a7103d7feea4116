"""Visits to the built pages as a reader's browser makes them: served with gzip, counted in bytes and requests.

`benchmarks.pages` prints what comes of it, and tests/site/test_budget.py compares it with what pages may weigh.
"""

from __future__ import annotations

import gzip
import mimetypes
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

TEXT = {".html", ".css", ".js", ".svg", ".json", ".xml", ".txt", ".inv"}
LEVEL = 6  # as hosts of static pages compress

# Collects what the browser tells of a page's loading, from its first moment on.
WATCH = """
window.seen = {lcp: 0, cls: 0, shifts: [], slider: null};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) { seen.lcp = entry.startTime; seen.element = entry.element?.tagName; }
}).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
    seen.cls += entry.value;
    seen.shifts.push(entry.sources.map(({node}) => (node?.parentElement ?? node)?.outerHTML?.slice(0, 90)));
  }
}).observe({type: "layout-shift", buffered: true});
(function look() {
  const figures = [...document.querySelectorAll("static-interact:has(.si-controls)")];
  if (figures.some((figure) => figure.controls)) seen.slider = performance.now();
  else requestAnimationFrame(look);
})();
"""


# Goes to every figure that moves, so that those with much data load them, and back to where it was.
WAKE = """async () => {
  const place = scrollY;
  for (const figure of document.querySelectorAll("static-interact:has([data-si])")) {
    figure.scrollIntoView();
    for (let k = 0; k < 500 && !figure.data; k++) await new Promise((done) => setTimeout(done, 10));
    if (!figure.data) throw new Error(`${figure.id} has no data`);
  }
  scrollTo(0, place);
}"""


class Handler(BaseHTTPRequestHandler):
    """Serves a folder, texts with gzip, and lets browsers keep files."""

    protocol_version = "HTTP/1.1"
    folder: Path
    headers_sent: Mapping[str, str] = {}

    def do_GET(self) -> None:
        path = self.folder / unquote(urlsplit(self.path).path).lstrip("/")
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file() and path.resolve().is_relative_to(self.folder.resolve())
        body = packed(path, path.stat().st_mtime_ns) if found else b""
        self.send_response(200 if found else 404)
        if found and path.suffix in TEXT:
            self.send_header("Content-Encoding", "gzip")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.send_header("Content-Type", kind + ("; charset=utf-8" if path.suffix in TEXT else ""))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


@lru_cache(maxsize=512)
def packed(path: Path, changed: int) -> bytes:
    """A file as it is sent; `changed`, its time, has a newer one read again."""
    del changed
    body = path.read_bytes()
    return gzip.compress(body, LEVEL, mtime=0) if path.suffix in TEXT else body


@contextmanager
def served(folder: Path, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve a folder on this machine; gives its address, which ends with a slash."""
    handler = type("Folder", (Handler,), {"folder": folder, "headers_sent": headers or {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@dataclass
class Visit:
    """What one visit took.

    Attributes
    ----------
    weight : collections.Counter
        Bytes as they came over the wire, by kind: Document, Stylesheet, Script, Font, Image, Other.
    requests : list of str
        The paths that were asked for, what the browser had kept left out.
    arrival : int
        The bytes that had come before the reader scrolled.
    seen : dict
        What the browser tells: ``lcp`` and ``slider`` (the first figure that can be moved) in ms, ``cls``.
    """

    weight: Counter = field(default_factory=Counter)
    requests: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    arrival: int = 0

    @property
    def bytes(self) -> int:
        return sum(self.weight.values())


def await_scripts(page: Any) -> None:
    """Wait until the scripts have run that a page puts off until it has been painted."""
    page.wait_for_function("() => !document.querySelector('script[data-late]')")


def wake_figures(page: Any) -> None:
    """Let every figure of a page load its data, as it does when it comes near the view."""
    page.evaluate(WAKE)


def visit(tab: Any, address: str, scroll: bool = False) -> Visit:
    """Open a page in a tab and wait until nothing more comes.

    Parameters
    ----------
    tab : playwright.sync_api.Page
        One of a fresh context for a first visit; the same tab again for the next page.
    address : str
        The page's.
    scroll : bool
        Whether to read on to the page's end, and so to load what waits for that.
    """
    result = Visit()
    session = tab.context.new_cdp_session(tab)
    sent: dict[str, tuple[str, str]] = {}
    kept: set[str] = set()

    def on_response(event: dict) -> None:
        response = event["response"]
        if response.get("fromDiskCache") or response.get("fromPrefetchCache"):
            kept.add(event["requestId"])
        sent[event["requestId"]] = event["type"], urlsplit(response["url"]).path

    def on_end(event: dict) -> None:
        if event["requestId"] in sent and event["requestId"] not in kept:
            result.weight[sent[event["requestId"]][0]] += int(event["encodedDataLength"])

    session.on("Network.requestServedFromCache", lambda event: kept.add(event["requestId"]))
    session.on("Network.responseReceived", on_response)
    session.on("Network.loadingFinished", on_end)
    session.send("Network.enable")
    tab.goto(address, wait_until="load")
    await_scripts(tab)
    tab.wait_for_load_state("networkidle")
    result.seen = tab.evaluate("() => window.seen ?? {}")
    result.arrival = result.bytes
    if scroll:
        tab.evaluate(
            """async () => {
              for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
                scrollTo(0, y);
                await new Promise((done) => setTimeout(done, 30));
              }
            }"""
        )
        tab.wait_for_load_state("networkidle")
        tab.wait_for_timeout(200)
        result.seen["cls"] = tab.evaluate("() => window.seen?.cls")
    result.requests = sorted(
        path for key, (_, path) in sent.items() if key not in kept and not path.startswith("data:")
    )
    session.detach()
    return result
