"""The grading worker: leases accepted submissions, grades them, publishes.

Started by the hub as a managed service (`python -m civiclab.grading.worker`). Reads its places from the
environment: CIVICLAB_CONTENT, CIVICLAB_RELEASED, CIVICLAB_DATABASE and CIVICLAB_GRADEBOOK (SQLAlchemy URLs),
CIVICLAB_RUN (a folder for locks and the file `grading.ready`, which says that the walls were proved).
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from civiclab.catalog.loader import load_catalog
from civiclab.catalog.models import Language
from civiclab.errors import PersonError
from civiclab.grading.desk import Desk
from civiclab.grading.engine import mastered
from civiclab.grading.gradebook import GradebookCopy
from civiclab.grading.rebuild import Templates
from civiclab.jail import UidPool, prove_walls
from civiclab.records.store import Records, open_records
from civiclab.records.views import Leased

log = logging.getLogger("civiclab.grading")
LEASE_S = 300.0  # longer than any one grading: 120 s of answers, 120 s of checks, the start
IDLE_S = 0.1
COPY_EVERY_S = 1.0
GRADERS = max(1, (os.cpu_count() or 2) // 2)  # each uses two processes


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
            if leased is None:
                self.stopping.wait(IDLE_S)
            else:
                self.handle(leased)

    def _lease(self, name: str) -> Leased | None:
        try:
            return self.records.lease(name, LEASE_S)
        except Exception:  # a full disk or a locked database must not end the worker
            log.exception("no lease could be taken")
            self.stopping.wait(1.0)
            return None

    def handle(self, leased: Leased) -> None:
        """Grades one submission; any fault of ours puts it back, the third time aside for a person."""
        begun = time.monotonic()
        try:
            self._grade(leased)
            log.info("submission %s graded in %.2f s", leased.id, time.monotonic() - begun)
        except Exception as fault:
            log.exception("submission %s could not be graded", leased.id)
            self._put_back(leased, fault)

    def _put_back(self, leased: Leased, fault: Exception) -> None:
        try:
            self.records.fail(leased.id, f"{type(fault).__name__}: {fault}"[:500])
        except Exception:
            log.exception("submission %s stays leased until its lease ends", leased.id)

    def _grade(self, leased: Leased) -> None:
        exercise = self.desk.exercise(leased.exercise)
        language: Language = "en" if leased.language == "en" else "ko"
        graded = self.desk.grade(exercise.id, language, leased.body)
        for flag in graded.flags:
            log.warning("submission %s: %s", leased.id, flag)
        self.records.publish(
            leased.id,
            graded,
            mastered=mastered(exercise, graded),
            competencies=exercise.competencies,
            level=exercise.level,
        )

    def copy(self) -> None:
        """Keeps nbgrader's gradebook in step until `stopping`; a fault there costs no mark."""
        copying = GradebookCopy(self.gradebook, self.records, self.desk.catalog.exercises)
        while not self.stopping.wait(COPY_EVERY_S):
            try:
                copying.follow()
            except Exception:
                log.exception("nbgrader's gradebook could not be written")


def build(environment: Mapping[str, str], stopping: threading.Event) -> Worker:
    """The worker of this environment, its walls proved. PersonError says what is missing."""
    run = Path(environment["CIVICLAB_RUN"])
    uids = UidPool(run / "uids")
    with uids.lease() as uid:
        prove_walls(uid, run / "secret")
    catalog = load_catalog(Path(environment["CIVICLAB_CONTENT"]))
    desk = Desk(catalog, Templates(Path(environment["CIVICLAB_RELEASED"])), uids)
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
        log.error("%s", error)  # noqa: TRY400 - a person's mistake has no traceback
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
