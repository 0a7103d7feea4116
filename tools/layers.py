"""How the code hangs together, as data: who may import whom. tests/architecture holds the code to it.

After a change here, `python -m tools.draw_architecture` draws the picture in the book's reference anew.
"""

#: The modules of each package, from the bottom up: a module may import from the lines above its own here, never from
#: its own line or one below. A folder of modules is one name. A new module goes on the first line that works.
LAYERS = {
    "stable_softmax": [
        "_exercise_cases _formats _invariance _reference properties",  # what numbers are, and the truth
        "_dtypes precision symbolic",
        "_blocks _sums _validate exercises",  # an argument is checked and cut, sums are added up
        "_linear _problem _terms gradcheck xray",  # exponentials, and what a loss is asked for
        "_linear_loss _rows naive",  # whole rows
        "_bent _dask functions losses",
        "_filters binary jacobian more_losses streaming",
        "attention sampling",
    ],
    "small_networks": [
        "data layers",
        "losses optimizers recorder training",
        "crashes",
    ],
}

EVERYWHERE = "everywhere"


class Late(set):
    """Modules that may import something inside a function, when it is needed, and not before."""


#: Which packages may be imported beside Python's own, and by which modules.
FOREIGN: dict[str, dict[str, str | set[str]]] = {
    "stable_softmax": {
        "numpy": EVERYWHERE,
        "sympy": {"symbolic"},
        "mpmath": Late({"_reference"}),
        "dask": Late({"_dask"}),
    },
    "small_networks": {"numpy": EVERYWHERE, "stable_softmax": EVERYWHERE},
    "figure_colors": {},
    "static_interact": {
        "numpy": EVERYWHERE,
        "matplotlib": EVERYWHERE,
        "IPython": EVERYWHERE,
        "ipywidgets": EVERYWHERE,
        "traitlets": {"layouts", "links", "observed"},  # what ipywidgets is made with, as is comm
        "comm": {"quiet"},
        "PIL": {"frame", "rasters", "renderer"},  # what matplotlib writes pictures with
        "fontTools": Late({"fonts", "lettering"}),
        "latex2mathml": Late({"latex"}),
        "markdown_it": Late({"frame"}),
        "mdit_py_plugins": Late({"frame"}),
        "sphinx": {"sphinx_ext"},
    },
}

#: What must be installed for a package to be imported: an extra of pyproject.toml, or none.
EXTRA = {"stable_softmax": None, "figure_colors": None, "small_networks": None, "static_interact": "interact"}
