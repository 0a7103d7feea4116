"""Draw the chapters' small pictures on the front page from the book's own functions: ``python -m tools.draw_cards``.

Each is a few hundred bytes of SVG in `book/cards`, set into the page, with colours of book.css that know both themes.
"""

from itertools import pairwise

import ml_dtypes
import numpy as np

from small_networks import spiral
from stable_softmax import cross_entropy, cross_entropy_grad, focal_loss_grad, naive, softmax
from stable_softmax.jacobian import softmax_jacobian
from stable_softmax.precision import reference, ulp_error
from tools.notebooks import BOOK

FOLDER = BOOK / "cards"
WIDTH, HEIGHT = 160, 84
CLASSES = ("--cat", "--dog", "--owl")
SCORES = np.array([1.0, 2.0, 3.0])


def number(value):
    return f"{value:.1f}".removesuffix(".0")


def rectangle(x, y, width, height, color, more=""):
    size = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect {size} style="fill:var({color}){more}"/>'


def bars(values, left, colors=CLASSES, width=18, step=22, tall=72):
    """Bars that stand on the picture's lower edge; a nan is a hatched box."""
    shapes = []
    for place, value in enumerate(values):
        color, x = colors[place % len(colors)], left + step * place
        if np.isnan(value):
            lines = "".join(f"M{x} {y}l{width} -{width}" for y in range(HEIGHT - 2, HEIGHT - tall + width, -9))
            shapes.append(f'<path d="{lines}" class="broken"/>')
            shapes.append(f'<rect x="{x}" y="{HEIGHT - tall}" width="{width}" height="{tall - 1}" class="broken"/>')
        else:
            height = max(value * tall, 1.5)
            shapes.append(rectangle(x, HEIGHT - height, width, height, color))
    return "".join(shapes)


def line(x, y, color, width=2.5, more=""):
    """A curve; x and y run from 0 to 1, y upwards."""
    points = " ".join(f"{number(6 + 148 * a)},{number(78 - 72 * b)}" for a, b in zip(x, y, strict=True))
    return f'<polyline points="{points}" style="fill:none;stroke:var({color});stroke-width:{width}{more}"/>'


def dots(x, y, color, radius=2.2):
    """One path of round-ended strokes without length: shorter than circles."""
    path = "".join(f"M{number(6 + 148 * a)} {number(78 - 72 * b)}h0" for a, b in zip(x, y, strict=True))
    return f'<path d="{path}" style="stroke:var({color});stroke-width:{2 * radius};stroke-linecap:round"/>'


def cells(table, color_of, left=32, size=26):
    return "".join(
        rectangle(left + size * k, 4 + size * row, size - 2, size - 2, *color_of(value))
        for row, line_ in enumerate(table)
        for k, value in enumerate(line_)
    )


def shares():
    return bars(softmax(SCORES), 48)


def broken():
    with np.errstate(all="ignore"):
        dead = naive.softmax(800 * SCORES)
    return bars(dead, 6) + bars(softmax(SCORES), 88)


def jacobian():
    def color(value):
        return ("--good" if value > 0 else "--naive", f";opacity:{min(0.15 + 3.2 * abs(value), 1):.2f}")

    return cells(softmax_jacobian(SCORES), color, left=42)


def surprise():
    p = np.geomspace(0.02, 1, 30)
    return line(p, -np.log(p) / 4, "--ink") + dots([0.24], [-np.log(0.24) / 4], "--owl", 5)


def collapse():
    p, push = softmax(SCORES), -cross_entropy_grad(SCORES, 1)
    drawn = bars(p, 48)
    for place, (share, force) in enumerate(zip(p, push, strict=True)):
        if abs(force) < 0.2:
            continue  # shorter than an arrow's head
        x, start, end = 57 + 22 * place, HEIGHT - 72 * share, HEIGHT - 72 * (share + force)
        head = 5 if end > start else -5
        path = f"M{x} {number(start)}V{number(end)}m-5 {-head}l5 {head}l5 {-head}"
        drawn += f'<path d="{path}" style="fill:none;stroke:var(--ink);stroke-width:2"/>'
    return drawn


def twice():
    score = np.linspace(-6, 6, 30)
    rows = np.stack([score, *[0 * score] * 9], axis=-1)
    label = np.zeros(30, int)
    once = cross_entropy(rows, label, reduction="none")
    both = cross_entropy(softmax(rows), label, reduction="none")
    across = (score + 6) / 12
    return line(across, once / 9, "--book", 3.5) + line(across, both / 9, "--naive", 2, ";stroke-dasharray:6 4")


def wrong_axis():
    batch = np.array([[1.0, 2.0, 3.0, 1.5], [0.0, 1.0, 0.5, 2.5], [2.0, 0.0, 1.0, 0.5]])
    right, wrong = softmax(batch), softmax(batch, axis=0)
    scale = {"left": 4, "size": 19}
    first = cells(right, lambda value: ("--good", f";opacity:{0.15 + 0.85 * value:.2f}"), **scale)
    second = cells(wrong, lambda value: ("--naive", f";opacity:{0.15 + 0.85 * value:.2f}"), left=82, size=19)
    return f'<g transform="translate(0 9)">{first}{second}</g>'


def last_digits():
    x = np.sort(np.random.default_rng(1).normal(0, 200, 24))
    truth = reference.softmax(x)
    shifted = np.exp(x - x.max())
    drawn = ""
    for p, color in ((shifted / shifted.sum(), "--standard"), (softmax(x), "--book")):
        size = np.log2(1 + np.abs(ulp_error(p, truth)))
        drawn += dots(np.linspace(0, 1, 24), 0.03 + size / 10, color, 2.6)
    return drawn


def spirals():
    points, arm = spiral()
    return "".join(
        dots(0.5 + 0.23 * points[arm == k, 0][::3], 0.5 + 0.5 * points[arm == k, 1][::3], CLASSES[k]) for k in range(3)
    )


def blocks():
    """Of rows of scores only one block is ever there."""
    table = np.zeros((3, 7))
    table[:, 3] = 1
    return cells(table, lambda value: ("--book", "") if value else ("--rule", ""), left=4, size=22)


def bit_pattern():
    pattern = f"{int(np.asarray(0.1, ml_dtypes.bfloat16).view(np.uint16)):016b}"
    rows = [[int(bit) for bit in pattern[start : start + 8]] for start in (0, 8)]
    drawn = cells(rows, lambda bit: ("--bfloat16", "" if bit else ";opacity:.2"), left=3, size=19)
    return f'<g transform="translate(0 18)">{drawn}</g>'


def weights():
    """Attention under a causal mask, the first of six tokens padding: its own row sees nothing."""
    scores = np.random.default_rng(3).normal(0, 1.3, (6, 6))
    where = np.tri(6, dtype=bool) & (np.arange(6) > 0)
    table = np.where(where, softmax(np.where(where | ~where.any(axis=1, keepdims=True), scores, -np.inf)), 0)

    def color(value):
        return ("--book", f";opacity:{0.2 + 0.8 * value:.2f}") if value else ("--rule", "")

    return cells(table, color, left=40, size=13)


def dart():
    """Words laid end to end, and a random number that falls on one of them."""
    edges = np.append(0, np.cumsum(softmax(np.array([2.0, 1.6, 1.1, 0.6, -0.4]))))
    drawn = ""
    for place, (start, end) in enumerate(pairwise(edges)):
        hit = place == 2
        drawn += rectangle(4 + 152 * start, 26, 152 * (end - start) - 2, 26, "--book" if hit else "--rule")
    x = number(4 + 152 * (edges[2] + edges[3]) / 2)
    return drawn + f'<path d="M{x} 58l7 14h-14z" style="fill:var(--ink)"/>'


def bent_gradients():
    """How three losses push a right class, from hopeless to sure."""
    score = np.linspace(-6, 6, 30)
    rows = np.stack([score, 0 * score, 0 * score], axis=-1)
    label = np.zeros(30, int)
    plain = -cross_entropy_grad(rows, label, reduction="sum")[:, 0]
    focal = -focal_loss_grad(rows, label, reduction="sum")[:, 0]
    p = softmax(rows)
    squared = 2 * p[:, 0] * ((1 - p[:, 0]) ** 2 + 0.5 * (1 - p[:, 0]) ** 2)
    across = (score + 6) / 12
    drawn = line(across, plain / 1.2, "--book", 3.5) + line(across, focal / 1.2, "--standard", 2)
    return drawn + line(across, squared / 1.2, "--naive", 2, ";stroke-dasharray:6 4")


def cuts():
    """The mean of two means, by where eight numbers are cut; the line is their mean."""
    numbers = np.array([4.0, 1, 1, 1, 1, 1, 1, 1])
    means = [(numbers[:cut].mean() + numbers[cut:].mean()) / 2 for cut in range(1, 8)]
    drawn = bars(np.array(means) / 3, 4, ["--naive"], 16, 22)
    level = numbers.mean() / 3 - 6 / 72  # bars stand on the lower edge, lines a little above it
    return drawn + line([0, 1], [level, level], "--book", 2.5, ";stroke-dasharray:6 4")


PICTURES = [
    (shares, "Three bars: the softmax of the scores 1, 2 and 3"),
    (broken, "Hatched boxes that stand for nan, beside bars that survive"),
    (jacobian, "A table of three by three slopes, positive on its diagonal"),
    (surprise, "A falling curve with a dot: minus the logarithm of p"),
    (collapse, "Three bars with arrows towards their targets"),
    (twice, "Two falling curves; the dashed one levels off early"),
    (wrong_axis, "Two tables of probabilities, normalised along different axes"),
    (last_digits, "Two rows of dots: errors that grow, and errors that stay small"),
    (spirals, "Three spiral arms of dots"),
    (blocks, "A row of blocks, one of them filled"),
    (bit_pattern, "The sixteen bits of a number, as light and dark cells"),
    (weights, "A table of six by six weights, its lower triangle filled in shades"),
    (dart, "A line cut into five pieces, with an arrow below one of them"),
    (bent_gradients, "Three falling curves, of which one falls on its left side too"),
    (cuts, "Seven bars that fall, and a dashed line that only one of them meets"),
]


def card(draw, alt):
    return f'<svg class="card-picture" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{alt}">{draw()}</svg>\n'


def main():
    FOLDER.mkdir(exist_ok=True)
    for place, picture in enumerate(PICTURES, 1):
        (FOLDER / f"{place:02}.svg").write_text(card(*picture), encoding="utf-8")


if __name__ == "__main__":
    main()
