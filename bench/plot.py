"""Two kinds of pictures as SVG, drawn so that they can be read on light and on dark pages."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import log10

WIDTH, ROW, LEFT, EDGE = 860, 24, 430, 60
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#6b7280}"
    ".bar{fill:#2563eb}.axis{stroke:#9ca3af;stroke-width:1}"
    ".line{fill:none;stroke:#2563eb;stroke-width:2}"
)

Pair = tuple[float, float]
Written = Callable[[float], str]


def bars(rows: Sequence[tuple[str, float]], title: str, written: Written) -> str:
    """A bar for each ratio, from 1 to the right where it is more, to the left where it is less."""
    furthest = max(1.0, *(abs(log10(ratio)) for _, ratio in rows))
    middle, reach = LEFT + (WIDTH - LEFT - EDGE) / 2, (WIDTH - LEFT - EDGE) / 2 / furthest
    height = ROW * (len(rows) + 2)
    drawn = [f'<path class="axis" d="M{middle} {ROW}V{height - ROW}"/>']
    for place, (name, ratio) in enumerate(rows):
        y, length = ROW * (place + 1), log10(ratio) * reach
        drawn += [
            f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="bar" x="{middle + min(0, length):.1f}" y="{y + 5}"'
            f' width="{max(abs(length), 1):.1f}" height="14"/>',
            f'<text x="{WIDTH - EDGE + 8}" y="{y + 16}">{written(ratio)}</text>',
        ]
    return svg(height, title, drawn)


def line(points: Sequence[Pair], title: str, written: Written) -> str:
    """How something changes with a size, which grows by its logarithm."""
    height, base, top = 240, 200, 40
    sizes = [log10(size) for size, _ in points]
    wide = max(sizes) - min(sizes) or 1
    most = max(value for _, value in points) * 1.2
    places = [
        (EDGE + (size - min(sizes)) / wide * (WIDTH - 2 * EDGE), base - value / most * (base - top))
        for size, (_, value) in zip(sizes, points, strict=True)
    ]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    drawn = [
        f'<path class="axis" d="M{EDGE} {base}H{WIDTH - EDGE}"/>',
        f'<polyline class="line" points="{way}"/>',
    ]
    for (x, y), (size, value) in zip(places, points, strict=True):
        drawn += [
            f'<text x="{x:.1f}" y="{base + 18}" text-anchor="middle">{written(size)}</text>',
            f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{written(value)}</text>',
        ]
    return svg(height, title, drawn)


def svg(height: float, title: str, drawn: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<text x="10" y="16">{escape(title)}</text>{"".join(drawn)}</svg>\n'
    )
