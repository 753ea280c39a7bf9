"""Identifiers left in a released cell, found by their form alone.

The gate's own eyes: it knows nothing of what recoding replaced. Resident numbers issued since October 2020
carry random digits, so a checksum would clear real ones and is not looked at. Names have no form; the gate
compares them with the raw table instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from re import Match, Pattern

_HANGUL_DIGITS = dict(zip("공영일이삼사오육칠팔구", "00123456789", strict=True))
_SPOKEN = re.compile(r"(?:[공영일이삼사오육칠팔구][\s\-]{0,2}){9,}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212\u30fc\u3161\uff5e~·∙]")
# The syllables that stand on private vehicles' plates; 동 and 호 of an address are not among them.
_PLATE = "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주허하바사아자배"
# What is counted after "앞으로 3일": no building number.
_COUNTED = "일|월|년|시|분|명|개|번(?!지)|회|차|주|배|원|층|세|건|대|%"

_D = r"\d\s?"  # a digit, perhaps followed by a space
_FORMS: tuple[tuple[str, Pattern[str]], ...] = (
    ("rrn", re.compile(rf"(?<!\d)(?P<birth>(?:{_D}){{6}})[\-./\s]{{0,3}}[0-9]\s?(?:{_D}){{5}}\d(?!\d)")),
    (
        "phone",
        re.compile(
            rf"(?<!\d)0\s?1\s?[016789][\-./)\s]{{0,3}}(?:{_D}){{3,4}}[\-./\s]{{0,3}}(?:{_D}){{3}}\d(?!\d)"
        ),
    ),
    ("phone", re.compile(r"(?<!\d)0(?:2|[3-6]\d|70)[\-./)\s]{0,2}\d{3,4}[\-./\s]{1,2}\d{4}(?!\d)")),
    ("phone", re.compile(r"\+82[\-\s]?\d")),
    ("email", re.compile(r"[\w.+\-]+\s?@\s?[\w\-]+(?:\.[\w\-]+)+", re.ASCII)),
    ("card", re.compile(r"(?<!\d)\d{4}[\-\s]\d{4}[\-\s]\d{4}[\-\s]\d{4}(?!\d)")),
    ("business_number", re.compile(r"(?<!\d)\d{3}-\d{2}-\d{5}(?!\d)")),
    ("driver_licence", re.compile(r"(?<!\d)\d{2}-\d{2}-\d{6}-\d{2}(?!\d)")),
    ("passport", re.compile(r"(?<![A-Za-z])[MSROD]\d{3}[A-Z]?\d{4,5}(?!\d)")),
    ("account", re.compile(r"(?<!\d)\d{3,6}-\d{2,6}-\d{5,8}(?!\d)")),
    ("plate", re.compile(rf"(?<!\d)\d{{2,3}}[{_PLATE}]\s?\d{{4}}(?!\d)")),
    ("ip", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")),
    (
        "address",
        re.compile(rf"[가-힣]{{1,10}}(?:로|길)\s?(?P<number>\d{{1,4}})(?!\d|-\d{{3}}|\s?(?:{_COUNTED}))"),
    ),
    ("lot_address", re.compile(r"[가-힣]{1,4}\d?(?:동|리)\s?산?\d{1,4}(?:-\d{1,4})?\s?번지")),
)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _impossible_resident_number(found: Match[str]) -> bool:
    return 13 <= int(_digits(found["birth"])[2:4]) <= 19


def _impossible_phone(found: Match[str]) -> bool:
    return _digits(found[0]).startswith("0100000")


def _impossible_address(found: Match[str]) -> bool:
    return int(found["number"]) > 9000


def _reserved_mail(found: Match[str]) -> bool:
    return found[0].replace(" ", "").endswith("@example.com")


# What a surrogate may look like; every other kind has no range that can't be real, and is never let through.
_SURROGATE: dict[str, Callable[[Match[str]], bool]] = {
    "rrn": _impossible_resident_number,
    "phone": _impossible_phone,
    "address": _impossible_address,
    "email": _reserved_mail,
}


def normalized(text: str) -> str:
    """Full-width and spoken digits as plain ones, dashes as `-`, invisible characters gone."""
    plain = _DASHES.sub("-", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
    return _SPOKEN.sub(lambda run: "".join(_HANGUL_DIGITS.get(c, c) for c in run[0]), plain)


def leftovers(text: str, *, surrogates: bool) -> Iterator[str]:
    """The kinds of identifiers in `text`; `surrogates` lets those of the impossible ranges through."""
    plain = normalized(text)
    for kind, form in _FORMS:
        for found in form.finditer(plain):
            if not (surrogates and kind in _SURROGATE and _SURROGATE[kind](found)):
                yield kind
