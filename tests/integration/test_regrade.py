"""Regrading through the worker: after the learners' own submissions, without a word in the log, into the gradebook."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from civiclab.authoring import release
from civiclab.catalog.loader import Catalog, load_catalog
from civiclab.catalog.models import Language
from civiclab.grading.gradebook import GradebookCopy
from civiclab.grading.worker import Worker
from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome
from civiclab.records.store import Records, Scope, open_records

from .fault_processes import QuickDesk

EXERCISE = "C05-E1"
CANARY = "canary-c0ffee"


@dataclass(frozen=True)
class MendedDesk(QuickDesk):
    """The desk after a check was mended: `more` checks pass than before; it notes what it graded."""

    more: int = 0
    seen: list[int] = field(default_factory=list)

    def grade(self, name: str, language: Language, body: bytes) -> GradedSubmission:
        order = json.loads(body)
        self.seen.append(order["n"])
        if order.get("breaks"):
            try:
                raise KeyError(CANARY)
            except KeyError:
                raise RuntimeError(f"the learner wrote {CANARY}") from None
        passed = json.dumps({"passed": order["passed"] + self.more}).encode()
        return replace(super().grade(name, language, passed), flags=(f"check: {CANARY}",))


@pytest.fixture
def catalog(content: Path) -> Catalog:
    """The checkout's catalog."""
    return load_catalog(content)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Empty records."""
    opened = open_records(f"sqlite:///{tmp_path}/records.db")
    yield opened
    opened.close()


def accept(records: Records, n: int, passed: int, **more: bool) -> str:
    """An accepted submission of learner n."""
    body = json.dumps({"n": n, "passed": passed} | more).encode()
    return records.accept(
        learner=f"learner{n}", exercise=EXERCISE, version="v", language="ko", body=body, key=f"key-{n:05d}"
    ).id


def work(records: Records, desk: MendedDesk) -> None:
    """The worker until nothing is left to do."""
    one = Worker(records, desk, "", threading.Event())  # type: ignore[arg-type]
    while (leased := one._lease("test")) is not None:
        one.regrade(leased) if not hasattr(leased, "learner") else one.handle(leased)


def score(records: Records, id: str) -> float:
    """The submission's points."""
    view = records.submission(id)
    assert view is not None
    return view.score


def test_learners_submissions_go_first(records: Records, catalog: Catalog) -> None:
    """Two submissions handed in after the regrade began are graded before it; all three end."""
    first = accept(records, 1, 1)
    work(records, MendedDesk(catalog))
    regrade = records.request_regrade(EXERCISE, scope=Scope.ALL, reason="", by="instructor")
    accept(records, 2, 1)
    accept(records, 3, 1)
    desk = MendedDesk(catalog, more=1)
    work(records, desk)
    assert desk.seen == [2, 3, 1]
    found = records.regrade(regrade)
    assert found is not None
    assert [(one.submission, one.rises) for one in found.proposals] == [(first, True)]
    assert found.pending == 0


def test_the_gradebook_follows_an_applied_regrade(records: Records, catalog: Catalog, tmp_path: Path) -> None:
    """nbgrader's gradebook has the old marks until the regrade is applied, and the new ones after it."""
    url = f"sqlite:///{tmp_path}/gradebook.db"
    release(catalog, tmp_path / "released", [EXERCISE], gradebook_url=url)
    copy = GradebookCopy(url, records, catalog.exercises)
    id = accept(records, 1, 1)
    work(records, MendedDesk(catalog))
    assert copy.follow() == 1
    regrade = records.request_regrade(EXERCISE, scope=Scope.ALL, reason="", by="instructor")
    work(records, MendedDesk(catalog, more=1))
    assert copy.follow() == 0
    before = score(records, id)
    records.apply_regrade(regrade, by="instructor")
    assert copy.follow() == 1
    assert copy.follow() == 0
    with Gradebook(url) as book:
        kept = book.find_submission(catalog.exercises[EXERCISE].folder, "learner1").score
    assert kept == score(records, id) > before


def test_one_learners_fault_does_not_hold_up_the_gradebook(
    records: Records, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one learner's marks can't be copied the others' are; once they can, they follow."""
    from civiclab.grading import gradebook

    copied: list[str] = []
    broken = {"learner1"}

    def copy_marks(url: str, exercise: object, best: object) -> None:
        learner = best.learner  # type: ignore[attr-defined]
        if learner in broken:
            raise OSError("locked")
        copied.append(learner)

    monkeypatch.setattr(gradebook, "copy_marks", copy_marks)
    for n in (1, 2):
        accept(records, n, 1)
    work(records, MendedDesk(catalog))
    copy = GradebookCopy("", records, catalog.exercises)
    with pytest.raises(OSError, match="locked"):
        copy.follow()
    assert copied == ["learner2"]
    broken.clear()
    assert copy.follow() == 1
    assert copied == ["learner2", "learner1"]


def test_a_check_the_gradebook_does_not_know_is_passed_over(
    records: Records, catalog: Catalog, tmp_path: Path
) -> None:
    """A verdict of a check that the exercise no longer has costs nothing else its copy."""
    url = f"sqlite:///{tmp_path}/gradebook.db"
    release(catalog, tmp_path / "released", [EXERCISE], gradebook_url=url)
    id = accept(records, 1, 0)
    known = next(iter(catalog.exercises[EXERCISE].checks))
    verdicts = (CheckVerdict("gone", Outcome.PASS, 1, 1), CheckVerdict(known, Outcome.PASS, 1, 1))
    records.publish(id, GradedSubmission(verdicts), mastered=False, competencies=[], level=1)
    assert GradebookCopy(url, records, catalog.exercises).follow() == 1
    with Gradebook(url) as book:
        assert book.find_submission(catalog.exercises[EXERCISE].folder, "learner1").score == 1


def test_the_log_holds_no_learners_words(
    records: Records, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    """Flags, messages of exceptions and those they hide stay out of the log; the id and the place are in it."""
    caplog.set_level(logging.DEBUG)
    fine = accept(records, 1, 1)
    work(records, MendedDesk(catalog))
    records.request_regrade(EXERCISE, scope=Scope.ALL, reason=CANARY, by="instructor")
    broken = accept(records, 2, 1, breaks=True)
    work(records, MendedDesk(catalog))
    assert fine in caplog.text
    assert f"submission {broken} could not be graded: RuntimeError in worker.py:" in caplog.text
    assert "after KeyError in test_regrade.py:" in caplog.text
    assert CANARY not in caplog.text
    (parked,) = records.parked()
    assert CANARY in parked.reason  # those who may see the submission are told


def test_a_regrade_that_fails_three_times_costs_nothing(records: Records, catalog: Catalog) -> None:
    """The submission keeps its marks, and the reason stands on the regrade."""
    id = accept(records, 1, 2)
    work(records, MendedDesk(catalog))
    before = score(records, id)
    regrade = records.request_regrade(EXERCISE, scope=Scope.ALL, reason="", by="instructor")

    class Broken(MendedDesk):
        def grade(self, name: str, language: Language, body: bytes) -> GradedSubmission:
            raise RuntimeError("no jail")

    work(records, Broken(catalog))
    found = records.regrade(regrade)
    assert found is not None
    assert [(one.state, one.reason) for one in found.proposals] == [("failed", "RuntimeError: no jail")]
    records.apply_regrade(regrade, by="instructor")
    assert score(records, id) == before
