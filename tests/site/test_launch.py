"""Links to GitHub, Binder and Colab: found out, so that a fork's book points at the fork."""

import subprocess

import pytest

from tools import colab, launch, notebooks
from tools.launch import Repository, find_repository, parse_address

FORK = Repository("ada", "softmax-book", "main")


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/ada/softmax-book",
        "https://github.com/ada/softmax-book.git",
        "https://github.com/ada/softmax-book/",
        "https://www.github.com/ada/softmax-book",
        "http://github.com/ada/softmax-book.git",
        "https://x-access-token:secret@github.com/ada/softmax-book.git",
        "git@github.com:ada/softmax-book.git",
        "git@github.com:ada/softmax-book",
        "ssh://git@github.com/ada/softmax-book.git",
        "ssh://git@ssh.github.com:443/ada/softmax-book.git",
        "git://github.com/ada/softmax-book.git",
    ],
)
def test_github_addresses_are_understood(address):
    assert parse_address(address) == ("ada", "softmax-book")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/srv/git/softmax-book.git",
        "../softmax-book",
        "file:///srv/softmax-book",
        "https://gitlab.com/ada/softmax-book",
        "https://github.com.example.org/ada/softmax-book",
        "https://example.org/github.com/ada/softmax-book",
        "https://github.com/ada",
        "git@example.org:ada/softmax-book.git",
    ],
)
def test_other_addresses_are_not(address):
    assert parse_address(address) is None


def test_names_with_dots_and_dashes_are_kept():
    assert parse_address("git@github.com:a-b/c.d-e_f.git") == ("a-b", "c.d-e_f")


def clone(folder, remote=None, head=None):
    """A git repository with that remote, whose main branch is `head` if given."""

    def git(*arguments):
        subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)

    subprocess.run(["git", "init", folder], check=True, capture_output=True)
    if remote:
        git("remote", "add", "origin", remote)
    if head:
        git("symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{head}")
    return folder


def test_the_remote_says_where_the_book_is(tmp_path):
    clone(tmp_path, "git@github.com:ada/softmax-book.git")
    assert find_repository(tmp_path, environ={}) == FORK


def test_the_remotes_main_branch_is_used(tmp_path):
    clone(tmp_path, "https://github.com/ada/softmax-book", head="trunk")
    assert find_repository(tmp_path, environ={}).branch == "trunk"


@pytest.mark.parametrize("chosen", ["eve/book", "https://github.com/eve/book.git"])
def test_the_setting_goes_before_the_remote(tmp_path, chosen):
    clone(tmp_path, "https://github.com/ada/softmax-book")
    environ = {"BOOK_REPOSITORY": chosen, "BOOK_BRANCH": "dev"}
    assert find_repository(tmp_path, environ=environ) == Repository("eve", "book", "dev")


def test_none_switches_the_links_off(tmp_path):
    clone(tmp_path, "https://github.com/ada/softmax-book")
    assert find_repository(tmp_path, environ={"BOOK_REPOSITORY": "none"}) is None


@pytest.mark.parametrize("remote", [None, "/srv/git/book.git", "https://gitlab.com/ada/book"])
def test_without_a_github_remote_there_are_no_links(tmp_path, remote):
    assert find_repository(clone(tmp_path, remote), environ={}) is None


def test_the_repository_around_a_copy_without_git_is_not_asked(tmp_path):
    clone(tmp_path, "https://github.com/ada/softmax-book")
    (tmp_path / "copy").mkdir()
    assert find_repository(tmp_path / "copy", environ={}) is None


def test_a_wrong_setting_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"BOOK_REPOSITORY.*'gitlab\.com/a/b'.*OWNER/NAME"):
        find_repository(tmp_path, environ={"BOOK_REPOSITORY": "gitlab.com/a/b"})


def test_addresses_hold_no_password():
    owner, name = parse_address("https://token:secret@github.com/ada/softmax-book.git")
    assert Repository(owner, name).url == "https://github.com/ada/softmax-book"


def test_binder_and_colab_addresses():
    path = "book/chapters/01_scores.ipynb"
    assert FORK.binder_url(path) == (
        "https://mybinder.org/v2/gh/ada/softmax-book/main?urlpath=lab/tree/book/chapters/01_scores.ipynb"
    )
    assert FORK.colab_url(path) == (
        "https://colab.research.google.com/github/ada/softmax-book/blob/colab/book/chapters/01_scores.ipynb"
    )


# The copies for Colab -----------------------------------------------------------------------------


def test_colab_copies_install_the_forks_code_and_run_the_same_cells(tmp_path):
    paths = colab.write_copies(tmp_path, FORK)
    assert [path.relative_to(tmp_path) for path in paths] == [
        path.relative_to(notebooks.ROOT) for path in notebooks.chapters()
    ]
    for path in paths:
        first, *rest = notebooks.read(path).cells
        archive = "https://github.com/ada/softmax-book/archive/refs/heads/main.zip"
        assert f'%pip install --quiet "softmax-book @ {archive}"' in first.source
        originals = notebooks.read(notebooks.ROOT / path.relative_to(tmp_path)).cells
        assert [cell.source for cell in rest if cell.cell_type == "code"] == [
            cell.source for cell in originals if cell.cell_type == "code"
        ]
    assert FORK.url in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_colab_copies_need_a_known_repository(monkeypatch, tmp_path):
    monkeypatch.setattr(colab, "find_repository", lambda root: None)
    assert "BOOK_REPOSITORY" in colab.main([str(tmp_path)])
    assert "usage" in colab.main([])


# What the built book links to ---------------------------------------------------------------------


def test_built_book_links_to_the_known_repository_or_to_none(site_dir):
    text = "".join(path.read_text(encoding="utf-8") for path in site_dir.rglob("*.html"))
    repository = find_repository(notebooks.ROOT)
    if repository is None:
        for host in (launch.BINDER, launch.COLAB):
            assert host not in text
        return
    for path in notebooks.chapters():
        source = path.relative_to(notebooks.ROOT).as_posix()
        assert repository.binder_url(source) in text
        assert repository.colab_url(source) in text
    assert f'href="{repository.url}"' in text
