# ===- chart.py - Bars of times as SVG -------------------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------===#
"""A picture of what compare.py measured: a panel for each model and batch, and
in it a bar for each runtime, as long as its median time. Panels have scales of
their own."""

from html import escape

WIDTH, LABELS, VALUES = 640, 120, 90
BAR, GAP, TITLE, FOOT = 18, 5, 30, 34
OURS, THEIRS, INK = "#d9480f", "#8a99ad", "#222831"


def formatTime(microseconds):
    if microseconds >= 1000:
        return f"{microseconds / 1000:.2f} ms"
    return f"{microseconds:.1f} us".replace("us", "\u00b5s")


def text(x, y, content, extra=""):
    return f'<text x="{x:g}" y="{y:g}" {extra}>{escape(content)}</text>'


def drawPanel(title, rows, y):
    """Draws `rows`, pairs of a name and a median in microseconds, below `y`.
    Returns SVG elements and where they end."""
    elements = [text(16, y + 20, title, 'font-weight="600"')]
    y += TITLE
    longest = max(median for _, median in rows)
    for name, median in rows:
        length = max(1.0, (WIDTH - LABELS - VALUES) * median / longest)
        color = OURS if name == "bn-opt" else THEIRS
        middle = y + BAR - 5
        elements += [
            text(LABELS - 8, middle, name, 'text-anchor="end"'),
            f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" '
            f'rx="2" fill="{color}"/>',
            text(LABELS + length + 6, middle, formatTime(median)),
        ]
        y += BAR + GAP
    return elements, y + GAP


def drawChart(panels, footnote):
    """`panels`: pairs of a title and its rows. Returns the text of an SVG."""
    elements, y = [], 4
    for title, rows in panels:
        more, y = drawPanel(title, rows, y)
        elements += more
    elements.append(text(16, y + 16, footnote, 'font-size="11" fill="#5c6773"'))
    height = y + FOOT
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" fill="{INK}" '
            'font-family="system-ui, sans-serif" font-size="13">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            *elements,
            "</svg>\n",
        ]
    )
