"""What is installed with each package."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("src/*/__init__.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_types_are_installed_with_each_package(package):
    """Without this file type checkers take no notice of a package's annotations (PEP 561)."""
    assert (ROOT / "src" / package / "py.typed").is_file()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "py.typed" in project["tool"]["setuptools"]["package-data"][package]
