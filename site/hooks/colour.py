"""The city's one colour as the site's palette, legible in light and dark whatever the colour is.

Contrast as defined by WCAG 2 (relative luminance of sRGB); 4.5:1 is its level AA, 7:1 its level AAA.
"""

from __future__ import annotations

Rgb = tuple[float, float, float]
WHITE, BLACK = "#ffffff", "#000000"
PAPER, NIGHT = "#ffffff", "#14181f"  # the two backgrounds; site.css uses the same
CARD_NIGHT = "#1c222b"
LEGIBLE = 7.0


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two #rrggbb colours, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def legible(colour: str, background: str, ratio: float = LEGIBLE) -> str:
    """`colour`, moved towards black or white just as far as `ratio` against `background` needs."""
    target = BLACK if _luminance(background) > 0.2 else WHITE
    for step in range(101):
        mixed = mix(colour, target, step / 100)
        if contrast(mixed, background) >= ratio:
            return mixed
    return target


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other`."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round((a * (1 - share) + b * share) * 255):02x}" for a, b in pairs)


def stylesheet(colour: str) -> str:
    """The custom properties that site.css builds on."""
    bar = legible(colour, WHITE)
    link, link_night = legible(colour, mix(colour, PAPER, 0.9)), legible(colour, CARD_NIGHT)
    return (
        f":root {{ --city: {bar}; --city-night: {mix(bar, NIGHT, 0.45)}; }}\n"
        f'[data-md-color-scheme="default"] {{ --link: {link}; --on-link: {PAPER};'
        f" --tint: {mix(colour, PAPER, 0.94)}; --tint-strong: {mix(colour, PAPER, 0.86)}; }}\n"
        f'[data-md-color-scheme="slate"] {{ --link: {link_night}; --on-link: {NIGHT};'
        f" --tint: {mix(NIGHT, colour, 0.18)}; --tint-strong: {mix(NIGHT, colour, 0.34)}; }}\n"
    )


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
