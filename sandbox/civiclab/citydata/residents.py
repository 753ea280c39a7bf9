"""The residents table: one invented person a row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from civiclab.citydata import people
from civiclab.citydata.schema import Schema

REFERENCE_YEAR = 2026
_PENSION_AGE = 65
_ADULT = 19
# Age bands and their share: an ageing town's pyramid, invented.
_BANDS = ((0, 10), (10, 20), (20, 30), (30, 40), (40, 50), (50, 60), (60, 70), (70, 80), (80, 95))
_BAND_SHARES = (0.07, 0.09, 0.13, 0.15, 0.15, 0.16, 0.14, 0.08, 0.03)


def make(schema: Schema, rows: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """The table as `{"residents": frame}`."""
    records = [_person(schema, rng, number) for number in range(rows)]
    return {"residents": pd.DataFrame.from_records(records, columns=list(schema.columns))}


def _person(schema: Schema, rng: np.random.Generator, number: int) -> dict[str, object]:
    low, high = _BANDS[int(rng.choice(len(_BANDS), p=_BAND_SHARES))]
    age = int(rng.integers(low, high))
    male = bool(rng.random() < 0.49)
    dong = people.pick(rng, schema.columns["dong"].values, schema.columns["dong"].shares)
    return {
        "person_id": f"P{number + 1:06d}",
        "name": people.name(rng, schema.need_people()),
        "rrn": people.resident_number(rng, born=REFERENCE_YEAR - age, male=male),
        "phone": people.phone(rng),
        "dong": dong,
        "age": age,
        "sex": "남" if male else "여",
        "household_size": _household(rng, age),
        "benefit": _benefit(schema, rng, dong, age),
    }


def _household(rng: np.random.Generator, age: int) -> int:
    shares = (
        (0.35, 0.4, 0.15, 0.07, 0.02, 0.01) if age >= _PENSION_AGE else (0.2, 0.24, 0.26, 0.23, 0.05, 0.02)
    )
    if age < _ADULT:
        shares = (0.0, 0.14, 0.3, 0.42, 0.1, 0.04)
    return int(rng.choice(6, p=shares)) + 1


def _benefit(schema: Schema, rng: np.random.Generator, dong: str, age: int) -> str:
    for group in schema.homogeneous:
        if group.dong == dong and group.ages[0] <= age <= group.ages[1]:
            return group.benefit
    values, shares = schema.columns["benefit"].values, list(schema.columns["benefit"].shares)
    pension = values.index("기초연금")
    shares[pension] = 1.6 if age >= _PENSION_AGE else 0.0
    return people.pick(rng, values, [share / sum(shares) for share in shares])
