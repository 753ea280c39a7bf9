"""The two processes that the fault tests kill, run as a program: `fault_processes.py accept|grade`.

The program imports everything once and then forks: one line from its input names the fault (or `-`), a child
says `ready PID` and runs with it, and a line `ended STATUS` tells how it ended. `accept` is the service's own application, which
answers one request a line; `grade` is the grading worker's own `main`, its desk replaced by one that reads the
marks off the submission, so that a thousand gradings cost seconds. Both read their places from the environment.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi.testclient import TestClient

from civiclab.catalog.loader import Catalog, load_catalog
from civiclab.catalog.models import Exercise, Language
from civiclab.grading import worker
from civiclab.records import breakpoints
from civiclab.records.breakpoints import Point
from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome
from civiclab.records.store import open_records
from civiclab.service.app import create_app
from civiclab.service.hubdoor import HubUser, SignIn
from civiclab.service.settings import ServiceSettings

API = "/services/civiclab/api/submissions"


class KnowsEveryone:
    """A Hub for which a token is its holder's name."""

    async def user(self, token: str, session: str) -> HubUser | None:
        return HubUser(token, may_enter=True)

    def sign_in(self, next_url: str) -> SignIn:
        raise NotImplementedError

    async def finish(self, code: str, state: str) -> tuple[str, str]:
        raise NotImplementedError


def accept() -> int:
    """Hand in what each line says (learner, key, exercise, body) and answer with the id; `stop` ends it."""
    settings = ServiceSettings(Path(os.environ["CIVICLAB_CONTENT"]), None, os.environ["CIVICLAB_DATABASE"])
    app = create_app(settings, hub=KnowsEveryone(), intake=lambda body, exercise: None)
    client = TestClient(app)
    say(f"ready {os.getpid()}")
    while (line := sys.stdin.readline().strip()) != "stop":
        learner, key, exercise, body = json.loads(line)
        headers = {"Authorization": f"token {learner}", "Idempotency-Key": key}
        answer = client.post(API, params={"exercise": exercise}, content=body, headers=headers)
        say(answer.json()["id"] if answer.status_code == 202 else f"refused {answer.text}")
    return 0


@dataclass(frozen=True)
class QuickDesk:
    """Grades at once: the body says how many checks pass."""

    catalog: Catalog

    def exercise(self, name: str) -> Exercise:
        return self.catalog.exercises[name]

    def grade(self, name: str, language: Language, body: bytes) -> GradedSubmission:
        passed = json.loads(body)["passed"]
        breakpoints.reach(Point.MID_GRADING)
        verdicts = [
            CheckVerdict(id, Outcome.PASS, check.points, check.points)
            if at < passed
            else CheckVerdict(id, Outcome.FAIL, 0, check.points)
            for at, (id, check) in enumerate(self.exercise(name).checks.items())
        ]
        return GradedSubmission(tuple(verdicts), output=f"passed {passed}")


def build(environment: Mapping[str, str], stopping: threading.Event) -> worker.Worker:
    """The worker, as `worker.build` makes it, without jails."""
    records = open_records(environment["CIVICLAB_DATABASE"])
    records.reclaim()
    desk = QuickDesk(load_catalog(Path(environment["CIVICLAB_CONTENT"])))
    return worker.Worker(records, desk, environment["CIVICLAB_GRADEBOOK"], stopping)  # type: ignore[arg-type]


def grade() -> int:
    """The worker's own main, hurried: two graders, and the gradebook followed all the time."""
    worker.build, worker.GRADERS, worker.IDLE_S, worker.COPY_EVERY_S = build, 2, 0.01, 0.05  # type: ignore[assignment]
    say(f"ready {os.getpid()}")
    return worker.main()


def say(line: str) -> None:
    """One line to the test."""
    print(line, flush=True)


def main() -> None:
    """Fork a child for each line that comes."""
    part = {"accept": accept, "grade": grade}[sys.argv[1]]
    while fault := sys.stdin.readline().strip():
        child = os.fork()
        if child == 0:
            os.environ.pop(breakpoints.VARIABLE, None)
            if fault != "-":
                os.environ[breakpoints.VARIABLE] = fault
            os._exit(part())
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
