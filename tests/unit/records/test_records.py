"""The records keep what they acknowledged, once, and show each verdict and mark once."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from civiclab.records.results import GradedSubmission
from civiclab.records.store import (
    BadMark,
    KeyReused,
    Records,
    StaleMark,
    State,
    StorageFull,
    UnknownAnswer,
    open_records,
)

from .conftest import RUBRIC, Clock, graded, hand_in, mark, publish

# Taking in


def test_an_acknowledged_submission_is_there_for_another_process(records: Records, path: Path) -> None:
    """What accept returned is committed: a connection of its own sees the very bytes."""
    body = "한글\0\x1b".encode()
    id = hand_in(records, body=body)
    other = sqlite3.connect(path)
    assert other.execute("select body from submission_bodies where submission=?", (id,)).fetchone() == (body,)
    assert open_records(f"sqlite:///{path}").body(id) == body


def test_the_database_is_durable(records: Records) -> None:
    """Every connection writes ahead, syncs fully, keeps foreign keys and waits for the other writer."""
    with records._engine.connect() as connection:
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 2, 1, 30_000]


def test_the_same_request_twice_is_one_submission(records: Records) -> None:
    """The second acknowledgement names the first submission and says that it is a duplicate."""
    first = hand_in(records)
    again = records.accept(
        learner="learner", exercise="C05-E3", version="v", language="ko", body=b"{}", key="k1"
    )
    assert (again.id, again.attempt, again.duplicate) == (first, 1, True)
    assert len(records.attempts("learner", "C05-E3")) == 1


def test_the_same_request_from_many_threads_is_one_submission(records: Records) -> None:
    """Twenty at once, through separate connections, make one submission."""
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: hand_in(records), range(20)))
    assert len(ids) == 1
    assert records.verify_audit()


def test_many_threads_lose_nothing(path: Path) -> None:
    """Two openings of one file, four threads: every acknowledged submission is there, attempts are counted 1..n."""
    doors = [open_records(f"sqlite:///{path}"), open_records(f"sqlite:///{path}")]
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda n: hand_in(doors[n % 2], key=f"key-{n}"), range(40)))
    attempts = doors[0].attempts("learner", "C05-E3")
    assert {one.id for one in attempts} == ids
    assert [one.attempt for one in attempts] == list(range(40, 0, -1))
    assert doors[1].verify_audit()


@pytest.mark.parametrize("change", [{"body": b"[]"}, {"exercise": "C05-E4"}])
def test_a_key_is_not_reused_for_something_else(records: Records, change: dict[str, object]) -> None:
    """The same learner and key with another body or exercise is refused and keeps nothing."""
    hand_in(records)
    with pytest.raises(KeyReused):
        hand_in(records, **change)
    assert len(records.attempts("learner", "C05-E4")) == 0


def test_two_learners_may_choose_the_same_key(records: Records) -> None:
    """Keys belong to a learner."""
    assert hand_in(records) != hand_in(records, learner="colleague")


def test_a_full_disk_keeps_nothing_and_recovers(records: Records, path: Path) -> None:
    """A submission that does not fit raises StorageFull, leaves no half row, and works once there is room."""
    hand_in(records)
    with records._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageFull):
        hand_in(records, key="k2", body=b"x" * 1_000_000)
    assert [one.attempt for one in records.attempts("learner", "C05-E3")] == [1]
    with records._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1073741823")
    assert hand_in(records, key="k2", body=b"x" * 1_000_000)


# The queue


def test_a_submission_is_leased_once(records: Records) -> None:
    """While one worker has it, no other gets it; the lease carries the bytes."""
    id = hand_in(records, body=b"[1]")
    first = records.lease("one", 60)
    assert first is not None
    assert (first.id, first.body, first.tries) == (id, b"[1]", 1)
    assert records.lease("two", 60) is None


def test_many_workers_never_share_a_submission(records: Records) -> None:
    """Eight workers at once take ten submissions, each once."""
    ids = {hand_in(records, key=f"k{n}") for n in range(10)}
    barrier = threading.Barrier(8)

    def work(n: int) -> list[str]:
        barrier.wait()
        taken = []
        while leased := records.lease(f"worker {n}", 60):
            taken.append(leased.id)
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [id for list_ in pool.map(work, range(8)) for id in list_]
    assert sorted(taken) == sorted(ids)


def test_an_expired_lease_is_taken_again(records: Records, clock: Clock) -> None:
    """A worker that does not come back loses its submission to the next."""
    id = hand_in(records)
    records.lease("one", 60)
    clock.forward(61)
    again = records.lease("two", 60)
    assert again is not None
    assert (again.id, again.tries) == (id, 2)


def test_the_third_lost_worker_parks_the_submission(records: Records, clock: Clock) -> None:
    """A submission that ends its worker three times waits for a person, and the queue goes on."""
    poison = hand_in(records)
    for n in range(3):
        assert records.lease(f"worker {n}", 60) is not None
        clock.forward(61)
    other = hand_in(records, learner="colleague")
    leased = records.lease("worker", 60)
    assert leased is not None
    assert leased.id == other
    assert [one.id for one in records.parked()] == [poison]


def test_a_third_failure_parks_and_retry_gives_three_new_tries(records: Records) -> None:
    """Two failures put it back; the third parks it, with the reason; a person can put it back."""
    id = hand_in(records)
    states = []
    for _ in range(3):
        records.lease("worker", 60)
        records.fail(id, "no jail")
        view = records.submission(id)
        assert view is not None
        states.append(view.state)
    assert states == [State.ACCEPTED, State.ACCEPTED, State.PARKED]
    assert records.parked()[0].reason == "no jail"
    records.retry(id, by="instructor")
    again = records.lease("worker", 60)
    assert again is not None
    assert again.tries == 1


def test_the_queue_is_fair(records: Records) -> None:
    """One learner's flood does not stand before another's single submission."""
    flood = [hand_in(records, key=f"k{n}") for n in range(5)]
    single = hand_in(records, learner="colleague")
    order = [leased.id for _ in range(3) if (leased := records.lease("worker", 60))]
    assert order == [flood[0], single, flood[1]]


# Publishing


def test_publishing_twice_changes_nothing(records: Records) -> None:
    """A second result, even another one, leaves verdicts, evidence and audit as they were."""
    id = hand_in(records)
    publish(records, id, graded(4))
    before = (records.submission(id), records.evidence("learner"), records.audit_head())
    publish(records, id, graded(0), mastered=False)
    records.fail(id, "late")
    assert (records.submission(id), records.evidence("learner"), records.audit_head()) == before


def test_publishing_an_unknown_submission_is_refused(records: Records) -> None:
    """There is nothing to publish."""
    with pytest.raises(UnknownAnswer):
        publish(records, "no-such-id", graded())


def test_the_best_attempt_is_the_evidence(records: Records) -> None:
    """A worse later attempt lowers neither evidence nor progress."""
    best = hand_in(records)
    publish(records, best, graded(4))
    publish(records, hand_in(records, key="k2"), graded(1), mastered=False)
    (one,) = records.evidence("learner")
    assert (one.competency, one.submission, one.strength, one.level) == ("D3-2", best, 1.0, 2)
    progress = records.progress("learner")["C05-E3"]
    assert (progress.attempts, progress.best, progress.best_score, progress.mastered) == (2, best, 4, True)


def test_no_points_are_no_evidence(records: Records) -> None:
    """A blank submission proves nothing."""
    publish(records, hand_in(records), graded(0), mastered=False)
    assert records.evidence("learner") == []


def test_texts_no_database_can_keep_are_mended(records: Records) -> None:
    """Lone surrogates and NUL in a learner's output do not stop the publication."""
    id = hand_in(records)
    records.publish(
        id, GradedSubmission((), (), output="a\ud800\0b"), mastered=False, competencies=[], level=1
    )
    view = records.submission(id)
    assert view is not None
    assert view.output == "a?\ufffdb"


# Written answers


def test_only_the_latest_answer_waits(records: Records) -> None:
    """A newer attempt takes the older one's place on the instructors' list; an empty answer does not wait."""
    publish(records, hand_in(records), graded(4, "old"))
    latest = hand_in(records, key="k2")
    publish(records, latest, graded(4, "new"))
    publish(records, hand_in(records, learner="colleague"), graded(4, ""))
    assert [(one.submission, one.text) for one in records.waiting()] == [(latest, "new")]


@pytest.mark.parametrize(
    ("marks", "mastered"), [((2, 2, 2, 2, 2), True), ((3, 3, 3, 3, 0), False), ((2, 2, 2, 2, 1), False)]
)
def test_written_mastery_needs_ten_points_and_no_zero(
    records: Records, marks: tuple[int, ...], mastered: bool
) -> None:
    """Mastery waits for the marks: 10 of 15, no criterion at 0."""
    id = hand_in(records)
    publish(records, id, graded(4, "memo"))
    assert not records.progress("learner")["C05-E3"].mastered
    mark(records, id, marks)
    view = records.submission(id)
    assert view is not None
    assert (view.mastered, view.score, view.waiting) == (mastered, 4 + sum(marks), False)
    assert records.evidence("learner")[0].strength == pytest.approx((4 + sum(marks)) / 19)


def test_a_stale_mark_is_refused(records: Records) -> None:
    """Of two instructors who read the same version the second is told, and the first one's marks stand."""
    id = hand_in(records)
    publish(records, id, graded(4, "memo"))
    mark(records, id, (3, 3, 3, 3, 3), by="instructor")
    with pytest.raises(StaleMark):
        mark(records, id, (1, 1, 1, 1, 1), by="chief")
    view = records.submission(id)
    assert view is not None
    assert (view.written[0].points, view.written[0].instructor) == (15, "instructor")


@pytest.mark.parametrize("criteria", [{"facts": 15}, dict.fromkeys(RUBRIC, 4), dict.fromkeys(RUBRIC, -1), {}])
def test_marks_outside_the_rubric_are_refused(records: Records, criteria: dict[str, int]) -> None:
    """Every criterion has 0 to 3 points, and all of them are given."""
    id = hand_in(records)
    publish(records, id, graded(4, "memo"))
    with pytest.raises(BadMark):
        records.mark_written(id, "memo", criteria=criteria, comment="", instructor="i", version=0)
