"""kill -9 at every named point: nothing acknowledged is lost, nothing is published twice, no mark is wrong.

The many submissions go through the service's own application and the grading worker's own main, with a desk
that reads the marks off the submission (`fault_processes`); a few go through the real desk and its jails.
CIVICLAB_LONG=1 makes it a thousand submissions, 50 kills, and the real worker killed at every point.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from civiclab.authoring import release
from civiclab.catalog.loader import Catalog, load_catalog
from civiclab.checking.content import reference
from civiclab.records.breakpoints import VARIABLE, Point
from civiclab.records.store import Records, State, open_records

pytestmark = pytest.mark.jail
PROGRAM = Path(__file__).with_name("fault_processes.py")
EXERCISE = "C05-E1"
LONG = bool(os.environ.get("CIVICLAB_LONG"))
COUNT, KILLS, LEARNERS = (1000, 5, 100) if LONG else (80, 1, 16)  # KILLS at each point
ACCEPTING = (
    Point.BEFORE_INSERT,
    Point.AFTER_INSERT,
    Point.BEFORE_COMMIT,
    Point.AFTER_COMMIT_BEFORE_REPLY,
)
GRADING = tuple(point for point in Point if point not in ACCEPTING)
KILLED = -signal.SIGKILL
CANARY = "canary-c0ffee-개나리"


@pytest.fixture(scope="module")
def catalog(content: Path) -> Catalog:
    """The checkout's catalog."""
    return load_catalog(content)


@pytest.fixture
def places(catalog: Catalog, content: Path, tmp_path: Path) -> dict[str, str]:
    """A home of its own with the exercise released into a new gradebook."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run/secret").write_text("canary")
    gradebook = f"sqlite:///{tmp_path}/gradebook.db"
    release(catalog, tmp_path / "released", gradebook_url=gradebook)
    return {
        "CIVICLAB_CONTENT": str(content),
        "CIVICLAB_RELEASED": str(tmp_path / "released"),
        "CIVICLAB_DATABASE": f"sqlite:///{tmp_path}/records.sqlite",
        "CIVICLAB_GRADEBOOK": gradebook,
        "CIVICLAB_RUN": str(tmp_path / "run"),
    }


@pytest.fixture
def records(places: dict[str, str]) -> Iterator[Records]:
    """The records that all processes share."""
    opened = open_records(places["CIVICLAB_DATABASE"])
    yield opened
    opened.close()


@dataclass
class Forker:
    """`fault_processes.py`, spoken to line by line."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, part: str, places: dict[str, str], log: Path) -> Forker:
        """The program, ready to fork."""
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, str(PROGRAM), part],
                env=os.environ | places,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        return cls(process)

    def tell(self, line: str) -> None:
        """One line to whoever reads the program's input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        """The next line; fails when the program has gone."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program ended"
        return line.strip()

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)


@dataclass(frozen=True)
class Sent:
    """One request."""

    learner: str
    key: str
    body: str

    @property
    def line(self) -> str:
        """As the accepting process reads it."""
        return json.dumps([self.learner, self.key, EXERCISE, self.body])


@dataclass
class Campaign:
    """What was sent and acknowledged, and where which process was killed."""

    acknowledged: dict[str, Sent] = field(default_factory=dict)  # id -> request
    kills: Counter[Point] = field(default_factory=Counter)


def requests(checks: int) -> list[Sent]:
    """COUNT requests of LEARNERS learners, each with its own marks."""
    return [
        Sent(f"learner{n % LEARNERS}", f"key-{n:06d}", json.dumps({"n": n, "passed": n * 7 % (checks + 1)}))
        for n in range(COUNT)
    ]


def hand_in(all_of_them: list[Sent], forker: Forker, campaign: Campaign) -> None:
    """Send each request until it is acknowledged, as the submit button does; kill at every accepting point."""
    faults = [f"{point}:{COUNT // (len(ACCEPTING) * KILLS + 1)}" for point in ACCEPTING] * KILLS
    start_accepting(forker, faults)
    for request in all_of_them:
        while True:
            forker.tell(request.line)
            answer = forker.hear()
            if not answer.startswith("ended"):
                break
            assert answer == f"ended {KILLED}"
            campaign.kills[Point(faults.pop(0).partition(":")[0])] += 1
            start_accepting(forker, faults)
        assert not answer.startswith("refused"), answer
        campaign.acknowledged[answer] = request
    forker.tell("stop")
    assert forker.hear() == "ended 0"


def start_accepting(forker: Forker, faults: list[str]) -> None:
    """The next accepting process, with the next fault."""
    forker.tell(faults[0] if faults else "-")
    assert forker.hear().startswith("ready")


def grade(forker: Forker, campaign: Campaign) -> None:
    """Grading processes, each killed at the next point; the last one stays."""
    each = max(2, int(0.6 * COUNT) // (len(GRADING) * KILLS))
    for point in GRADING * KILLS:
        forker.tell(f"{point}:{2 if point is Point.DURING_COPY else each}")
        assert forker.hear().startswith("ready")
        assert forker.hear() == f"ended {KILLED}"
        campaign.kills[point] += 1


def finish(forker: Forker, done: threading.Event) -> None:
    """A grading process that is not killed, told to stop once `done`."""
    forker.tell("-")
    _ready, _, child = forker.hear().partition(" ")
    try:
        assert done.wait(300), "waited in vain"
    finally:
        os.kill(int(child), signal.SIGTERM)
    assert forker.hear() == "ended 0"


def wait_for(true: object, seconds: float) -> None:
    """Until `true()` holds."""
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def run(records: Records, catalog: Catalog, places: dict[str, str]) -> Campaign:
    """Accept and grade at the same time, killing both all along; returns once everything is graded."""
    campaign = Campaign()
    requested = requests(len(catalog.exercises[EXERCISE].checks))
    for learner in {one.learner for one in requested}:
        records.approve(learner, "learner", "civil-affairs", "chief")
    logs = Path(places["CIVICLAB_RUN"])
    accepting, grading = (Forker.start(part, places, logs / f"{part}.log") for part in ("accept", "grade"))
    done = threading.Event()
    try:
        with ThreadPoolExecutor(2) as pool:
            sending = pool.submit(hand_in, requested, accepting, campaign)
            pool.submit(grade, grading, campaign).result(900)
            ending = pool.submit(finish, grading, done)
            sending.result(900)
            wait_for(lambda: records.figures().states[State.PUBLISHED] == COUNT, 300)
            wait_for(lambda: in_gradebook(catalog, places) == bests(records, catalog), 300)
            done.set()
            ending.result(60)
    finally:
        done.set()
        accepting.close()
        grading.close()
    return campaign


def bests(records: Records, catalog: Catalog) -> dict[str, float]:
    """Each learner's best points, as the records have them."""
    views = [records.attempts(f"learner{n}", EXERCISE) for n in range(LEARNERS)]
    return {attempts[0].learner: max(one.score for one in attempts) for attempts in views}


def in_gradebook(catalog: Catalog, places: dict[str, str]) -> dict[str, float]:
    """Each learner's points, as nbgrader's gradebook has them."""
    with Gradebook(places["CIVICLAB_GRADEBOOK"]) as book:
        found = book.assignment_submissions(catalog.exercises[EXERCISE].folder)
        return {one.student.id: one.score for one in found}


def points_of(catalog: Catalog, request: Sent) -> float:
    """What the request must have earned."""
    checks = list(catalog.exercises[EXERCISE].checks.values())
    return sum(check.points for check in checks[: json.loads(request.body)["passed"]])


def events(records: Records) -> dict[str, Counter[str]]:
    """Event -> how often each subject has it."""
    found: dict[str, Counter[str]] = {}
    for one in records.audit_entries(1_000_000):
        found.setdefault(one.event, Counter())[one.subject] += 1
    return found


def test_a_kill_at_any_point_costs_nothing(
    records: Records, catalog: Catalog, places: dict[str, str]
) -> None:
    """Every point was hit; every acknowledged submission is there once, whole, with its right marks, once."""
    begun = time.monotonic()
    campaign = run(records, catalog, places)
    assert campaign.kills == dict.fromkeys(Point, KILLS)
    assert len(campaign.acknowledged) == COUNT  # the same id for two keys would be a loss
    for id, request in campaign.acknowledged.items():
        view = records.submission(id)
        assert view is not None
        assert records.body(id) == request.body.encode()
        assert (view.learner, view.state) == (request.learner, State.PUBLISHED)
        assert view.score == points_of(catalog, request)
    once = dict.fromkeys(campaign.acknowledged, 1)
    assert events(records)["submission.accepted"] == once
    assert events(records)["submission.published"] == once
    assert "submission.parked" not in events(records)
    assert_whole(records, places)
    if LONG:
        print(f"{COUNT} submissions, {sum(campaign.kills.values())} kills, {time.monotonic() - begun:.0f} s")


def assert_whole(records: Records, places: dict[str, str]) -> None:
    """The audit chain holds, the database is sound, no row lacks its other half, attempts count 1, 2, 3."""
    assert records.verify_audit()
    database = sqlite3.connect(places["CIVICLAB_DATABASE"].removeprefix("sqlite:///"))
    assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert database.execute("pragma foreign_key_check").fetchall() == []
    bodiless = "select count(*) from submissions where id not in (select submission from submission_bodies)"
    assert database.execute(bodiless).fetchone() == (0,)
    gaps = "select learner from submissions group by learner, exercise having max(attempt) != count(*)"
    assert database.execute(gaps).fetchall() == []


# The real desk


def notebook(catalog: Catalog, places: dict[str, str], before: str = "", after: str = "") -> bytes:
    """The released notebook with the reference answers, and the learner's own lines around them."""
    exercise = catalog.exercises[EXERCISE]
    path = Path(places["CIVICLAB_RELEASED"]) / exercise.folder / f"{exercise.folder}.ko.ipynb"
    released = nbformat.read(path, as_version=4)
    answers = reference(exercise, "ko")
    for cell in released.cells:
        if cell.id in answers:
            cell.source = "\n".join((before, answers[cell.id], after))
    return json.dumps(released).encode()


def works(places: dict[str, str], fault: Point | None, done: object, log: Path) -> int:
    """The real worker until `done()` or its death; its exit code."""
    ready = Path(places["CIVICLAB_RUN"]) / "grading.ready"
    ready.unlink(missing_ok=True)
    env = os.environ | places | ({VARIABLE: str(fault)} if fault else {})
    with log.open("a") as file:
        process = subprocess.Popen([sys.executable, "-m", "civiclab.grading.worker"], env=env, stderr=file)
    try:
        wait_for(lambda: process.poll() is not None or done(), 120)  # type: ignore[operator]
    finally:
        process.terminate()
    return process.wait(30)


def test_real_gradings_survive_kills_and_tell_the_log_nothing(
    records: Records, catalog: Catalog, places: dict[str, str], tmp_path: Path
) -> None:
    """Jailed gradings killed midway end with the right marks, once; the log holds ids and no learner's word."""
    right = notebook(catalog, places, f"print({CANARY!r})  # {CANARY}")
    wrong = notebook(catalog, places, after=f"raise ValueError({CANARY!r})")
    bodies = {
        "right": right,
        "raises": wrong,
        "strange": notebook(catalog, places, after=f"masks = {{{CANARY!r}: [{CANARY!r}]}}"),
        "poison": f"not a notebook: {CANARY}".encode(),
    }
    ids = {
        name: records.accept(
            learner=name, exercise=EXERCISE, version="v", language="ko", body=body, key="key-00001"
        ).id
        for name, body in bodies.items()
    }

    def graded() -> bool:
        states = records.figures().states
        return (states[State.PUBLISHED], states[State.PARKED]) == (3, 1)

    log = tmp_path / "worker.log"
    kills = GRADING if LONG else (Point.MID_GRADING, Point.AFTER_PUBLISH_BEFORE_COMMIT)
    for fault in kills[:2]:
        assert works(places, fault, lambda: False, log) == KILLED
    assert works(places, None, graded, log) == 0
    views = {name: records.submission(id) for name, id in ids.items()}
    assert [view.state for view in views.values() if view] == [State.PUBLISHED] * 3 + [State.PARKED]
    assert views["right"] is not None
    assert views["right"].score == catalog.exercises[EXERCISE].auto_points
    assert CANARY in views["right"].output  # what the log must not hold did reach the records
    assert events(records)["submission.published"] == {ids[name]: 1 for name in list(ids)[:3]}
    assert_whole(records, places)
    said = log.read_text()
    assert all(id in said for id in ids.values())
    assert CANARY not in said
    assert "canary" not in said.replace(str(tmp_path), "")
    assert all(CANARY not in one.detail for one in records.audit_entries(10_000))


@pytest.mark.skipif(not LONG, reason="six starts of the real worker: CIVICLAB_LONG=1")
@pytest.mark.parametrize("point", GRADING)
def test_the_real_worker_survives_every_point(
    point: Point, records: Records, catalog: Catalog, places: dict[str, str], tmp_path: Path
) -> None:
    """Killed at this point with the real desk, the next worker ends with the right mark, once."""
    id = records.accept(
        learner="learner",
        exercise=EXERCISE,
        version="v",
        language="ko",
        body=notebook(catalog, places),
        key="k",
    ).id
    log = tmp_path / "worker.log"
    assert works(places, point, lambda: False, log) == KILLED
    score = catalog.exercises[EXERCISE].auto_points
    assert works(places, None, lambda: in_gradebook(catalog, places) == {"learner": score}, log) == 0
    view = records.submission(id)
    assert view is not None
    assert view.score == score
    assert events(records)["submission.published"] == {id: 1}
    assert_whole(records, places)
