"""Invented people. Every direct identifier comes from a range that no real one can lie in.

- mobile numbers: 010-0000-xxxx (no subscriber number starts with 0000);
- resident numbers: month 13 to 19;
- e-mails: at example.com, reserved for examples by RFC 2606;
- addresses: building numbers from 9001, which would put the house 90 km up the road;
- ticket numbers: MW-2026-xxxxxx, this generator's own form.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from civiclab.citydata.schema import People

MAIL_DOMAIN = "example.com"  # one only: the Korean particle after it depends on its sound
_MAIL_WORDS = ("sky", "maru", "nara", "haneul", "dodam", "saebom", "garam", "byul", "onnuri", "sol")


def pick(rng: np.random.Generator, values: Sequence[str], shares: Sequence[float] | None = None) -> str:
    """One of `values`."""
    return values[int(rng.choice(len(values), p=shares))]


def name(rng: np.random.Generator, people: People) -> str:
    """Surname by its share, and a given name."""
    surnames = tuple(people.surnames)
    total = sum(people.surnames.values())
    return pick(rng, surnames, [people.surnames[s] / total for s in surnames]) + pick(rng, people.given)


def phone(rng: np.random.Generator) -> str:
    """A mobile number of the impossible range."""
    return f"010-0000-{rng.integers(0, 10_000):04d}"


def resident_number(rng: np.random.Generator, *, born: int | None = None, male: bool | None = None) -> str:
    """A resident number with a month that does not exist; year and sex digit as given, else drawn."""
    year = int(rng.integers(1940, 2006)) if born is None else born
    boy = bool(rng.integers(0, 2)) if male is None else male
    digit = (1 if boy else 2) + (2 if year >= 2000 else 0)
    month, day = rng.integers(13, 20), rng.integers(1, 29)
    return f"{year % 100:02d}{month:02d}{day:02d}-{digit}{rng.integers(0, 1_000_000):06d}"


def address(rng: np.random.Generator, roads: Sequence[str]) -> str:
    """A road address with a building number that can't exist, most with a flat."""
    street = f"{pick(rng, roads)} {rng.integers(9001, 9999)}"
    flat = f"{rng.integers(1, 25)}{rng.integers(1, 9):02d}호"
    return f"{street}, {rng.integers(101, 120)}동 {flat}" if rng.random() < 0.7 else f"{street}, {flat}"


def email(rng: np.random.Generator) -> str:
    """An e-mail address at a reserved domain."""
    return f"{pick(rng, _MAIL_WORDS)}{rng.integers(10, 1000)}@{MAIL_DOMAIN}"


def ticket(rng: np.random.Generator) -> str:
    """A ticket number."""
    return f"MW-2026-{rng.integers(100_000, 999_999):06d}"
