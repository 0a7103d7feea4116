"""Switches on what tests and chapters alike are run with."""

pytest_plugins = ["tools.strict_nbval"]
