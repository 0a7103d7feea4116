"""Make the page "My loss is NaN" of its entries, book/reference/symptoms.toml: ``python -m tools.symptoms``.

The page is committed, so that it is plain Markdown to whatever reads it (GitHub, the search, the checks of links, a
later version of Jupyter Book), and a test holds it to the entries. What an entry is stands at the head of that file.

Needs no package, as tests/answers asks the libraries where the book's tools need not be installed.
"""

import json
import re
import sys
import tomllib
from functools import cache
from html import escape
from pathlib import Path

BOOK = Path(__file__).resolve().parent.parent / "book"
DATA = BOOK / "reference" / "symptoms.toml"
PAGE = BOOK / "reference" / "my_loss_is_nan.md"

LAYOUT = """\
---
description: >-
  {description}
---

# {title}

{opening}

{figure}
{contents}
## Read an entry

{explanation}

"""


def read(path=DATA):
    return tomllib.loads(path.read_text(encoding="utf-8"))


# Where a link leads -------------------------------------------------------------------------------------------------


@cache
def headings(page):
    """The title of a page of the book and its headings, as {anchor: words}; the title's anchor is "".

    Raises
    ------
    FileNotFoundError
        If there is no such page.
    """
    path = BOOK / f"{page}.ipynb"
    if path.is_file():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    else:
        text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^(```|~~~).*?^\1", "", text)
    title, *rest = re.findall(r"(?m)^#{1,4} +(.+)$", text)
    return {"": title, **{anchor(words): words for words in rest}}


def anchor(heading):
    """A heading's address in Markdown, as MyST makes it (and GitHub): signs go, spaces become hyphens."""
    return re.sub(r"[^\w-]", "", heading.strip().lower().replace(" ", "-"))


def link(place):
    """A link to a page or one of its headings, under the chapter's number and the heading's words.

    Raises
    ------
    KeyError
        If the page has no such heading.
    """
    page, _, name = place.partition("#")
    folder, _, file = page.partition("/")
    number = re.match(r"0*(\d+)_", file)
    words = (f"Chapter {number[1]}: " if number else "") + headings(page)[name]
    suffix = ".ipynb" if (BOOK / f"{page}.ipynb").is_file() else ".md"
    return f"[{words}](../{folder}/{file}{suffix}{'#' if name else ''}{name})"


# The page -----------------------------------------------------------------------------------------------------------


def page(data):
    entries = {entry["id"]: entry for entry in data["entry"]}
    versions = ", ".join(f"{library['name']} {library['version']}" for library in data["libraries"].values())
    prose = data["page"]
    parts = [
        LAYOUT.format(
            title=prose["title"],
            description=prose["description"].strip(),
            opening=prose["opening"].strip(),
            figure=figure(data, entries),
            contents=contents(data),
            explanation=prose["explanation"].strip().format(start=code(data["start"]).strip(), versions=versions),
        )
    ]
    for group, heading in data["groups"].items():
        parts.append(f"## {heading}\n")
        parts += [written(entry, data["libraries"]) for entry in entries.values() if entry["group"] == group]
    return "\n".join(parts)


def figure(data, entries):
    """The questions as nested folds, which need a keyboard or a pointer and no script."""
    return f"""\
## Answer a few questions

<figure class="decide">
{question(data["question"], "start", entries)}
<figcaption>{data["page"]["caption"]}</figcaption>
</figure>
"""


def question(questions, name, entries):
    asked = questions[name]
    plain = asked["ask"].replace("`", "")
    answers = "\n".join(answer(questions, one, entries) for one in asked["answers"])
    return f'<div role="group" aria-label="{escape(plain)}">\n\n{asked["ask"]}\n\n{answers}\n</div>\n'


def answer(questions, one, entries):
    if "then" in one:
        inside = question(questions, one["then"], entries)
    else:
        inside = "".join(f"- {to_entry(entries[name])}\n" for name in one["entries"])
    return f"<details><summary>{escape(one['say'])}</summary>\n\n{inside}\n</details>\n"


def contents(data):
    lines = ["## Find your message, or what you see\n"]
    for group, heading in data["groups"].items():
        lines.append(f"**{heading}**\n")
        lines += [f"- {to_entry(entry)}" for entry in data["entry"] if entry["group"] == group]
        lines.append("")
    return "\n".join(lines)


def to_entry(entry):
    return f"[{entry['title']}](#{entry['id']})"


def written(entry, libraries):
    said = [message(one, libraries) for one in entry.get("message", [])]
    messages = "".join(f"- {one}\n" for one in said) + "\n" if said else ""
    shown = " · ".join(link(place) for place in entry["see"])
    return f"""\
({entry["id"]})=
### {entry["title"]}

{messages}**Cause.** {entry["cause"]}

**Cure.**

{code(entry["cure"])}
**See it.** {shown}

**Test.** It fails before the cure:

{code(entry["property"])}
<details><summary>Reproduce it</summary>

{code(entry["fault"])}
{code(entry["shows"], "pycon")}
</details>
"""


def message(one, libraries):
    """A line of a list: what was said, literally or in words, and who said so."""
    said = one.get("say") or f"`` {one['text']} ``"
    if "seen" in one:
        return f"{said} ([{one['who']}]({one['seen']}))"
    library = libraries[one["by"]]
    call = one.get("code", "").strip()
    asked = f", `{call}`" if call and "\n" not in call and "say" not in one else ""
    return f"{said} ({library['name']} {library['version']}{asked})"


def code(text, language="python"):
    return f"```{language}\n{text.strip()}\n```\n"


def main():
    PAGE.write_text(page(read()), encoding="utf-8")
    print(f"{PAGE.relative_to(BOOK.parent)}: {len(read()['entry'])} entries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
