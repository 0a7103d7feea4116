"""The notebooks here are written for ipywidgets and have no outputs: a test bakes them, nbval has nothing to compare."""

collect_ignore_glob = ["notebooks/*.ipynb"]
