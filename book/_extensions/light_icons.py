"""Icons as small drawings inside the page: only those that it shows, and no icon font.

The theme's templates name Font Awesome's icons by classes, ``<i class="fa-solid fa-moon"></i>``, and its own style
names them by characters of the icon font. The drawings come from the script that the theme ships
(https://github.com/pydata/pydata-sphinx-theme/issues/2379 asks for pages without it); Font Awesome Free's icons are
under CC BY 4.0, which asks for the notice that `NOTICE` puts into every page.
"""

import re
from urllib.parse import quote

NOTICE = "Icons: Font Awesome Free by @fontawesome, https://fontawesome.com, licence CC BY 4.0"
STYLES = {
    "fas": "fas", "fa-solid": "fas", "fa": "fas", "far": "far", "fa-regular": "far", "fab": "fab", "fa-brands": "fab",
}  # fmt: skip
#: Classes that say how an icon looks, beside the one that names it.
LOOKS = re.compile(r"fa-(?:lg|xs|sm|[0-9]?x[ls]|[0-9]+x|fw|spin|pulse)$")

# "moon":[384,512,[127769,9214],"f186","M223.5 32C…"]
ENTRY = re.compile(r'(?:"([\w-]+)"|\b(\w+)):\[(\d+),(\d+),\[([^\]]*)\],"([0-9a-f]+)","([^"]+)"\]')
SAFE = " =:/'"  # characters that an address in double quotes may hold as they are
ELEMENT = re.compile(
    r'<(i|span)((?:\s+[\w-]+="[^"]*")*\s+class="[^"]*\bfa[srb]?\b[^"]*"(?:\s+[\w-]+="[^"]*")*)\s*></\1>'
)


class Icons:
    """All icons that a Font Awesome script holds.

    Parameters
    ----------
    script : str
        The text of its ``all.min.js``, as it is or inside a bundle.
    """

    def __init__(self, script):
        self.named, self.coded = {}, {}
        # A set is registered after its icons have been listed: c("fas", icons).
        ends = [(match.start(), match[1]) for match in re.finditer(r'"(fa[srb])",', script)]
        ends.reverse()
        for match in ENTRY.finditer(script):
            while ends and ends[-1][0] < match.start():
                ends.pop()
            if not ends:
                break
            style, drawing = ends[-1][1], (match[3], match[4], match[7])
            aliases = re.findall(r'"([\w-]+)"', match[5])
            for name in [match[1] or match[2], *aliases]:
                self.named[style, name] = drawing
            self.coded[style, match[6]] = drawing

    def inline(self, markup):
        """Put drawings in the place of all elements that name an icon.

        Raises
        ------
        ValueError
            If one is named that there is not.
        """
        return ELEMENT.sub(lambda match: self._element(match[2]), markup)

    def _element(self, attributes):
        names = re.search(r'class="([^"]*)"', attributes)[1].split()
        style = next(STYLES[name] for name in names if name in STYLES)
        icons = [name for name in names if name.startswith("fa-") and name not in STYLES and not LOOKS.match(name)]
        if len(icons) != 1 or (style, icons[0][3:]) not in self.named:
            raise ValueError(f"no icon of Font Awesome's is meant by the classes {' '.join(names)!r}")
        width, height, path = self.named[style, icons[0][3:]]
        kept = " ".join(["drawn", *(name for name in names if name not in STYLES)])
        rest = re.sub(r'\s*\b(class|aria-hidden|role)="[^"]*"', "", attributes)
        return (
            f'<svg class="{kept}"{rest} viewBox="0 0 {width} {height}" aria-hidden="true">'
            f'<path d="{path}"></path></svg>'
        )

    def address(self, character):
        """The drawing of a character of the icon fonts as an address for css: ``url("data:…")``, or None."""
        code = f"{ord(character):x}"
        found = self.coded.get(("fas", code)) or self.coded.get(("fab", code))
        if found is None:
            return None
        width, height, path = found
        drawing = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'><path d='{path}'/></svg>"
        return f'url("data:image/svg+xml,{quote(drawing, safe=SAFE)}")'
