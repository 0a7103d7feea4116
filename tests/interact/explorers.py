"""Functions and their controls for pages to move, what a page then says, and a finger that moves it."""

import matplotlib.pyplot as plt
from ipywidgets import Checkbox, Dropdown, FloatLogSlider, FloatSlider, IntSlider


def line(scale, kind):
    figure, axes = plt.subplots(figsize=(5.4, 3))
    axes.plot([0, 1, 2], [0, scale, scale / 2], color="#0072b2" if kind == "blue" else "#d55e00")
    axes.set(xlim=(0, 4), ylim=(0, 4), title=f"scale {scale:g} {kind}")
    print(f"scale {scale:g}, {kind}")
    return figure


def point(x, y):
    figure, axes = plt.subplots(figsize=(4, 4))
    axes.set_position([0.1, 0.1, 0.8, 0.8])
    axes.plot([x], [y], "o")
    axes.set(xlim=(0, 10 + x), ylim=(0.1, 1000), yscale="log")  # the limits move with x
    return figure


def words(a, b):
    print(f"a is {a}, b is {b}")


def double(x):
    print(2 * x)


def inverse(x):
    print(1 / x)


def bars(height):
    print("height", height)
    figure, axes = plt.subplots(figsize=(3, 2))
    axes.bar([0], [height])
    return figure


def floats(value=1.0, low=0.5, high=3.0, step=0.5, **more):
    return FloatSlider(value, min=low, max=high, step=step, readout_format=".1f", **more)


def LINE():
    return {"scale": floats(description="scale"), "kind": Dropdown(options=["blue", "orange"], description="kind")}


def POINT():
    return {
        "x": IntSlider(5, 0, 10, description="x"),
        "y": FloatLogSlider(10, min=0, max=2, step=1, readout_format=".3g", description="y"),
    }


def WORDS():
    return {"a": IntSlider(2, 0, 7, description="a"), "b": Checkbox(False, description="b")}


def FEW():
    return {"a": IntSlider(2, 0, 3, description="a"), "b": IntSlider(1, 0, 4, description="b")}


def text(page, number=0):
    return page.locator("static-interact").nth(number).locator(".si-text").inner_text()


def rest(page):
    page.wait_for_timeout(900)


def places(page, selector="polyline"):
    """Where the values of each control are on the screen."""
    return page.evaluate(
        """selector => [...document.querySelectorAll(selector)].map((line) => [...line.points].map((p) => {
          const q = p.matrixTransform(line.getScreenCTM()); return [q.x, q.y]; }))""",
        selector,
    )


def touch_drag(page, x, y, to_x, to_y):
    client = page.context.new_cdp_session(page)
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 11):
        at = {"x": x + (to_x - x) * k / 10, "y": y + (to_y - y) * k / 10}
        client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        page.wait_for_timeout(20)
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(50)
