"""Helpers of the Makefile and the tests: notebooks, browser, Colab copies, vendored files."""
