"""Regrading: a proposal that changes nothing until it is applied, and then changes everything at once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from civiclab.records.store import (
    Records,
    Regrade,
    RegradeRefused,
    Scope,
    State,
    UnknownRegrade,
    open_records,
)

from .conftest import Clock, graded, hand_in, mark, publish

FULL = (3, 3, 3, 3, 3)


def published(
    records: Records, points: float, learner: str = "learner", key: str = "k1", memo: str = "m"
) -> str:
    """A published submission with that many of 4 points, and a memo."""
    id = hand_in(records, learner, key)
    records.lease("w", 60)
    publish(records, id, graded(points, memo), mastered=points == 4)
    return id


def begin(records: Records, scope: Scope = Scope.ALL) -> str:
    """A regrade of the exercise."""
    return records.request_regrade("C05-E3", scope=scope, reason="mended", by="instructor")


def propose(records: Records, points: float) -> None:
    """Grade everything the regrade asks for; each gets `points`."""
    while (job := records.lease_regrade(60)) is not None:
        result = graded(points)
        records.propose(job.regrade, job.id, result, mastered=points == 4, competencies=["D3-2"], level=2)


def found(records: Records, id: str) -> Regrade:
    """The regrade."""
    regrade = records.regrade(id)
    assert regrade is not None
    return regrade


def events(records: Records, event: str) -> list[str]:
    """Subjects of the audit's events of that name."""
    return [one.subject for one in records.audit_entries(10_000) if one.event == event]


def test_a_proposal_changes_nothing(records: Records) -> None:
    """While it is graded, and until it is applied, marks, evidence and the gradebook's list stay as they are."""
    id = published(records, 4)
    before = (records.submission(id), records.evidence("learner"), records.graded_since(records._now()))
    regrade = begin(records)
    propose(records, 0)
    assert (
        records.submission(id),
        records.evidence("learner"),
        records.graded_since(records._now()),
    ) == before
    (proposal,) = found(records, regrade).proposals
    assert (proposal.old.score, proposal.new and proposal.new.score, proposal.falls) == (4, 0, True)
    assert [change.check for change in proposal.changes] == ["check"]


def test_applying_swaps_and_keeps_the_old(records: Records, clock: Clock, path: Path) -> None:
    """Verdicts, score, mastery and evidence are the new ones; the old verdicts stay on record, also on disk."""
    id = published(records, 0)
    old = records.submission(id)
    assert old is not None
    regrade = begin(records)
    propose(records, 4)
    clock.forward(60)
    records.apply_regrade(regrade, by="instructor")
    view = records.submission(id)
    assert view is not None
    assert (view.auto_score, view.verdicts[0].points, view.changed_at) == (4, 4, clock.now)
    assert [one.id for one in records.graded_since(clock.now)] == [id]
    assert [one.strength for one in records.evidence("learner")] == [4 / 19]
    (kept,) = open_records(f"sqlite:///{path}").earlier_grades(id)
    assert (kept.grade.verdicts, kept.grade.score, kept.reason) == (old.verdicts, 0, "mended")
    assert events(records, "submission.regraded") == [id]
    assert events(records, "regrade.applied") == [regrade]
    assert records.verify_audit()


def test_an_instructors_marks_stay(records: Records) -> None:
    """Marks of a written answer, given before or while the regrade runs, outlive it; mastery follows both."""
    id = published(records, 0)
    regrade = begin(records)
    propose(records, 4)
    mark(records, id, FULL)
    records.apply_regrade(regrade, by="instructor")
    view = records.submission(id)
    assert view is not None
    assert (view.score, view.mastered, view.written[0].points) == (19, True, 15)


def test_what_is_the_same_is_left_alone(records: Records) -> None:
    """A submission whose verdicts come out as before has no history, no event, no new date."""
    id = published(records, 4)
    before = records.submission(id)
    regrade = begin(records)
    propose(records, 4)
    records.apply_regrade(regrade, by="instructor")
    assert records.submission(id) == before
    assert records.earlier_grades(id) == []
    assert events(records, "submission.regraded") == []


def test_who_falls_is_told_and_no_one_else(records: Records) -> None:
    """One learner's best falls, another's only lesser attempt does: one notice, until it is seen."""
    published(records, 4, "falls")
    stays, lesser = published(records, 4, "stays", "k1"), published(records, 2, "stays", "k2")
    regrade = begin(records)
    while (job := records.lease_regrade(60)) is not None:
        points = 4.0 if job.id == stays else 1.0
        records.propose(regrade, job.id, graded(points), mastered=False, competencies=[], level=2)
    records.apply_regrade(regrade, by="instructor")
    assert len(records.earlier_grades(lesser)) == 1
    (notice,) = records.notices("falls")
    assert (notice.old_score, notice.new_score, notice.reason) == (4, 1, "mended")
    assert records.notices("stays") == []
    records.see_notice("stays", regrade)
    assert len(records.notices("falls")) == 1
    records.see_notice("falls", regrade)
    assert records.notices("falls") == []


def test_lost_mastery_is_told_too(records: Records) -> None:
    """Equal points without the mastery is a fall."""
    id = published(records, 4)
    mark(records, id, FULL)
    regrade = begin(records)
    while (job := records.lease_regrade(60)) is not None:
        records.propose(regrade, job.id, graded(4), mastered=False, competencies=[], level=2)
    records.apply_regrade(regrade, by="instructor")
    (notice,) = records.notices("learner")
    assert (notice.mastery_lost, notice.old_score, notice.new_score) == (True, 19, 19)


def test_discarding_drops_it_also_while_it_runs(records: Records) -> None:
    """Nothing changes; a job a worker still has comes to nothing; another regrade may begin."""
    id = published(records, 4)
    regrade = begin(records)
    job = records.lease_regrade(60)
    assert job is not None
    records.discard_regrade(regrade, by="chief")
    records.propose(regrade, job.id, graded(0), mastered=False, competencies=[], level=2)
    assert found(records, regrade).proposals[0].new is None
    assert records.lease_regrade(60) is None
    view = records.submission(id)
    assert view is not None
    assert view.score == 4
    assert begin(records) != regrade


def test_a_decision_is_taken_once(records: Records) -> None:
    """Applied or discarded, it can't be applied or discarded again; an unknown one can't be decided."""
    published(records, 4)
    regrade = begin(records)
    with pytest.raises(RegradeRefused):
        records.apply_regrade(regrade, by="instructor")  # not graded yet
    propose(records, 0)
    records.apply_regrade(regrade, by="instructor")
    for decide in (records.apply_regrade, records.discard_regrade):
        with pytest.raises(RegradeRefused):
            decide(regrade, by="instructor")
        with pytest.raises(UnknownRegrade):
            decide("nothing", by="instructor")
    assert len(events(records, "regrade.applied")) == 1


def test_two_regrades_of_one_exercise_do_not_cross(records: Records, path: Path) -> None:
    """The second is refused; the database itself would not keep it."""
    published(records, 4)
    begin(records)
    with pytest.raises(RegradeRefused):
        begin(records)
    with pytest.raises(sqlite3.IntegrityError):
        sqlite3.connect(path).execute(
            "insert into regrades (id, exercise, scope, reason, state, requested_by, requested_at) "
            "values ('x', 'C05-E3', 'all', '', 'open', 'chief', '2026-11-22')"
        )


def test_only_published_submissions_are_regraded(records: Records) -> None:
    """What waits, runs or is parked will be graded by the mended check anyway."""
    with pytest.raises(RegradeRefused):
        begin(records)
    id = published(records, 4)
    hand_in(records, key="k2")
    assert [one.submission for one in found(records, begin(records)).proposals] == [id]


def test_the_standing_scope_takes_best_and_newest(records: Records) -> None:
    """Of three attempts the middle one counts, the last is the newest; the first stays out."""
    published(records, 1, key="k1")
    best, newest = published(records, 4, key="k2"), published(records, 2, key="k3")
    other = published(records, 0, "colleague")
    regrade = begin(records, Scope.STANDING)
    assert {one.submission for one in found(records, regrade).proposals} == {best, newest, other}


def test_a_job_that_can_not_be_graded_fails_alone(records: Records, clock: Clock) -> None:
    """Three failures, or three workers that did not come back, and the submission keeps what it has."""
    raises, kills = published(records, 4, "raises"), published(records, 4, "kills")
    regrade = begin(records)
    for _ in range(3):
        job = records.lease_regrade(60)
        assert job is not None
        assert job.id == raises
        records.fail_regrade(regrade, job.id, "no jail")
    for _ in range(3):
        job = records.lease_regrade(60)
        assert job is not None
        assert job.id == kills
        clock.forward(61)
    assert records.lease_regrade(60) is None
    view = found(records, regrade)
    assert view.pending == 0
    assert [one.reason for one in view.proposals] == ["the worker did not come back", "no jail"]
    records.apply_regrade(regrade, by="instructor")
    for id in (raises, kills):
        submission = records.submission(id)
        assert submission is not None
        assert (submission.state, submission.score) == (State.PUBLISHED, 4)


def test_a_worker_that_comes_back_takes_up_what_was_leased(records: Records) -> None:
    """`reclaim` gives regrade jobs back too."""
    published(records, 4)
    begin(records)
    assert records.lease_regrade(600) is not None
    assert records.lease_regrade(600) is None
    assert records.reclaim() == 1
    job = records.lease_regrade(600)
    assert job is not None
    assert job.tries == 2


def test_a_second_result_changes_nothing(records: Records) -> None:
    """Two workers with the same job, one after its lease ended: the first result stands."""
    id = published(records, 4)
    regrade = begin(records)
    records.lease_regrade(60)
    for points in (3, 0):
        records.propose(regrade, id, graded(points), mastered=False, competencies=[], level=2)
    (proposal,) = found(records, regrade).proposals
    assert proposal.new is not None
    assert proposal.new.score == 3


def test_many_are_regraded_with_history_kept(records: Records) -> None:
    """Sixty published submissions: all swapped in one transaction, old marks kept, half the learners told."""
    ids = [published(records, 4 * (n % 2), f"learner{n:04d}") for n in range(60)]
    regrade = begin(records)
    propose(records, 2)
    records.apply_regrade(regrade, by="instructor")
    views = [records.submission(id) for id in ids]
    assert {view.score for view in views if view} == {2}
    assert [records.earlier_grades(id)[0].grade.score for id in ids] == [4 * (n % 2) for n in range(60)]
    assert sum(len(records.notices(f"learner{n:04d}")) for n in range(60)) == 30
    assert records.verify_audit()


def test_the_first_schema_is_brought_up_to_date(path: Path) -> None:
    """A database of the first version keeps its submissions and marks, and can be regraded."""
    from alembic import command

    from civiclab.records.engine import alembic_config, open_engine

    old = open_records(f"sqlite:///{path}")
    id = published(old, 4)
    old.close()
    engine = open_engine(f"sqlite:///{path}")
    with engine.execution_options(writes=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0001")
    engine.dispose()
    assert not sqlite3.connect(path).execute("select 1 from sqlite_master where name='regrades'").fetchall()
    records = open_records(f"sqlite:///{path}")
    view = records.submission(id)
    assert view is not None
    assert view.score == 4
    assert found(records, begin(records)).pending == 1
