"""One notebook in every host: built by the real tool where it is installed, and alive in Chromium."""

import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from static_interact import hosts
from static_interact.__main__ import main
from tools import visits

ROOT = Path(__file__).parents[2]

CELLS = [
    "import matplotlib.pyplot as plt\nfrom static_interact import interact",
    """@interact(scale=(0.5, 3.0, 0.5), kind=["up", "down"])
def line(scale=1.0, kind="up"):
    plt.figure(figsize=(4, 2))
    plt.plot([0, 1], [0, scale if kind == "up" else -scale])
    plt.show()
    print(f"scale {scale:g}, {kind}")""",
    """@interact.options(caption="Squares", ask={"question": "Where is it 16?", "answer": {"n": 4}})(n=(0, 7))
def square(n):
    print(n * n)""",
]


def notebook(cells=CELLS):
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    made.cells = [nbformat.v4.new_code_cell(cell, id=f"cell-{k}") for k, cell in enumerate(cells)]
    return made


def environment(**more):
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", **more}


@functools.cache
def executed(way):
    """The notebook as a kernel leaves it, baked by the environment or by its own first cell."""
    first = "import static_interact\nstatic_interact.bake_here()" if way == "bake_here" else "# nothing"
    made = notebook([first, *CELLS])
    before = os.environ.get(hosts.BAKE)
    os.environ.pop(hosts.BAKE, None)
    if way != "bake_here":
        os.environ[hosts.BAKE] = way
    try:
        NotebookClient(made, timeout=300).execute(env=environment())
    finally:
        os.environ.pop(hosts.BAKE, None)
        if before is not None:
            os.environ[hosts.BAKE] = before
    return made


def outputs(way):
    return [
        "".join(output.data["text/html"])
        for cell in executed(way).cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]


def tool(name):
    """Skip where a host's own tool is missing; on CI that is a failure."""
    if importlib.util.find_spec(name) is None:
        in_ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
        (pytest.fail if in_ci else pytest.skip)(f"{name} is not installed: pip install -e '.[test]'")


def assert_alive(browser, address, figures=2, header=None):
    """Every figure moves by its slider, and the page said nothing."""
    page = browser.new_context().new_page()
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if "static-interact" in message.text else None)
    page.route("**/*", lambda route: route.continue_() if own(route.request.url) else route.abort())
    page.goto(address)
    page.wait_for_selector("static-interact .si-live", state="attached")
    elements = page.locator("static-interact:has(script)")
    assert elements.count() == figures
    for element in elements.all():
        if element.locator(".si-skip").count():
            element.locator(".si-skip").click()
        before = element.locator(".si-view").first.inner_html()
        element.locator("input[type=range]").first.press("End")
        page.wait_for_timeout(50)
        assert element.locator(".si-view").first.inner_html() != before, element.get_attribute("id")
    assert said == []
    shown = page.locator(".si-text").all_inner_texts()
    page.context.close()
    return shown


def own(url):
    return url.startswith(("file:", "data:", "blob:", "http://127.0.0.1"))


@pytest.fixture
def serve():
    """A function that serves a folder, under a policy if one is given, and returns its address."""
    with ExitStack() as servers:

        def serve(folder, policy=None):
            headers = {"Content-Security-Policy": policy} if policy else {}
            return servers.enter_context(visits.served(folder, headers))

        yield serve


def run(*command, cwd, **environ):
    done = subprocess.run(command, cwd=cwd, env=environment(**environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


# ---- Sphinx


@pytest.fixture(scope="module")
def sphinx_site(tmp_path_factory):
    """The notebook, an ipywidgets one, and a page without figures, built by plain Sphinx and MyST-NB."""
    folder = tmp_path_factory.mktemp("sphinx")
    (folder / "conf.py").write_text(
        "extensions = ['myst_nb', 'static_interact.sphinx_ext']\nhtml_theme = 'basic'\n"
        "static_interact_options = {'errors': 'raise', 'alias': True}\nnb_execution_mode = 'force'\n"
    )
    (folder / "index.md").write_text("# Index\n\n```{toctree}\nnotebook\nother\n```\n")
    nbformat.write(notebook(["# First\n1 + 1", *CELLS]), folder / "notebook.ipynb")
    other = ["from ipywidgets import interact", "interact(lambda n: print('n is', n), n=(0, 5));"]
    nbformat.write(notebook(other), folder / "other.ipynb")
    log = run(sys.executable, "-m", "sphinx", "-b", "html", ".", "out", cwd=folder)
    return folder / "out", log


def test_plain_sphinx(sphinx_site, browser, serve):
    out, _ = sphinx_site
    assert assert_alive(browser, serve(out) + "notebook.html") == ["scale 3, up", "49"]
    assert assert_alive(browser, (out / "notebook.html").as_uri()) == ["scale 3, up", "49"]


def test_a_policy_without_inline_scripts(sphinx_site, browser, serve):
    address = serve(sphinx_site[0], "script-src 'self'")
    assert assert_alive(browser, address + "notebook.html") == ["scale 3, up", "49"]


def test_a_notebook_that_imports_ipywidgets_itself(sphinx_site, browser, serve):
    assert assert_alive(browser, serve(sphinx_site[0]) + "other.html", figures=1) == ["n is 5"]


@pytest.mark.slow
def test_only_pages_with_figures_load_anything(sphinx_site):
    out, _ = sphinx_site
    for page, loads in {"index.html": 0, "notebook.html": 1, "other.html": 1}.items():
        text = (out / page).read_text()
        assert text.count("static_interact.js") == text.count("static_interact.css") == loads, page
        assert "si-assets" not in text and "application/vnd.jupyter" not in text


@pytest.mark.slow
def test_wrong_options_stop_the_build(tmp_path):
    (tmp_path / "conf.py").write_text(
        "extensions = ['static_interact.sphinx_ext']\nstatic_interact_options = {'error': 'raise'}\n"
    )
    (tmp_path / "index.rst").write_text("Index\n=====\n")
    command = [sys.executable, "-m", "sphinx", "-b", "html", ".", "out"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "static_interact_options" in done.stderr


# ---- pages that carry script and style themselves


def test_nbconvert(browser, tmp_path):
    tool("nbconvert")
    nbformat.write(notebook(), tmp_path / "notebook.ipynb")
    run(
        sys.executable, "-m", "nbconvert", "--to", "html", "--execute", "notebook.ipynb", cwd=tmp_path,
        **{hosts.BAKE: "inline"},
    )  # fmt: skip
    page = (tmp_path / "notebook.html").read_text()
    assert page.count('<script class="si-assets">') == page.count('<style class="si-assets">') == 1
    assert assert_alive(browser, (tmp_path / "notebook.html").as_uri()) == ["scale 3, up", "49"]


def test_pandoc_as_quarto_calls_it(browser, tmp_path):
    """Quarto hands outputs to Pandoc as raw html blocks; its own program is not to be had from a package registry."""
    tool("pypandoc")
    import pypandoc

    pieces = [
        f"::: {{.cell-output .cell-output-display}}\n```{{=html}}\n{html}\n```\n:::\n" for html in outputs("inline")
    ]
    (tmp_path / "page.md").write_text("---\ntitle: Page\n---\n\n" + "\n".join(pieces))
    pypandoc.convert_file(str(tmp_path / "page.md"), "html", outputfile=str(tmp_path / "page.html"), extra_args=["-s"])
    assert assert_alive(browser, (tmp_path / "page.html").as_uri()) == ["scale 3, up", "49"]


# What JupyterLab's renderer of html does, and with it Notebook 7, Thebe and MyST's book theme: the markup is set by innerHTML,
# which runs no script, then each script is replaced by a copy of itself, which runs.
RENDER = """async (outputs) => {
  for (const html of outputs) {
    const host = document.body.appendChild(document.createElement('div'));
    host.innerHTML = html;
    for (const script of host.querySelectorAll('script')) {
      const copy = document.createElement('script');
      for (const { name, value } of script.attributes) copy.setAttribute(name, value);
      copy.textContent = script.textContent;
      script.replaceWith(copy);
    }
  }
}"""


@pytest.mark.parametrize("order", [1, -1])
def test_outputs_that_a_script_puts_on_the_page_in_any_order(browser, tmp_path, order):
    page = tmp_path / "page.html"
    calls = json.dumps(outputs("inline")[::order]).replace("</", "<\\/")
    page.write_text(f"<!doctype html><meta charset=utf-8><body><script>({RENDER})({calls})</script>")
    assert sorted(assert_alive(browser, page.as_uri())) == ["49", "scale 3, up"]


def test_mystmd_hands_outputs_on_unchanged(browser, tmp_path):
    """Its site content, rendered as its theme does; the theme itself is not to be had from a package registry."""
    tool("mystmd_py")
    nbformat.write(executed("inline"), tmp_path / "notebook.ipynb")
    (tmp_path / "myst.yml").write_text("version: 1\nproject:\n  toc:\n    - file: notebook.ipynb\nsite: {}\n")
    subprocess.run(
        [shutil.which("myst") or Path(sys.executable).parent / "myst", "build", "--site"], cwd=tmp_path, timeout=200,
        capture_output=True, check=False, env=environment(),
    )  # fmt: skip
    site = tmp_path / "_build" / "site"
    found = []

    def walk(node):
        if isinstance(node, dict):
            html = (
                node.get("jupyter_data", {}).get("data", {}).get("text/html") if node.get("type") == "output" else None
            )
            if html:
                found.append(
                    (site / "public" / html["path"].lstrip("/")).read_text() if "path" in html else html["content"]
                )
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads((site / "content" / "index.json").read_text()))
    assert found == outputs("inline")


def test_bake_here_gives_each_figure_all_it_needs(browser, tmp_path):
    alone = outputs("bake_here")[1]
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{alone}")
    assert assert_alive(browser, page.as_uri(), figures=1) == ["49"]


# ---- the post-processor


@pytest.mark.parametrize("way", ["inline", "bake_here"])
def test_post_processor_leaves_one_copy(browser, tmp_path, way, capsys):
    page = tmp_path / "page.html"
    before = f"<!doctype html><html><head><meta charset=utf-8></head><body>{''.join(outputs(way))}</body></html>"
    page.write_text(before)
    main([str(page)])
    after = page.read_text()
    assert after.count('<script class="si-assets">') == after.count('<style class="si-assets">') == 1
    assert after.index("si-assets") < after.index("</head>")
    assert "2 figures" in capsys.readouterr().out
    main([str(page)])
    assert page.read_text() == after, "once more changes nothing"
    assert assert_alive(browser, page.as_uri()) == ["scale 3, up", "49"]


def test_post_processor_links_for_pages_under_a_policy(browser, tmp_path, serve):
    page = tmp_path / "page.html"
    page.write_text(
        f"<!doctype html><html><head><meta charset=utf-8></head><body>{''.join(outputs('inline'))}</body></html>"
    )
    main(["--link", str(page)])
    assert "si-assets" not in page.read_text()
    assert assert_alive(browser, serve(tmp_path, "script-src 'self'") + "page.html") == ["scale 3, up", "49"]


def test_post_processor_leaves_other_pages_alone(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<p>nothing here")
    main(["--link", str(page)])
    assert page.read_text() == "<p>nothing here" and list(tmp_path.iterdir()) == [page]


# ---- hosts without scripts


@pytest.mark.slow
def test_outputs_of_a_live_kernel_have_a_picture_for_viewers_that_strip_scripts():
    """GitHub shows neither html with scripts nor widgets: the notebook is kept as a live kernel leaves it."""
    made = notebook(CELLS[:2])
    before = os.environ.pop(hosts.BAKE, None)
    try:
        NotebookClient(made, timeout=300).execute(env=environment())
    finally:
        if before is not None:
            os.environ[hosts.BAKE] = before
    (output,) = [o for cell in made.cells for o in cell.get("outputs", []) if o.output_type == "display_data"]
    assert {"image/png", "text/plain"} <= set(output.data) and "text/html" not in output.data
