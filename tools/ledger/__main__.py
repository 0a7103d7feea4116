"""``python -m tools.ledger`` prints how many numbers are held by what, and those that nothing holds.

``python -m tools.ledger FILE.csv`` writes the whole ledger, a number a line.
"""

import csv
import sys
from pathlib import Path

from tools.ledger.holders import KINDS, counts, ledger

COLUMNS = ("chapter", "cell", "number", "kind", "holder", "sentence")


def row(claim):
    number = claim.number
    return (claim.chapter, claim.cell, number.text, claim.kind or "nothing", claim.holder, number.sentence)


def write(path, claims):
    """Write the ledger as a table of comma-separated values."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        lines.writerows(row(claim) for claim in claims)


def summary(claims):
    """A line for each kind of holder, the most frequent first."""
    found = counts(claims)
    return [f"{found[kind]:5}  {kind or 'nothing':9} {KINDS.get(kind, '')}" for kind, _ in found.most_common()]


def main(arguments):
    if len(arguments) > 1:
        return "usage: python -m tools.ledger [FILE.csv]"
    claims = ledger()
    for path in arguments:
        write(path, claims)
    print(f"{len(claims)} numbers", *summary(claims), sep="\n")
    unheld = [claim for claim in claims if claim.kind is None]
    for claim in unheld:
        print(f"chapter {claim.chapter}, cell {claim.cell}: {claim.number.text} in: {claim.number.sentence}")
    return 1 if unheld else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
