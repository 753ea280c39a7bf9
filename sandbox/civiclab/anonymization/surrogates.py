"""Fresh values in place of the identifiers of a text, and where they stand afterwards.

Surrogates come from ranges that can't be real, never repeat a raw value, and keep what the sentence's
grammar hangs on: whether a name closes with a consonant, how a date is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from civiclab.anonymization.recipe import Surrogates
from civiclab.errors import BadContent

_PATIENCE = 200  # tries for a value that no other text has either
_YEAR = 2026  # of a date written without one


@dataclass(frozen=True)
class Span:
    """An identifier in a text: `text[start:end]`."""

    start: int
    end: int
    kind: str
    text: str


@dataclass
class Replacer:
    """Replaces spans; `forbidden` holds every raw identifier. Within a text the same value stays the same."""

    words: Surrogates
    rng: np.random.Generator
    forbidden: frozenset[str]
    used: set[str] = field(default_factory=set)

    def replace(self, text: str, spans: Sequence[Span]) -> tuple[str, list[Span]]:
        """`text` with every span replaced, and the spans of the surrogates; spans must not overlap."""
        result, at, found, told = "", 0, [], dict[tuple[str, str], str]()
        for span in sorted(spans, key=lambda s: s.start):
            if span.start < at or text[span.start : span.end] != span.text:
                raise BadContent("A span does not fit its text at character {start}.", start=span.start)
            result += text[at : span.start]
            key = (span.kind, span.text)
            told[key] = told.get(key) or self._fresh(span, set(told.values()))
            found.append(Span(len(result), len(result) + len(told[key]), span.kind, told[key]))
            result, at = result + told[key], span.end
        return result + text[at:], found

    def _fresh(self, span: Span, here: set[str]) -> str:
        """A value no raw record holds, new to this text, and to the others too while there are enough."""
        make = self._makers()[span.kind]
        for attempt in range(10_000):
            value, taken = make(span.text), self.used if attempt < _PATIENCE else here
            if span.kind == "date" or (value not in self.forbidden and value not in taken):
                self.used.add(value)
                return value
        raise BadContent("There are too few surrogates of kind {kind}.", kind=span.kind)

    def _makers(self) -> dict[str, Callable[[str], str]]:
        return {
            "name": self._name,
            "phone": lambda _: f"010-0000-{self.rng.integers(0, 10_000):04d}",
            "rrn": self._resident_number,
            "address": self._address,
            "email": lambda _: f"user{self.rng.integers(1000, 100_000)}@example.com",
            "ticket": lambda _: f"MW-2026-{self.rng.integers(0, 100_000):06d}",
            "date": self._date,
        }

    def _name(self, raw: str) -> str:
        fitting = [g for g in self.words.given if _closes(g) == _closes(raw)]
        return self._pick(self.words.surnames) + self._pick(fitting)

    def _resident_number(self, _: str) -> str:
        year, month, day = self.rng.integers(0, 100), self.rng.integers(13, 20), self.rng.integers(1, 29)
        return f"{year:02d}{month:02d}{day:02d}-{self.rng.integers(1, 5)}{self.rng.integers(0, 10**6):06d}"

    def _address(self, raw: str) -> str:
        street = f"{self._pick(self.words.roads)} {self.rng.integers(9001, 9999)}"
        flat = f"{self.rng.integers(1, 25)}{self.rng.integers(1, 9):02d}호"
        return f"{street}, {self.rng.integers(101, 120)}동 {flat}" if "동 " in raw else f"{street}, {flat}"

    def _date(self, raw: str) -> str:
        """A week to three earlier: still before the text was received, and no longer the day itself."""
        numbers = [int(number) for number in re.findall(r"\d+", raw)]
        year, month, day = numbers if len(numbers) == 3 else (_YEAR, *numbers)
        earlier = date(year, month, day) - timedelta(days=int(self.rng.integers(7, 21)))
        return f"{earlier.month}월 {earlier.day}일" if "월" in raw else earlier.isoformat()

    def _pick(self, values: Sequence[str]) -> str:
        return values[int(self.rng.integers(0, len(values)))]


def _closes(word: str) -> bool:
    """Whether the last syllable ends in a consonant: it decides the particle after the word."""
    return "가" <= word[-1] <= "힣" and (ord(word[-1]) - ord("가")) % 28 != 0
