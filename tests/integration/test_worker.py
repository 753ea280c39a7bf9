"""The grading worker with real records, jails and gradebook: nothing accepted is lost."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from civiclab.authoring import release
from civiclab.catalog.loader import Catalog, load_catalog
from civiclab.checking.content import reference
from civiclab.grading import worker as grading
from civiclab.grading.gradebook import GradebookCopy
from civiclab.records.store import Records, open_records
from civiclab.records.views import State, SubmissionView

pytestmark = pytest.mark.jail
EXERCISE = "C05-E1"


@pytest.fixture(scope="module")
def catalog(content: Path) -> Catalog:
    """The checkout's catalog."""
    return load_catalog(content)


@pytest.fixture(scope="module")
def places(catalog: Catalog, content: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The worker's environment, with every exercise released into a new gradebook."""
    root = tmp_path_factory.mktemp("worker")
    (root / "run").mkdir()
    (root / "run/secret").write_text("canary")
    gradebook = f"sqlite:///{root}/gradebook.db"
    release(catalog, root / "released", gradebook_url=gradebook)
    return {
        "CIVICLAB_CONTENT": str(content),
        "CIVICLAB_RELEASED": str(root / "released"),
        "CIVICLAB_DATABASE": f"sqlite:///{root}/records.sqlite",
        "CIVICLAB_GRADEBOOK": gradebook,
        "CIVICLAB_RUN": str(root / "run"),
    }


@pytest.fixture
def records(places: dict[str, str]) -> Iterator[Records]:
    """The records the worker reads."""
    opened = open_records(places["CIVICLAB_DATABASE"])
    yield opened
    opened.close()


def answered(catalog: Catalog, places: dict[str, str], exercise: str = EXERCISE) -> bytes:
    """The released Korean notebook with the reference answers in it."""
    one = catalog.exercises[exercise]
    notebook = nbformat.read(
        Path(places["CIVICLAB_RELEASED"]) / one.folder / f"{one.folder}.ko.ipynb", as_version=4
    )
    answers = reference(one, "ko")
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return json.dumps(notebook).encode()


def accept(records: Records, body: bytes, learner: str = "learner", exercise: str = EXERCISE) -> str:
    """An accepted submission's id."""
    key = f"{learner}-{time.monotonic_ns()}"
    return records.accept(
        learner=learner, exercise=exercise, version="v", language="ko", body=body, key=key
    ).id


def start(places: dict[str, str]) -> subprocess.Popen[bytes]:
    """A worker process that is ready."""
    ready = Path(places["CIVICLAB_RUN"]) / "grading.ready"
    ready.unlink(missing_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "civiclab.grading.worker"], env=os.environ | places)
    wait_for(ready.exists, 30)
    return process


def wait_for(true: object, seconds: float) -> None:
    """Until `true()` holds."""
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def published(records: Records, submission: str) -> bool:
    """Has it been graded?"""
    view = records.submission(submission)
    return view is not None and view.state == State.PUBLISHED


def test_marks_reach_the_records_and_nbgraders_export(
    catalog: Catalog, places: dict[str, str], records: Records, tmp_path: Path
) -> None:
    """A right notebook earns everything; `nbgrader export` says the same."""
    one = grading.build(places, threading.Event())
    submission = accept(records, answered(catalog, places))
    leased = records.lease("test", 60)
    assert leased is not None
    one.handle(leased)
    view = records.submission(submission)
    assert view is not None
    assert view.score == view.max_score == catalog.exercises[EXERCISE].auto_points
    assert records.evidence("learner")
    assert GradebookCopy(places["CIVICLAB_GRADEBOOK"], records, catalog.exercises).follow() == 1
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", "export", "--db", places["CIVICLAB_GRADEBOOK"], "--to", "marks.csv"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    with (tmp_path / "marks.csv").open(encoding="utf-8") as file:
        rows = {
            (row["assignment"], row["student_id"]): float(row["score"] or 0) for row in csv.DictReader(file)
        }
    assert rows[catalog.exercises[EXERCISE].folder, "learner"] == view.score


def test_written_marks_reach_the_gradebook(
    catalog: Catalog, places: dict[str, str], records: Records
) -> None:
    """What an instructor gives is in nbgrader's gradebook soon after."""
    from nbgrader.api import Gradebook, MissingEntry

    process = start(places)
    try:
        submission = accept(records, answered(catalog, places, "C05-E5"), "colleague", "C05-E5")
        wait_for(lambda: published(records, submission), 30)
        criteria = dict.fromkeys((one.id for one in catalog.exercises["C05-E5"].written["memo"].criteria), 2)
        records.mark_written(
            submission, "memo", criteria=criteria, comment="좋습니다", instructor="instructor", version=0
        )

        def copied() -> bool:
            with Gradebook(places["CIVICLAB_GRADEBOOK"]) as book:
                try:
                    found = book.find_submission(catalog.exercises["C05-E5"].folder, "colleague")
                except MissingEntry:
                    return False
                return bool(found.score - view().auto_score == 10)

        def view() -> SubmissionView:
            found = records.submission(submission)
            assert found is not None
            return found

        wait_for(copied, 10)
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_a_killed_grader_loses_nothing(catalog: Catalog, places: dict[str, str], records: Records) -> None:
    """kill -9 while a submission is being graded: the next worker grades it, once, with the right mark."""
    process = start(places)
    submissions = [accept(records, answered(catalog, places), f"learner{at}") for at in range(4)]
    wait_for(
        lambda: any((v := records.submission(one)) and v.state == State.LEASED for one in submissions), 30
    )
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not all(published(records, one) for one in submissions)
    process = start(places)
    try:
        wait_for(lambda: all(published(records, one) for one in submissions), 60)
    finally:
        process.terminate()
        process.wait(20)
    views = [records.submission(one) for one in submissions]
    assert all(view is not None and view.score == view.max_score for view in views)
    assert records.verify_audit()


def test_a_submission_that_can_not_be_graded_is_parked_after_three_tries(
    places: dict[str, str], records: Records
) -> None:
    """A fault of ours is never a zero: after the third try it waits for a person, and others go on."""
    one = grading.build(places, threading.Event())
    submission = accept(records, b"not a notebook: intake would have refused it", "poison")
    for _ in range(3):
        leased = records.lease("test", 60)
        assert leased is not None
        assert leased.id == submission
        one.handle(leased)
    view = records.submission(submission)
    assert view is not None
    assert view.state == State.PARKED
    assert records.lease("test", 60) is None
