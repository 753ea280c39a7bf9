"""The counter queue: one office and hour a row, no person in it.

What is known before the hour (calendar, counters that will be open, the office's usual share of welfare
work) explains a part of the wait; how many came (`arrivals`) and how many still stood there
(`queue_len_end`) explain most of it, and are known only afterwards.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from civiclab.citydata.schema import Office, Schema

_DOW = ("월", "화", "수", "목", "금")
_DOW_LOAD = (1.32, 1.0, 0.93, 0.97, 1.14)
_HOUR_LOAD = {9: 0.95, 10: 1.2, 11: 1.18, 12: 0.72, 13: 0.98, 14: 1.22, 15: 1.1, 16: 0.95, 17: 0.68}
_MONTH_END_DAYS = 3
_MONTH_END_LOAD = 1.38
_LUNCH = 12
_SERVED_AN_HOUR = 11.5  # by one counter, of plain work
_WELFARE_SLOWDOWN = 1.15


def make(schema: Schema, rows: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """The table as `{"counter_queue": frame}`; `rows` is the calendar's size, which `raw` has checked."""
    days = working_days(schema)
    records = [
        _hour(rng, schema.offices[name], share, row=_cell(day, name, hour), days=days)
        for index, day in enumerate(days)
        for name, share in _welfare_shares(schema, rng, index).items()
        for hour in schema.need_calendar().hours
    ]
    return {"counter_queue": pd.DataFrame.from_records(records[:rows], columns=list(schema.columns))}


def _cell(day: date, office: str, hour: int) -> dict[str, object]:
    return {"date": day.isoformat(), "office": office, "hour": hour}


def working_days(schema: Schema) -> list[date]:
    """The calendar's days, without weekends and holidays."""
    calendar = schema.need_calendar()
    days: list[date] = []
    day = calendar.start
    while len(days) < calendar.days:
        if day.weekday() < len(_DOW) and day not in calendar.holidays:
            days.append(day)
        day += timedelta(days=1)
    return days


def _welfare_shares(schema: Schema, rng: np.random.Generator, index: int) -> dict[str, float]:
    """The share the office plans for on that day, in steps of .05: never the share of one hour's people."""
    season = 0.06 * np.sin(index / 9)
    shares = {name: office.welfare + season + rng.normal(0, 0.05) for name, office in schema.offices.items()}
    return {name: round(float(np.clip(share, 0.05, 0.7)) * 20) / 20 for name, share in shares.items()}


def _hour(
    rng: np.random.Generator, office: Office, welfare: float, *, row: dict[str, object], days: list[date]
) -> dict[str, object]:
    day, hour = date.fromisoformat(str(row["date"])), int(str(row["hour"]))
    month_end = day in _month_end(days, day)
    counters = _counters(rng, office, hour)
    usual = office.load * _HOUR_LOAD[hour] * _DOW_LOAD[day.weekday()]
    expected = usual * (_MONTH_END_LOAD if month_end else 1)
    arrivals = int(rng.poisson(expected * rng.lognormal(0, 0.13)))
    wait, left = _queue(rng, arrivals, counters, welfare)
    known = {"week": days.index(day) // 5 + 1, "dow": _DOW[day.weekday()], "month_end": int(month_end)}
    counted = {"open_counters": counters, "arrivals": arrivals, "welfare_share": welfare}
    return {**row, **known, **counted, "queue_len_end": left, "wait_min": wait}


def _month_end(days: list[date], day: date) -> list[date]:
    same = [d for d in days if (d.year, d.month) == (day.year, day.month)]
    return same[-_MONTH_END_DAYS:]


def _counters(rng: np.random.Generator, office: Office, hour: int) -> int:
    away = int(rng.random() < 0.22) + (office.counters // 3 if hour == _LUNCH else 0)
    return max(1, office.counters - away)


def _queue(rng: np.random.Generator, arrivals: int, counters: int, welfare: float) -> tuple[float, int]:
    """Minutes waited on average, and people left standing: both grow steeply near full use."""
    capacity = counters * _SERVED_AN_HOUR / (1 + _WELFARE_SLOWDOWN * welfare)
    use = arrivals / capacity
    wait = 1.5 + 7.5 * use**2.2 + rng.normal(0, 0.55)
    left = max(0, round(arrivals * max(0.0, use - 0.75) * 0.5 + float(rng.normal(0.4, 0.5))))
    return round(float(np.clip(wait, 0, 90)), 1), left
