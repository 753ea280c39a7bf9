"""The complaints table: natural Korean texts with identifiers in them, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from civiclab.citydata import people
from civiclab.citydata.schema import Schema, Template

SPAN_COLUMNS = ("ticket_id", "start", "end", "kind", "text")
# `{name|이고/고}`: the particle after a final consonant, and after a vowel.
_SLOT = re.compile(r"\{(?P<kind>[a-z]+)(?:\|(?P<closed>[^/{}]+)/(?P<open>[^/{}]+))?\}")
# Filled in but no identifier: what a careless redaction takes away too.
_PLAIN = {"amount", "count"}
_KINDS = {"other": "name", "isodate": "date"}


def make(schema: Schema, rows: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """`{"complaints": frame, "spans": frame}`; spans are character offsets into `text`, no text twice."""
    seen: set[str] = set()
    tickets: set[str] = set()
    records: list[dict[str, object]] = []
    spans: list[tuple[object, ...]] = []
    order = np.tile(np.arange(len(schema.templates)), rows // len(schema.templates) + 1)
    for index in rng.permutation(order[:rows]):
        record, found = _complaint(schema, schema.templates[int(index)], rng, tickets)
        while record["text"] in seen:
            record, found = _complaint(schema, schema.templates[int(index)], rng, tickets)
        seen.add(str(record["text"]))
        records.append(record)
        spans += found
    return {
        "complaints": pd.DataFrame.from_records(records, columns=list(schema.columns)),
        "spans": pd.DataFrame.from_records(spans, columns=list(SPAN_COLUMNS)),
    }


def _complaint(
    schema: Schema, template: Template, rng: np.random.Generator, tickets: set[str]
) -> tuple[dict[str, object], list[tuple[object, ...]]]:
    record = _citizen(schema, template, rng, tickets)
    wording = template.text
    if schema.closings and rng.random() < 0.6:
        wording += " " + people.pick(rng, schema.closings)
    text, found = _fill(wording, schema, rng, record)
    ticket = record["ticket_id"]
    return {**record, "text": text}, [(ticket, *span) for span in found]


def _citizen(
    schema: Schema, template: Template, rng: np.random.Generator, tickets: set[str]
) -> dict[str, object]:
    ticket = people.ticket(rng)
    while ticket in tickets:
        ticket = people.ticket(rng)
    tickets.add(ticket)
    return {
        "ticket_id": ticket,
        "received_at": _moment(schema, rng).isoformat(sep=" ", timespec="minutes"),
        "channel": people.pick(rng, schema.columns["channel"].values, schema.columns["channel"].shares),
        "dong": people.pick(rng, schema.columns["dong"].values),
        "dept": template.dept,
        "category": template.category,
        "citizen_name": people.name(rng, schema.need_people()),
        "phone": people.phone(rng),
        "rrn": people.resident_number(rng),
    }


def _day(schema: Schema, rng: np.random.Generator) -> date:
    first, last = schema.need_period()
    return first + timedelta(days=int(rng.integers(0, (last - first).days + 1)))


def _moment(schema: Schema, rng: np.random.Generator) -> datetime:
    return datetime.combine(_day(schema, rng), time(int(rng.integers(8, 20)), int(rng.integers(0, 60))))


def _fill(
    wording: str, schema: Schema, rng: np.random.Generator, record: dict[str, object]
) -> tuple[str, list[tuple[int, int, str, str]]]:
    text, spans, at = "", [], 0
    for slot in _SLOT.finditer(wording):
        text += wording[at : slot.start()]
        kind, value = slot["kind"], _value(slot["kind"], schema, rng, record)
        if kind not in _PLAIN:
            spans.append((len(text), len(text) + len(value), _KINDS.get(kind, kind), value))
        text += value
        if slot["closed"]:
            text += slot["closed"] if has_final_consonant(value) else slot["open"]
        at = slot.end()
    return text + wording[at:], spans


def _value(kind: str, schema: Schema, rng: np.random.Generator, record: dict[str, object]) -> str:
    """What stands in a slot; the complainant's own data is the record's."""
    own = {"name": "citizen_name", "phone": "phone", "rrn": "rrn"}
    if kind in own:
        return str(record[own[kind]])
    vocabulary = schema.need_people()
    received = date.fromisoformat(str(record["received_at"])[:10])
    day = received - timedelta(days=int(rng.integers(1, 15)))
    made: dict[str, Callable[[], str]] = {
        "other": lambda: people.name(rng, vocabulary),
        "address": lambda: people.address(rng, vocabulary.roads),
        "email": lambda: people.email(rng),
        "ticket": lambda: people.ticket(rng),
        "date": lambda: f"{day.month}월 {day.day}일",
        "isodate": day.isoformat,
        "amount": lambda: f"{int(rng.integers(12, 480)) * 1000:,}원",
        "count": lambda: str(int(rng.integers(2, 9))),
    }
    return made[kind]()


def has_final_consonant(word: str) -> bool:
    """Whether the last syllable closes with a consonant, which decides the particle after it."""
    last = word[-1]
    return "가" <= last <= "힣" and (ord(last) - ord("가")) % 28 != 0
