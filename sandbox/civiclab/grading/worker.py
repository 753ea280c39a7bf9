"""The grading worker: leases accepted submissions, grades them, publishes.

Started by the hub as a managed service (`python -m civiclab.grading.worker`). Reads its places from the
environment: CIVICLAB_CONTENT, CIVICLAB_RELEASED, CIVICLAB_DATABASE and CIVICLAB_GRADEBOOK (SQLAlchemy URLs),
CIVICLAB_RUN (a folder for locks and the file `grading.ready`, which says that the walls were proved).

The log names submissions by their id and says where in our code a fault arose. It never holds what a learner
wrote, nor what her code printed or raised: those stand with the submission, for those who may see it.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from civiclab.catalog.loader import load_catalog
from civiclab.catalog.models import Language
from civiclab.errors import PersonError
from civiclab.grading.desk import Desk, warm_parent
from civiclab.grading.engine import mastered
from civiclab.grading.gradebook import GradebookCopy
from civiclab.grading.rebuild import Templates
from civiclab.jail import UidPool, prove_walls
from civiclab.records import breakpoints
from civiclab.records.breakpoints import Point
from civiclab.records.results import GradedSubmission
from civiclab.records.store import Leased, Records, RegradeLease, open_records

log = logging.getLogger("civiclab.grading")
LEASE_S = 300.0  # longer than any one grading: 120 s of answers, 120 s of checks, the start
IDLE_S = 0.1
COPY_EVERY_S = 1.0
GRADERS = max(1, (os.cpu_count() or 2) // 2)  # each uses two processes


class Meaning(TypedDict):
    """What an exercise makes of verdicts."""

    mastered: bool
    competencies: Sequence[str]
    level: int


@dataclass(frozen=True)
class Worker:
    """Grades what the records hold, until it is told to stop."""

    records: Records
    desk: Desk
    gradebook: str
    stopping: threading.Event

    def run(self, name: str) -> None:
        """Leases and grades until `stopping` is set."""
        while not self.stopping.is_set():
            leased = self._lease(name)
            if isinstance(leased, Leased):
                self.handle(leased)
            elif leased is not None:
                self.regrade(leased)
            else:
                self.stopping.wait(IDLE_S)

    def _lease(self, name: str) -> Leased | RegradeLease | None:
        """A learner's submission; only when none waits, one that an instructor wants graded again."""
        try:
            return self.records.lease(name, LEASE_S) or self.records.lease_regrade(LEASE_S)
        except Exception as fault:  # a full disk or a locked database must not end the worker
            log.error("no lease could be taken: %s", place(fault))
            self.stopping.wait(1.0)
            return None

    def handle(self, leased: Leased) -> None:
        """Grades one submission; any fault of ours puts it back, the third time aside for a person."""
        breakpoints.reach(Point.AFTER_LEASE)
        try:
            seconds = self._grade(leased)
            log.info("submission %s graded in %.2f s", leased.id, seconds)
        except Exception as fault:
            log.error("submission %s could not be graded: %s", leased.id, place(fault))
            self._put_back(leased, fault)

    def _put_back(self, leased: Leased, fault: Exception) -> None:
        try:
            self.records.fail(leased.id, _reason(fault))
        except Exception as worse:
            log.error("submission %s stays leased until its lease ends: %s", leased.id, place(worse))

    def _grade(self, leased: Leased) -> float:
        """Grades and publishes; the seconds that the grading took."""
        begun = time.monotonic()
        graded = self._graded(leased)
        seconds = time.monotonic() - begun
        breakpoints.reach(Point.BEFORE_PUBLISH)
        self.records.publish(leased.id, graded, seconds=seconds, **self._meaning(leased, graded))
        breakpoints.reach(Point.AFTER_PUBLISH)
        return seconds

    def _graded(self, leased: Leased | RegradeLease) -> GradedSubmission:
        language: Language = "en" if leased.language == "en" else "ko"
        graded = self.desk.grade(leased.exercise, language, leased.body)
        if graded.flags:
            log.warning("submission %s has %d flags for its instructor", leased.id, len(graded.flags))
        return graded

    def _meaning(self, leased: Leased | RegradeLease, graded: GradedSubmission) -> Meaning:
        exercise = self.desk.exercise(leased.exercise)
        return {
            "mastered": mastered(exercise, graded),
            "competencies": exercise.competencies,
            "level": exercise.level,
        }

    def regrade(self, leased: RegradeLease) -> None:
        """Grades a published submission again, as a proposal; a fault costs it nothing."""
        try:
            graded = self._graded(leased)
            self.records.propose(leased.regrade, leased.id, graded, **self._meaning(leased, graded))
            log.info("submission %s graded again for regrade %s", leased.id, leased.regrade)
        except Exception as fault:
            log.error("submission %s could not be graded again: %s", leased.id, place(fault))
            self._put_back_regrade(leased, fault)

    def _put_back_regrade(self, leased: RegradeLease, fault: Exception) -> None:
        try:
            self.records.fail_regrade(leased.regrade, leased.id, _reason(fault))
        except Exception as worse:
            log.error("regrade %s waits until a lease ends: %s", leased.regrade, place(worse))

    def copy(self) -> None:
        """Keeps nbgrader's gradebook in step until `stopping`; a fault there costs no mark."""
        copying = GradebookCopy(self.gradebook, self.records, self.desk.catalog.exercises)
        while not self.stopping.wait(COPY_EVERY_S):
            try:
                copying.follow()
            except Exception as fault:
                log.error("nbgrader's gradebook could not be written: %s", place(fault))


def _reason(fault: Exception) -> str:
    """For the instructor's page, where a learner's words may stand."""
    return f"{type(fault).__name__}: {fault}"[:500]


def place(fault: BaseException) -> str:
    """What kind of fault, and where it arose: names of types, files and lines, no message and no value."""
    causes = [fault]
    while (before := causes[-1].__cause__ or causes[-1].__context__) is not None and before not in causes:
        causes.append(before)
    return ", after ".join(map(_one_place, causes))


def _one_place(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    called = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-6:])
    return f"{type(fault).__name__} in {called}"


def build(environment: Mapping[str, str], stopping: threading.Event) -> Worker:
    """The worker of this environment, its walls proved. PersonError says what is missing."""
    run = Path(environment["CIVICLAB_RUN"])
    uids = UidPool(run / "uids")
    catalog = load_catalog(Path(environment["CIVICLAB_CONTENT"]))
    warm = warm_parent(catalog)
    with uids.lease() as uid:
        prove_walls(uid, run / "secret", warm)
    if warm is not None:
        log.info("the warm parent uses %d MiB", warm.memory_bytes // 2**20)
    templates = Templates(Path(environment["CIVICLAB_RELEASED"]))
    templates.load(catalog.exercises.values())
    desk = Desk(catalog, templates, uids, warm)
    records = open_records(environment["CIVICLAB_DATABASE"])
    # One worker serves a home: what is leased now was leased by one that was killed.
    if reclaimed := records.reclaim():
        log.warning("%d submissions of an earlier worker are graded again", reclaimed)
    return Worker(records, desk, environment["CIVICLAB_GRADEBOOK"], stopping)


def main() -> int:
    """Runs until SIGTERM; the exit code of a PersonError where it can't start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        worker = build(os.environ, stopping)
    except PersonError as error:
        log.error("%s", error)
        return int(error.exit_code)
    threads = [threading.Thread(target=worker.run, args=(f"{os.getpid()}-{at}",)) for at in range(GRADERS)]
    threads.append(threading.Thread(target=worker.copy))
    for thread in threads:
        thread.start()
    (Path(os.environ["CIVICLAB_RUN"]) / "grading.ready").write_text(str(os.getpid()))
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
