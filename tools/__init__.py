"""Helpers of the Makefile and the tests: pins, notebooks, browser, Colab copies, vendored files."""
