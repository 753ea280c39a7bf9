"""What the tests share: the checkout's content, a pool of uids, a sample exercise."""

from __future__ import annotations

from pathlib import Path

import pytest

from civiclab.catalog.models import Exercise
from civiclab.jail import UidPool

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def content() -> Path:
    """The checkout's own content folder."""
    return CHECKOUT


@pytest.fixture(scope="session")
def uids(tmp_path_factory: pytest.TempPathFactory) -> UidPool:
    """Uids for jails."""
    return UidPool(tmp_path_factory.mktemp("uids"))


def both(text: str) -> dict[str, str]:
    """A text that is the same in both languages."""
    return {"ko": text, "en": text}


@pytest.fixture
def sample(tmp_path: Path) -> Exercise:
    """An exercise with two answers, three checks and one message; it has no source file."""
    check = {"title": both("점검"), "points": 1}
    return Exercise.model_validate(
        {
            "id": "C05-E9",
            "folder": "c05-e9-sample",
            "title": both("본보기"),
            "summary": both("본보기"),
            "level": 1,
            "minutes": 5,
            "mode": "code",
            "clauses": ["G-05"],
            "competencies": ["D5-1"],
            "limits": {"seconds": 4, "memory_mib": 300},
            "checks": {
                "one": check | {"needs": ["a"], "points": 2},
                "two": check | {"needs": ["a"]},
                "three": check | {"needs": ["b"]},
            },
            "messages": {"low": both("너무 작습니다.")},
            "path": tmp_path,
        }
    )
