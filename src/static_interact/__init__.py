"""Sliders that live on a static page: ipywidgets in a live kernel, baked frames in a book build."""
