"""Where the book's repository is, and the links to it on GitHub, Binder and Colab.

The environment variable BOOK_REPOSITORY says it (OWNER/NAME, a GitHub address, or "none"), else
the git remote `origin` does. Where the book is published follows from it, unless BOOK_URL says it
(an address, or "none").
"""

import os
import re
import subprocess
from dataclasses import dataclass

BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"
COLAB_BRANCH = "colab"  # written by the deploy workflow with tools/colab.py

NAME = r"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]*)/(?P<name>[A-Za-z0-9._-]+?)(?:\.git)?/?"
ADDRESSES = (
    rf"(?:https?://)?(?:[^@/\s]+@)?(?:www\.)?github\.com/{NAME}",
    rf"ssh://(?:[^@/\s]+@)?(?:ssh\.)?github\.com(?::\d+)?/{NAME}",
    rf"(?:[^@/\s]+@)?github\.com:/?{NAME}",
    rf"git://github\.com/{NAME}",
)


@dataclass(frozen=True)
class Repository:
    """A repository on GitHub and the branch that the book is published from."""

    owner: str
    name: str
    branch: str = "main"

    @property
    def url(self):
        """Its page, without any user name or token that the remote's address may hold."""
        return f"https://github.com/{self.owner}/{self.name}"

    def binder_url(self, path):
        """The address that opens the notebook at `path` (from the root) in Binder."""
        return f"{BINDER}/v2/gh/{self.owner}/{self.name}/{self.branch}?urlpath=lab/tree/{path}"

    def colab_url(self, path):
        """The address that opens the Colab copy of the notebook at `path` (from the root)."""
        return f"{COLAB}/github/{self.owner}/{self.name}/blob/{COLAB_BRANCH}/{path}"


def parse_address(address):
    """Return (owner, name) of a GitHub address, or None for any other place.

    >>> parse_address("git@github.com:ada/softmax-book.git")
    ('ada', 'softmax-book')
    >>> parse_address("https://github.com/ada/softmax-book")
    ('ada', 'softmax-book')
    >>> parse_address("../softmax-book") is None
    True
    """
    for pattern in ADDRESSES:
        if match := re.fullmatch(pattern, address.strip(), flags=re.IGNORECASE):
            return match["owner"], match["name"]
    return None


def find_repository(root, environ=None):
    """Return the book's Repository, or None where none is known.

    Parameters
    ----------
    root : pathlib.Path
        The working tree whose remote `origin` is asked.
    environ : mapping, optional
        The environment, `os.environ` unless given: BOOK_REPOSITORY and BOOK_BRANCH go before what
        git says.

    Raises
    ------
    ValueError
        If BOOK_REPOSITORY is not a GitHub repository.
    """
    environ = os.environ if environ is None else environ
    chosen = environ.get("BOOK_REPOSITORY", "").strip()
    if chosen.lower() == "none":
        return None
    if chosen:
        bare = re.fullmatch(NAME, chosen)
        parts = (bare["owner"], bare["name"]) if bare else parse_address(chosen)
        if parts is None:
            raise ValueError(f"BOOK_REPOSITORY is {chosen!r}: expected OWNER/NAME, a GitHub address, or none")
    else:
        parts = parse_address(git(root, "remote", "get-url", "origin"))
    if parts is None:
        return None
    owner, name = parts
    return Repository(owner, name, environ.get("BOOK_BRANCH") or default_branch(root))


def find_address(repository, environ=None):
    """Return the address of the published book, which ends with a slash, or None where none is known.

    Parameters
    ----------
    repository : Repository or None
        The book's; unless BOOK_URL names another address, GitHub Pages publishes it.
    environ : mapping, optional
        The environment, `os.environ` unless given.

    Raises
    ------
    ValueError
        If BOOK_URL is not an address.

    Examples
    --------
    >>> find_address(Repository("ada", "softmax-book"), {})
    'https://ada.github.io/softmax-book/'
    >>> find_address(Repository("Ada", "ada.github.io"), {})
    'https://ada.github.io/'
    """
    environ = os.environ if environ is None else environ
    chosen = environ.get("BOOK_URL", "").strip()
    if chosen.lower() == "none":
        return None
    if chosen:
        if not re.fullmatch(r"https?://[^\s/?#\"<>]+(/[^\s?#\"<>]*)?", chosen):
            raise ValueError(f"BOOK_URL is {chosen!r}: expected an address such as https://example.org/book/, or none")
        return chosen.rstrip("/") + "/"
    if repository is None:
        return None
    host = f"{repository.owner.lower()}.github.io"
    return f"https://{host}/" if repository.name.lower() == host else f"https://{host}/{repository.name}/"


def default_branch(root):
    """The remote's main branch as git recorded it at cloning, else "main"."""
    head = git(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return head.removeprefix("origin/") or "main"


def git(root, *arguments):
    """What a git command prints; empty where git, a repository or the answer is missing."""
    # The tree above `root` may be another repository's: without .git here there is no remote.
    if not (root / ".git").exists():
        return ""
    try:
        result = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
