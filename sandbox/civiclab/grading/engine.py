"""Runs a rebuilt notebook in its two jails and writes the verdicts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from civiclab.catalog.models import Check, Exercise
from civiclab.grading.control import Gone, TimeUp
from civiclab.grading.pair import Pair, open_pair
from civiclab.grading.rebuild import Cell, Rebuilt, Role
from civiclab.jail import UidPool
from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome, WrittenAnswer

START_S = 60.0  # an interpreter and its libraries, on a loaded machine
SHOWN_OUTPUT = 20_000  # characters of what the answers printed that are kept


class EngineFault(Exception):
    """The grader itself failed; never the learner's mark. The submission is tried again."""


@dataclass
class Run:
    """One grading while it goes on."""

    exercise: Exercise
    rebuilt: Rebuilt
    pair: Pair
    errors: dict[str, str] = field(default_factory=dict)  # answer cell -> what it raised
    verdicts: list[CheckVerdict] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Libraries into the learner process, texts into the checker; not on the learner's clock."""
        deadline = time.monotonic() + START_S
        texts = {"source": self.rebuilt.of(Role.ANSWER), "written": self.rebuilt.of(Role.WRITTEN)}
        try:
            for name in self.exercise.libraries:
                self.pair.learner.ask({"op": "import", "name": name}, deadline)
            self.pair.checker.ask({"op": "texts", **texts}, deadline)
        except (Gone, TimeUp) as fault:
            said = self.pair.complaint.text() or self.pair.output.text()
            raise EngineFault(f"{type(fault).__name__} before the first cell: {said[-800:]}") from None

    def step(self, cell: Cell, deadline: float) -> None:
        """Runs one cell of the rebuilt notebook."""
        if cell.role is Role.CHECK:
            check = self.exercise.checks[cell.id]
            self.verdicts.append(self._judge(cell, check))
        elif cell.role is not Role.WRITTEN and self.pair.died is None:
            self._run(cell, deadline)

    def _run(self, cell: Cell, deadline: float) -> None:
        try:
            reply = self.pair.learner.ask({"op": "run", "source": cell.source}, deadline)
        except TimeUp:
            self._bury(Outcome.TIMEOUT)
            return
        except Gone:
            self._bury(self.pair.cause_of_death())
            return
        error = reply.get("error")
        if isinstance(error, dict):
            self.errors[cell.id] = f"{str(error.get('name'))[:80]}: {str(error.get('message'))[:300]}"

    def _bury(self, cause: Outcome) -> None:
        self.pair.died = cause
        self.pair.learner_box.kill()

    def _judge(self, cell: Cell, check: Check) -> CheckVerdict:
        needed = check.needs or tuple(self.rebuilt.of(Role.ANSWER)) + tuple(self.rebuilt.of(Role.WRITTEN))
        if any(name in self.rebuilt.untouched for name in needed):
            return self._verdict(cell, check, Outcome.UNATTEMPTED)
        if self.pair.died is not None:
            return self._verdict(cell, check, self.pair.died)
        told = self._ask_checker(cell)
        outcome = Outcome(str(told["outcome"]))
        detail = str(told.get("detail", ""))
        if outcome is Outcome.FAIL:
            return self._failed(cell, check, detail)
        if outcome is Outcome.ERROR:
            raised = [f"{name}: {self.errors[name]}" for name in needed if name in self.errors]
            missing = f"NameError: {told['missing']}" if told.get("missing") else ""
            self._note(cell, str(told.get("operator", "")))
            return self._verdict(cell, check, outcome, detail=(raised or [missing or detail])[0])
        return self._verdict(cell, check, outcome)

    def _ask_checker(self, cell: Cell) -> dict[str, object]:
        deadline = time.monotonic() + self.exercise.limits.seconds
        try:
            told = self.pair.checker.ask({"op": "check", "id": cell.id, "source": cell.source}, deadline)
        except TimeUp:
            self._bury(Outcome.TIMEOUT)
            return {"outcome": Outcome.TIMEOUT}
        except Gone:
            raise EngineFault(
                f"the checker ended in {cell.id}: {self.pair.complaint.text()[-800:]}"
            ) from None
        if told.get("outcome") == Outcome.CRASHED:
            self._bury(self.pair.cause_of_death())
            return {"outcome": self.pair.died}
        return told

    def _failed(self, cell: Cell, check: Check, detail: str) -> CheckVerdict:
        """A check's message is a key of the exercise; other words may hold hidden values and stay with us."""
        key, _, numbers = detail.partition("|")
        if key in self.exercise.messages:
            return self._verdict(cell, check, Outcome.FAIL, key, numbers)
        self._note(cell, detail)
        return self._verdict(cell, check, Outcome.FAIL)

    def _note(self, cell: Cell, text: str) -> None:
        if text:
            self.flags.append(f"{cell.id}: {text[:400]}")

    @staticmethod
    def _verdict(
        cell: Cell, check: Check, outcome: Outcome, key: str | None = None, detail: str = ""
    ) -> CheckVerdict:
        points = check.points if outcome is Outcome.PASS else 0.0
        return CheckVerdict(cell.id, outcome, points, check.points, key, detail)


def _written(exercise: Exercise, rebuilt: Rebuilt) -> tuple[WrittenAnswer, ...]:
    texts = rebuilt.of(Role.WRITTEN)
    return tuple(
        WrittenAnswer(name, texts[name], part.points, name not in rebuilt.untouched)
        for name, part in exercise.written.items()
    )


def grade(
    exercise: Exercise, rebuilt: Rebuilt, data: Mapping[str, Path], hidden: Mapping[str, Path], uids: UidPool
) -> GradedSubmission:
    """The verdicts of one rebuilt notebook.

    `data` and `hidden` map file names to host paths; only the checker sees `hidden`. EngineFault when the
    grader itself failed, NoJail where no jail can be built.
    """
    with open_pair(exercise, data, hidden, uids) as pair:
        run = Run(exercise, rebuilt, pair)
        run.prepare()
        deadline = time.monotonic() + exercise.limits.seconds
        for cell in rebuilt.cells:
            run.step(cell, deadline)
        pair.learner_box.kill()
        output = pair.output.text()
        if pair.output.overflowed:
            run.flags.append("output: more than 1 MiB was printed; the rest was dropped")
    return GradedSubmission(
        tuple(run.verdicts), _written(exercise, rebuilt), output[:SHOWN_OUTPUT], tuple(run.flags)
    )


def mastered(exercise: Exercise, graded: GradedSubmission) -> bool:
    """At least 80 % of the checks' points and every critical check; written answers are judged later."""
    passed = {verdict.check for verdict in graded.verdicts if verdict.outcome is Outcome.PASS}
    critical = all(name in passed for name, check in exercise.checks.items() if check.critical)
    return critical and graded.auto_points >= 0.8 * graded.auto_max_points
