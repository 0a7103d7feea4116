"""What all tests of static_interact share."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest

# They are written for ipywidgets and have no outputs: a test bakes them, nbval has nothing to compare.
collect_ignore_glob = ["notebooks/*.ipynb"]


@pytest.fixture(autouse=True)
def no_figures():
    """No figure of another test is pyplot's current one."""
    plt.close("all")
    yield
    plt.close("all")
