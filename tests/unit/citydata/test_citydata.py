"""Synthetic tables: the same for the same seed, as their schema says, and never a real identifier."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from civiclab.citydata.raw import generate, generate_tables, write_raw
from civiclab.citydata.schema import load_schema
from civiclab.errors import BadContent, BadInput

CONTENT = Path(__file__).parents[3] / "exercises" / "datasets"
ROWS = {"complaints": 120, "residents": 600, "counter_queue": 6480}


def schema(name: str) -> Path:
    """A committed schema."""
    return CONTENT / name / "schema.yaml"


@pytest.mark.parametrize("name", ["complaints", "residents", "counter_queue"])
def test_same_seed_same_table(name: str) -> None:
    """Schema, rows and seed decide the table; another seed gives another."""
    one, two = (generate(schema(name), ROWS[name], 11) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == ROWS[name] and list(one.columns) == list(load_schema(schema(name)).columns)
    assert not one.equals(generate(schema(name), ROWS[name], 12))


@pytest.mark.parametrize("name", ["complaints", "residents", "counter_queue"])
def test_raw_files_say_what_they_are(name: str, tmp_path: Path) -> None:
    """The first line of every generated file: synthetic, table, schema version, seed."""
    write_raw(schema(name), ROWS[name], 3, tmp_path)
    for path in tmp_path.iterdir():
        note = path.read_text(encoding="utf-8").splitlines()[0]
        assert note.startswith(f"# synthetic: true; table: {path.stem}; schema: 1; seed: 3; ")


def test_identifiers_can_not_be_real() -> None:
    """Phones, resident numbers, addresses and e-mails lie in ranges that no real one can."""
    residents = generate(schema("residents"), 2000, 1)
    spans = generate_tables(schema("complaints"), 400, 1)["spans"]
    of = {kind: list(group["text"]) for kind, group in spans.groupby("kind")}
    assert all(re.fullmatch(r"010-0000-\d{4}", p) for p in [*residents["phone"], *of["phone"]])
    assert all(re.fullmatch(r"\d\d1[3-9]\d\d-[1-4]\d{6}", r) for r in [*residents["rrn"], *of["rrn"]])
    assert all(re.search(r" 9\d{3}, ", address) for address in of["address"])
    assert all(mail.endswith("@example.com") for mail in of["email"])


def test_spans_stand_where_they_say() -> None:
    """Every span's offsets cut its text out of its complaint."""
    tables = generate_tables(schema("complaints"), 300, 2)
    texts = dict(zip(tables["complaints"]["ticket_id"], tables["complaints"]["text"], strict=True))
    spans = tables["spans"]
    assert set(spans["kind"]) == {"name", "phone", "rrn", "address", "email", "ticket", "date"}
    assert all(texts[s.ticket_id][s.start : s.end] == s.text for s in spans.itertuples())


def test_complaints_differ() -> None:
    """No text twice, no ticket twice, and at least 24 wordings."""
    table = generate(schema("complaints"), None, 2)
    assert table["text"].is_unique and table["ticket_id"].is_unique
    templates = load_schema(schema("complaints")).templates
    assert len({template.text for template in templates}) >= 24
    assert len({template.category for template in templates}) >= 5


def test_particles_fit() -> None:
    """이고/고 and 이라고/라고 follow the sound of the name before them."""
    table = generate(schema("complaints"), None, 2)
    for text, name in zip(table["text"], table["citizen_name"], strict=True):
        closed = (ord(name[-1]) - ord("가")) % 28 != 0
        assert not re.search(rf"{name}(라고|였습니다)" if closed else rf"{name}(이라고|이었습니다)", text)


def test_some_groups_share_one_benefit() -> None:
    """The planted groups hold one sensitive value each, so that k without l does not protect."""
    table = generate(schema("residents"), 6000, 4)
    for group in load_schema(schema("residents")).homogeneous:
        inside = table[(table["dong"] == group.dong) & table["age"].between(*group.ages)]
        assert len(inside) >= 5 and set(inside["benefit"]) == {group.benefit}


def test_queue_is_120_working_days() -> None:
    """Weekdays only, no holiday, five days a week, weeks 1 to 24."""
    table = generate(schema("counter_queue"), None, 1)
    days = pd.to_datetime(table["date"]).drop_duplicates()
    assert len(days) == 120 and days.dt.day_of_week.max() <= 4
    assert set(table.groupby("week")["date"].nunique()) == {5} and table["week"].max() == 24


def test_queue_teaches_prediction_and_leak() -> None:
    """Known columns beat the office-hour median by 10 %; the after-the-fact ones by far more."""
    table = generate(schema("counter_queue"), None, 21).assign(
        office=lambda t: pd.Categorical(t["office"]).codes, dow=lambda t: pd.Categorical(t["dow"]).codes
    )
    train, test = table[table["week"] <= 18], table[table["week"] > 18]
    medians = train.groupby(["office", "hour"])["wait_min"].median()
    baseline = np.abs(test.join(medians.rename("m"), on=["office", "hour"])["m"] - test["wait_min"]).mean()

    def error(columns: list[str]) -> float:
        model = HistGradientBoostingRegressor(max_iter=60, random_state=0).fit(
            train[columns], train["wait_min"]
        )
        return float(np.abs(model.predict(test[columns]) - test["wait_min"]).mean())

    known = ["office", "dow", "hour", "month_end", "open_counters", "welfare_share"]
    honest, leaky = error(known), error([*known, "arrivals", "queue_len_end"])
    assert honest < 0.9 * baseline
    assert leaky < 0.4 * honest


def test_grid_has_its_own_size() -> None:
    """A table over a calendar can't have another number of rows."""
    with pytest.raises(BadInput, match="6480"):
        generate(schema("counter_queue"), 100, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("synthetic: true", "synthetic: false"),
        ("version: 1", "version: 1\nsurprise: 1"),
        ("role: sensitive", "role: secret"),
        ("weights: [52, ", "weights: ["),
    ],
)
def test_wrong_schema_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """A schema that says something else, or too much, is refused with its file."""
    text = schema("residents").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "schema.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadContent) as refused:
        generate(path, 10, 1)
    assert refused.value.where == str(path)


def test_generator_that_breaks_its_schema_is_caught(tmp_path: Path) -> None:
    """A value outside the schema's range never gets out."""
    text = schema("residents").read_text(encoding="utf-8").replace("range: [0, 94]", "range: [0, 40]")
    path = tmp_path / "schema.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadContent, match="age holds"):
        generate(path, 200, 1)
