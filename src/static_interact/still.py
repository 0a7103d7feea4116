"""What a picture that does not move is spared: many equal marks become one path, and so one element to lay out."""

from __future__ import annotations

import re

from .svg import Element

#: So many marks of one kind are worth it.
MANY = 16
_OPACITY = re.compile(r"(?:^|;)opacity:")


def merge_marks(tree: Element) -> None:
    """Draw groups of many equal ``use`` elements as one path each, with the shape at each of its corners.

    A browser makes a tree of its own for each ``use``; for a path's marker it paints the shape again, in the same
    order. Which of them are which cannot be told any more, so this is for pictures of one frame.

    Parameters
    ----------
    tree : xml.etree.ElementTree.Element
        What a figure's renderer has drawn; it is changed.
    """
    shapes = {f"#{shape.get('id')}": shape.get("d", "") for shape in tree.iter("path") if shape.get("id")}
    for count, group in enumerate(list(tree.iter("g"))):
        marks = list(group)
        if len(marks) < MANY or not _are_equal(marks) or (href := marks[0].get("href", "")) not in shapes:
            continue
        own = group.attrib.get("style", "")
        if _OPACITY.search(own):  # it holds for all of the group together
            continue
        group.attrib.pop("style", None)
        name = f"{href[1:]}m{count}"
        style = ";".join(filter(None, [own, marks[0].get("style", "")]))
        shape = Element("path", {"d": shapes[href], **({"style": style} if style else {})})
        marker = Element("marker", {"id": name, "markerUnits": "userSpaceOnUse", "style": "overflow:visible"})
        marker.append(shape)
        definition = Element("defs")
        definition.append(marker)
        d = "M" + "L".join(f"{mark.get('x', '0')} {mark.get('y', '0')}" for mark in marks)
        for mark in marks:
            group.remove(mark)
        group.extend([definition, Element("path", {"d": d, "style": f"fill:none;marker:url(#{name})"})])


def _are_equal(marks: list[Element]) -> bool:
    """Whether these are all uses of one shape in one style, and differ in their places alone."""
    kinds = {(mark.tag, mark.get("href"), mark.get("style")) for mark in marks}
    names = set().union(*(mark.attrib for mark in marks))
    return len(kinds) == 1 and marks[0].tag == "use" and names <= {"href", "style", "x", "y"}
