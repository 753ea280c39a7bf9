"""Surrogates: nothing raw stays, grammar holds, the new places are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from civiclab.anonymization.leftovers import leftovers
from civiclab.anonymization.recipe import load_recipe
from civiclab.anonymization.surrogates import Replacer, Span
from civiclab.citydata.complaints import has_final_consonant
from civiclab.citydata.raw import generate_tables
from civiclab.errors import BadContent

CONTENT = Path(__file__).parents[3] / "exercises" / "datasets" / "complaints"


@pytest.fixture
def replacer() -> Replacer:
    """One with the complaints' vocabulary."""
    words = load_recipe(CONTENT / "recipe.yaml").surrogates
    assert words is not None
    return Replacer(words, np.random.default_rng(1), frozenset())


def test_every_span_is_replaced_and_found_again(replacer: Replacer) -> None:
    """On hundreds of texts: the raw value is gone, the surrogate stands where the new span says."""
    tables = generate_tables(CONTENT / "schema.yaml", 300, 9)
    replacer.forbidden = frozenset(tables["spans"]["text"])
    by_ticket = dict(iter(tables["spans"].groupby("ticket_id")))
    for ticket, text in zip(tables["complaints"]["ticket_id"], tables["complaints"]["text"], strict=True):
        cells = by_ticket[ticket][["start", "end", "kind", "text"]].itertuples(index=False)
        spans = [Span(*cell) for cell in cells]
        fresh, found = replacer.replace(text, spans)
        assert [fresh[s.start : s.end] for s in found] == [s.text for s in found]
        assert not any(span.text in fresh for span in spans if span.kind != "date")
        assert list(leftovers(fresh, surrogates=True)) == []


def test_particles_still_fit(replacer: Replacer) -> None:
    """A name is replaced by one with the same ending, so that 이/가 after it stays right."""
    for raw in ("김정훈", "이영희"):
        for _ in range(20):
            fresh, _ = replacer.replace(raw, [Span(0, 3, "name", raw)])
            assert has_final_consonant(fresh) == has_final_consonant(raw)


def test_the_same_person_stays_the_same_within_a_text(replacer: Replacer) -> None:
    """A name said twice is replaced by one name."""
    text = "김정훈, 김정훈"
    fresh, _ = replacer.replace(text, [Span(0, 3, "name", "김정훈"), Span(5, 8, "name", "김정훈")])
    assert fresh[:3] == fresh[5:] != "김정훈"


@pytest.mark.parametrize(
    "spans", [[Span(0, 3, "name", "이영희")], [Span(0, 3, "name", "김정훈"), Span(2, 4, "name", "훈입")]]
)
def test_span_that_does_not_fit_is_refused(replacer: Replacer, spans: list[Span]) -> None:
    """A wrong or overlapping span would leave an identifier half standing."""
    with pytest.raises(BadContent):
        replacer.replace("김정훈입니다", spans)
