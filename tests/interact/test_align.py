"""Frames of one figure are merged so that what they share is there once."""

import itertools

import numpy as np
import pytest

from static_interact import align
from static_interact.align import Interner, merge
from tests.interact.trees import div


def merged(*frames):
    interner = Interner()
    return merge([interner.intern(div(frame)) for frame in frames])


def outline(node):
    """The merged tree in words: each child with the frames that have it; runs with the number of units."""
    found = []
    for child in node.children:
        here = "".join("x" if place >= 0 else "." for place in child.pick)
        if child.run:
            counts = [len(child.choices[place]) if place >= 0 else 0 for place in child.pick]
            found.append((f"{child.choices[0][0].tag}*", counts))
        else:
            found.append((child.choices[0].tag, here))
    return found


# --- nodes --------------------------------------------------------------------------------------------------------


def test_equal_trees_are_one_object():
    interner = Interner()
    one, same, other = (interner.intern(div(f'<p a="1">x<b/>{text}</p>')) for text in ("y", "y", "z"))
    assert one is same is not other and one.shape == other.shape and one.number != other.number
    assert interner.intern(div('<p b="1">x<b/>y</p>')).shape != one.shape, "another attribute"
    assert interner.intern(div('<p a="1">x<i/>y</p>')).shape != one.shape, "another element"
    assert interner.intern(div('<p a="2">x<b/>y</p>')) is not one
    assert one.size == 5 and one.children[0].size == 4 and one.children[0].children[1].size == 1
    assert [child.tag for child in one.children[0].children] == ["#text", "b", "#text"]


def test_a_node_knows_its_own_text_and_whether_it_has_line_feeds():
    interner = Interner()
    node = interner.intern(div("<p>a<b>c</b>d</p>")).children[0]
    assert node.text == "ad" and node.children[1].text == "c" and node.joins
    assert not interner.intern(div("<p><b>c\n</b></p>")).joins
    assert not interner.intern(div('<p title="a&#10;b"/>')).joins
    raw = interner.intern(div("<si-raw>a&lt;b</si-raw>x")).children[0]
    assert raw.attributes == (("", "a<b"),) and not raw.children
    assert interner.intern(div("<si-raw/>")).children[0].attributes == (("", ""),)


def test_kinds_differ_by_tag_attributes_and_children():
    interner = Interner()
    kinds = [interner.intern(div(m)).children[0].kind for m in ("<p/>", "<b/>", '<p a=""/>', "<p>x</p>", "<p>y</p>")]
    assert len(set(kinds)) == 4 and kinds[3] == kinds[4]


# --- children -----------------------------------------------------------------------------------------------------


def test_one_frame_is_itself():
    tree = merged("<p>a</p><b/>")
    assert outline(tree) == [("p", "x"), ("b", "x")] and outline(tree.children[0]) == [("#text", "x")]


def test_what_not_all_have_is_optional():
    tree = merged("<p/><b/><i/>", "<p/><i/>", "<u/><p/><i/>")
    assert outline(tree) == [("u", "..x"), ("p", "xxx"), ("b", "x.."), ("i", "xxx")]


def test_within_optional_elements_frames_find_their_own():
    tree = merged("<p><b>1</b></p>", "<i/>", "<p><b>2</b><u/></p>", "<p><b>2</b><u/></p>")
    (p,) = (child for child in tree.children if child.choices[0].tag == "p")
    assert p.pick.tolist() == [0, -1, 1, 1] and outline(p) == [("b", "x.xx"), ("u", "..xx")]
    (text,) = p.children[0].children
    assert [node.text for node in p.children[0].choices] == ["1", "2"] and text.pick.tolist() == [0, -1, 1, 1]


@pytest.mark.parametrize(
    "one, other, pairs",
    [
        # With one more at the front, equal content leads.
        ("<p>a</p><p>b</p>", "<p>0</p><p>a</p><p>b</p>", [None, 0, 1]),
        # The same text counts more than the same style, the style more than the clip, the clip more than the place.
        (
            '<text style="c">a</text>',
            '<text style="c">b</text><text style="d">a</text>',
            [None, 0],
        ),
        ('<use style="c" clip-path="k"/>', '<use style="d" clip-path="k"/><use style="c" clip-path="l"/>', [None, 0]),
        ('<use clip-path="k" x="1"/>', '<use clip-path="l" x="1"/><use clip-path="k" x="2"/>', [None, 0]),
        ('<use x="1"/>', '<use x="2"/><use x="1"/>', [None, 0]),
        ('<use x="1" y="2"/>', '<use x="1" y="3"/><use x="1" y="2"/>', [None, 0]),
        ('<g transform="a"><b/></g>', '<g transform="b"><b/></g><g transform="a"><b/><b/></g>', [None, 0]),
        # Another kind never matches.
        ('<p a="1"/>', '<p b="1"/><p a="2"/>', [None, 0]),
    ],
)  # fmt: skip
def test_likeness_decides_which_child_is_which(one, other, pairs):
    tree = merged(one, other)
    second = [child for child in tree.children if child.pick[1] >= 0]
    assert [child.pick[0] >= 0 for child in second] == [k is not None for k in pairs]


def test_the_order_of_children_is_kept():
    tree = merged("<a/><b/><c/>", "<c/><a/><b/>", "<b/><c/><a/>")
    for frame, order in enumerate(("abc", "cab", "bca")):
        assert [c.choices[0].tag for c in tree.children if c.pick[frame] >= 0] == list(order)


# --- runs ---------------------------------------------------------------------------------------------------------


def uses(count, first=0):
    return "".join(f'<use x="{first + k}"/>' for k in range(count))


@pytest.mark.parametrize(
    "counts, run",
    [((7, 5), False), ((8, 5), True), ((5, 8), True), ((39, 39), False), ((40, 40), True), ((8, 0), True), ((7, 0), False)],
)  # fmt: skip
def test_many_of_a_changing_number_or_very_many_are_a_run(counts, run):
    tree = merged(*(f"<p/>{uses(count, 9 * k)}<i/>" for k, count in enumerate(counts)))
    assert (("use*", list(counts)) in outline(tree)) is run
    assert ("use*" in dict(outline(tree))) is run


def test_runs_apart_stay_apart():
    tree = merged(f"{uses(9)}<p/>{uses(10)}", f"{uses(8)}<p/>{uses(12)}")
    assert outline(tree) == [("use*", [9, 8]), ("p", "xx"), ("use*", [10, 12])]
    tree = merged(uses(9) + "<path/>" * 9 + "<b/>" + uses(3), uses(8) + "<path/>" * 10 + "<b/>" + uses(4))
    assert outline(tree) == [("use*", [9, 8]), ("path*", [9, 10]), ("b", "xx"), ("use*", [3, 4])]


def test_what_has_line_feeds_is_no_run():
    lines = ['<p title="a"/>' * n for n in (9, 10)]
    assert dict(outline(merged(*lines))) == {"p*": [9, 10]}
    lines[1] = lines[1].replace('"a"', '"a&#10;b"', 1)
    assert all(tag == "p" for tag, _ in outline(merged(*lines)))


def test_units_of_a_run_have_one_shape():
    tree = merged("<g><b/></g>" * 9 + "<g><i/></g>", "<g><b/></g>" * 8 + "<g><i/></g>")
    assert outline(tree) == [("g*", [9, 8]), ("g", "xx")]


# --- very long lists ----------------------------------------------------------------------------------------------


def rows(tags):
    return [(tag, tag, None, None, None, ()) for tag in tags]


def test_very_long_lists_match_the_next_of_their_kind():
    assert align._greedy(rows("abcab"), rows("abcab")) == [(k, k) for k in range(5)]
    assert align._greedy(rows("abc"), rows("xaxbc")) == [(0, 1), (1, 3), (2, 4)]
    assert align._greedy(rows("xab"), rows("ab")) == [(1, 0), (2, 1)]
    assert align._greedy(rows("xxy"), rows("yx")) == [(0, 1)], "in order"
    assert align._greedy(rows("aaa"), rows("aa")) == [(0, 0), (1, 1)]
    assert align._greedy(rows("ab"), rows("a" + "x" * 49 + "b")) == [(0, 0), (1, 50)]
    assert align._greedy(rows("abc"), rows("a" + "x" * 50 + "bc")) == [(0, 0)], "not so far ahead that all else is lost"
    assert align._greedy(rows("a"), rows("")) == []


def test_very_long_lists_are_not_aligned_exactly(monkeypatch):
    one, other = rows("abcdefgh"), rows("xbadcfeh")
    assert align._align(one, other) != [] and len(align._align(one, other)) >= 4
    monkeypatch.setattr(align, "EXACT", 1)
    pairs = align._align(one, other)
    assert all(one[i][0] == other[j][0] for i, j in pairs) and pairs == sorted(pairs) and (7, 7) in pairs


def test_the_best_alignment_has_the_largest_sum():
    """Against trying all of them."""
    chance = np.random.default_rng(0)

    def worth(pairs, a, b):
        weights = (8, 6, 4, 3, 2, 1)
        return sum(sum(w for w, x, y in zip(weights, a[i], b[j], strict=True) if x == y) for i, j in pairs)

    def best(a, b):
        if not a or not b:
            return 0
        options = [best(a[1:], b), best(a, b[1:])]
        if a[0][0] == b[0][0]:
            options.append(worth([(0, 0)], a, b) + best(a[1:], b[1:]))
        return max(options)

    for _ in range(40):
        a, b = ([tuple(row) for row in chance.integers(0, 2, (chance.integers(1, 6), 6)).tolist()] for _ in range(2))
        pairs = align._best(a, b)
        assert all(x < y for p, q in itertools.pairwise(pairs) for x, y in zip(p, q, strict=True))
        assert all(a[i][0] == b[j][0] for i, j in pairs)
        assert worth(pairs, a, b) == best(a, b)
        whole = align._align(a, b)
        assert all(a[i][0] == b[j][0] for i, j in whole) and worth(whole, a, b) == best(a, b)


def test_ends_that_are_alike_are_matched_from_the_end():
    for one, other, pairs in (
        ("pqz", "qrz", [(1, 0), (2, 2)]),
        ("abyz", "cdyz", [(2, 2), (3, 3)]),
        ("az", "abz", [(0, 0), (1, 2)]),
    ):
        assert align._align(rows(one), rows(other)) == pairs
    assert align._align(rows("aa"), rows("aaa")) == [(0, 0), (1, 1)]
