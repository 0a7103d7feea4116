"""Code in pages: without marks that change nothing, and laid out no sooner than it comes near the view.

Blocks of code are most of a chapter's elements. Each says how many lines and columns it has, so that a browser can
leave room for it before it lays it out: nothing moves when it does, and what asks whether a block is wider than its
place is told the truth (book.css, `.listing`).
"""

import html
import re

CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
HIGHLIGHTED = re.compile(r'(<div class="highlight"><pre>)(.*?)(</pre>)', re.DOTALL)
#: Names and brackets in code, half of its markup: styles give them the colour that code has anyway.
UNSTYLED = re.compile(r'<span class="[np]">([^<]*)</span>')


def lighten(body):
    """Code as `plain` leaves it, each highlighted block as `listed` has it."""
    return HIGHLIGHTED.sub(lambda block: block[1] + listed(block[2]) + block[3], plain(body))


def plain(body):
    """Drop the marks in code of what looks like the rest."""
    return CODE.sub(lambda block: UNSTYLED.sub(r"\1", block[0]), body)


def listed(code):
    """Put code into an element that says its size in characters."""
    lines = html.unescape(re.sub(r"<[^>]*>", "", code)).removesuffix("\n").split("\n")
    size = f"--lines:{len(lines)};--columns:{max(map(len, lines))}"
    return f'<span class="listing" style="{size}">{code}</span>'
