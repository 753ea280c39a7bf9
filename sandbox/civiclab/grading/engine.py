"""Runs a rebuilt notebook in its two jails and writes the verdicts."""

from __future__ import annotations

import builtins
import errno
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from civiclab.catalog.models import Check, Exercise
from civiclab.grading.control import Gone, TimeUp
from civiclab.grading.pair import Pair, open_pair
from civiclab.grading.rebuild import Cell, Rebuilt, Role
from civiclab.jail import UidPool, WarmParent
from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome, WrittenAnswer

START_S = 60.0  # an interpreter and its libraries, on a loaded machine
LATE_S = 3.0  # for the checker to notice that the learner's process is gone
MOST_RENEWALS = 3
SHOWN_OUTPUT = 20_000  # characters of what the answers printed that are kept
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class EngineFault(Exception):
    """The grader itself failed; never the learner's mark. The submission is tried again."""


@dataclass(frozen=True)
class Raised:
    """What an answer cell raised: whose limit it was, and the words to show."""

    outcome: Outcome
    words: str


@dataclass(frozen=True)
class Step:
    """One thing that was run: which cell, in which process, for how many seconds, and how it ended."""

    cell: str
    process: str  # learner, checker
    seconds: float
    end: str


@dataclass
class Run:
    """One grading while it goes on."""

    exercise: Exercise
    rebuilt: Rebuilt
    pair: Pair
    raised: dict[str, Raised] = field(default_factory=dict)
    fatal: dict[str, Outcome] = field(default_factory=dict)  # cells that ended the learner's process
    verdicts: list[CheckVerdict] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    suspects: set[str] = field(default_factory=set)  # checks that may be broken themselves
    steps: list[Step] = field(default_factory=list)
    told: bool = False  # the learner's process was given hidden values: its words are not shown from then on
    shown_bytes: int | None = None  # of its output, what it had printed before that
    renewals: int = 0
    given_up: Outcome | None = None
    deadline: float = 0.0

    def everything(self) -> None:
        """Every cell of the rebuilt notebook, in order."""
        self._prepare()
        self._wind_clock()
        for at, cell in enumerate(self.rebuilt.cells):
            if cell.role is Role.CHECK:
                self.verdicts.append(self._judge(at, cell, self.exercise.checks[cell.id]))
            elif cell.role is not Role.WRITTEN and self.given_up is None:
                self._run(at, cell)

    def _prepare(self) -> None:
        """Libraries into the learner process, texts into the checker; not on the learner's clock."""
        deadline = time.monotonic() + START_S
        roles = {"source": Role.ANSWER, "written": Role.WRITTEN, "checks": Role.CHECK}
        texts: dict[str, object] = {name: self.rebuilt.of(role) for name, role in roles.items()}
        texts["imports"] = [*self.rebuilt.of(Role.GIVEN).values(), *self.rebuilt.reference]
        try:
            self._import(deadline)
            self.pair.checker.line.ask({"op": "texts", **texts}, deadline)
        except (Gone, TimeUp) as fault:
            raise self._fault(f"{type(fault).__name__} before the first cell") from None

    def _import(self, deadline: float) -> None:
        for name in self.exercise.libraries:
            self.pair.learner.line.ask({"op": "import", "name": name}, deadline)

    def _fault(self, what: str) -> EngineFault:
        self.pair.checker.running.kill()
        self.pair.learner.running.kill()
        said = self.pair.checker.output.text() or self.pair.learner.output.text()
        return EngineFault(f"{what}: {said[-800:]}")

    def _wind_clock(self) -> None:
        self.deadline = time.monotonic() + self.exercise.limits.seconds

    def _run(self, at: int, cell: Cell) -> None:
        """Runs a cell; one that ends the process costs this cell, and the rest goes on in a fresh process."""
        denied = self.pair.learner.running.usage().pids_denied
        begun = time.monotonic()
        try:
            order = {"op": "run", "id": cell.id, "source": cell.source}
            reply = self.pair.learner.line.ask(order, self.deadline)
        except TimeUp:
            self._lost(at, cell, Outcome.TIMEOUT)
        except Gone:
            self._lost(at, cell, self.pair.learner.cause_of_death())
        else:
            more = self.pair.learner.running.usage().pids_denied > denied
            self._note_error(cell, reply.get("error"), more)
        raised = self.fatal.get(cell.id) or (self.raised[cell.id].outcome if cell.id in self.raised else "ok")
        self.steps.append(Step(cell.id, "learner", time.monotonic() - begun, str(raised)))

    def _note_error(self, cell: Cell, error: object, pids_denied: bool) -> None:
        if not isinstance(error, dict):
            return
        name = str(error.get("name"))[:80]
        outcome = Outcome.PIDS if pids_denied else Outcome.ERROR
        if error.get("errno") in DISK_FULL:
            outcome = Outcome.DISK
        elif name in ("MemoryError", "ArrayMemoryError", "_ArrayMemoryError"):
            outcome = Outcome.MEMORY
        words = f"{name}: {str(error.get('message'))[:300]}"
        if self.told:
            words = name if hasattr(builtins, name) else "Exception"
        self.raised[cell.id] = Raised(outcome, f"{cell.id}: {words}")

    def _lost(self, at: int, cell: Cell, cause: Outcome) -> None:
        self.fatal[cell.id] = cause
        self._renew(at, cause)

    def _renew(self, at: int, cause: Outcome) -> None:
        """A fresh learner process in which the cells before `at` have run again, but for the fatal ones."""
        self.renewals += 1
        if self.renewals > MOST_RENEWALS:
            self.given_up = cause
            return
        start = time.monotonic() + START_S
        try:
            self.pair.renew_learner(start)
            self._import(start)
        except (Gone, TimeUp):
            raise self._fault("no fresh learner process") from None
        self._wind_clock()
        for earlier, cell in enumerate(self.rebuilt.cells[:at]):
            ran = cell.role in (Role.GIVEN, Role.ANSWER) and cell.id not in self.fatal
            if ran and self.given_up is None:
                self._run(earlier, cell)

    def _judge(self, at: int, cell: Cell, check: Check) -> CheckVerdict:
        needed = check.needs or tuple(self.rebuilt.of(Role.ANSWER)) + tuple(self.rebuilt.of(Role.WRITTEN))
        ended = next((self.fatal[name] for name in needed if name in self.fatal), self.given_up)
        if any(name in self.rebuilt.untouched for name in needed):
            ended = Outcome.UNATTEMPTED
        if ended is not None:
            self._skip(cell)
            return _verdict(cell, check, ended)
        begun = time.monotonic()
        told = self._ask_checker(at, cell)
        self.steps.append(Step(cell.id, "checker", time.monotonic() - begun, str(told["outcome"])))
        outcome, detail = Outcome(str(told["outcome"])), str(told.get("detail", ""))
        cause = next((self.raised[name] for name in needed if name in self.raised), None)
        if outcome is Outcome.FAIL and cause is None:
            return self._failed(cell, check, detail)
        if outcome in (Outcome.FAIL, Outcome.ERROR) and cause is not None:
            # What stopped her own cell explains more than what the check then missed.
            self._note(cell, str(told.get("operator", "")))
            return _verdict(cell, check, cause.outcome, detail=cause.words)
        if outcome is Outcome.ERROR:
            return self._stopped(cell, check, told)
        if outcome is Outcome.PASS and "score" in told:
            return _partial(cell, check, told["score"])
        return _verdict(cell, check, outcome)

    def _skip(self, cell: Cell) -> None:
        """Later checks may use what a skipped one imports and defines."""
        if self.given_up is None:
            order = {"op": "define", "source": cell.source}
            try:
                self.pair.checker.line.ask(order, time.monotonic() + START_S)
            except (Gone, TimeUp):
                raise self._fault(f"the checker ended in {cell.id}") from None

    def _ask_checker(self, at: int, cell: Cell) -> dict[str, object]:
        deadline = time.monotonic() + self.exercise.limits.seconds
        order = {"op": "check", "id": cell.id, "source": cell.source}
        printed = len(self.pair.learner.output.kept)
        try:
            told = self.pair.checker.line.ask(order, deadline)
        except TimeUp:
            self._taint(True, printed)
            return self._timed_out(at, cell)
        except Gone:
            return self._checker_gone(cell)
        self._taint(told.get("told") is True, printed)
        if told.get("outcome") != Outcome.CRASHED:
            return told
        cause = self.pair.learner.cause_of_death()
        self._renew(at, cause)
        return {"outcome": cause}

    def _taint(self, told: bool, printed: int) -> None:
        if told and not self.told:
            self.told, self.shown_bytes = True, printed

    def _checker_gone(self, cell: Cell) -> dict[str, object]:
        """What ends the checker while it looks at an answer is the answer's doing, if the reference does not.

        The desk asks the reference (`suspects`); nothing more can be checked in this run.
        """
        cause = self.pair.checker.cause_of_death()
        self.flags.append(f"{cell.id}: the checker process ended ({cause}) while it read the answer")
        self.suspects.add(cell.id)
        self.given_up = cause
        return {"outcome": cause}

    def _timed_out(self, at: int, cell: Cell) -> dict[str, object]:
        """With the learner's process gone the checker answers; if not, it is the check that hangs."""
        self.pair.learner.running.kill()
        self.suspects.add(cell.id)
        try:
            self.pair.checker.line.hear(time.monotonic() + LATE_S)
        except (TimeUp, Gone):
            self.given_up = Outcome.TIMEOUT
            return {"outcome": Outcome.TIMEOUT}
        self._renew(at, Outcome.TIMEOUT)
        return {"outcome": Outcome.TIMEOUT}

    def _failed(self, cell: Cell, check: Check, detail: str) -> CheckVerdict:
        """A check's message is a key of the exercise; other words may hold hidden values and stay with us."""
        key, _, numbers = detail.partition("|")
        if key in self.exercise.messages:
            return _verdict(cell, check, Outcome.FAIL, key, numbers)
        self._note(cell, detail)
        return _verdict(cell, check, Outcome.FAIL)

    def _stopped(self, cell: Cell, check: Check, told: Mapping[str, object]) -> CheckVerdict:
        """The check met an exception: a name the learner does not have, her code's, or its own."""
        self._note(cell, str(told.get("operator", "")))
        if missing := told.get("missing"):
            outcome = next(iter(self.fatal.values()), Outcome.ERROR)
            return _verdict(cell, check, outcome, detail=f"NameError: {missing}")
        if told.get("operator"):
            self.suspects.add(cell.id)
        return _verdict(cell, check, Outcome.ERROR, detail=str(told.get("detail", "")))

    def _note(self, cell: Cell, text: str) -> None:
        if text:
            self.flags.append(f"{cell.id}: {text[:400]}")


def _verdict(
    cell: Cell, check: Check, outcome: Outcome, key: str | None = None, detail: str = ""
) -> CheckVerdict:
    points = check.points if outcome is Outcome.PASS else 0.0
    return CheckVerdict(cell.id, outcome, points, check.points, key, detail)


def _partial(cell: Cell, check: Check, score: object) -> CheckVerdict:
    """A check that ended in a number: nbgrader's partial credit, between nothing and its points."""
    number = float(score) if isinstance(score, (int, float)) and math.isfinite(score) else 0.0
    points = min(max(number, 0.0), check.points)
    outcome = Outcome.PASS if points == check.points else Outcome.FAIL
    return CheckVerdict(cell.id, outcome, points, check.points)


def _written(exercise: Exercise, rebuilt: Rebuilt) -> tuple[WrittenAnswer, ...]:
    texts = rebuilt.of(Role.WRITTEN)
    return tuple(
        WrittenAnswer(name, texts[name], part.points, name not in rebuilt.untouched)
        for name, part in exercise.written.items()
    )


@dataclass(frozen=True)
class Graded:
    """A run's result, and the checks that may be broken themselves."""

    submission: GradedSubmission
    suspects: frozenset[str]
    steps: tuple[Step, ...] = ()
    peak_bytes: int = 0  # of the learner's processes


def grade_once(
    exercise: Exercise,
    rebuilt: Rebuilt,
    data: Mapping[str, Path],
    hidden: Mapping[str, Path],
    uids: UidPool,
    *,
    warm: WarmParent | None = None,
) -> Graded:
    """As `grade`, and which checks met an exception of their own."""
    with open_pair(exercise, data, hidden, uids, warm) as pair:
        run = Run(exercise, rebuilt, pair)
        run.everything()
        pair.learner.running.kill()
        peak = pair.learner.running.usage().peak_bytes
        output = pair.learner.output
        text = output.text()
        if run.told:
            text = bytes(output.kept[: run.shown_bytes]).decode(errors="replace") if not run.renewals else ""
        if output.overflowed or (pair.ended is not None and pair.ended.output.overflowed):
            run.flags.append("output: more than 1 MiB was printed; the rest was dropped")
    parts = _written(exercise, rebuilt)
    graded = GradedSubmission(tuple(run.verdicts), parts, text[:SHOWN_OUTPUT], tuple(run.flags))
    return Graded(graded, frozenset(run.suspects), tuple(run.steps), peak)


def grade(
    exercise: Exercise,
    rebuilt: Rebuilt,
    data: Mapping[str, Path],
    hidden: Mapping[str, Path],
    uids: UidPool,
    *,
    warm: WarmParent | None = None,
) -> GradedSubmission:
    """The verdicts of one rebuilt notebook.

    `data` and `hidden` map file names to host paths; only the checker sees `hidden`. With a warm parent the
    processes are forked from it, else started afresh. EngineFault when the grader itself failed, NoJail where
    no jail can be built.
    """
    return grade_once(exercise, rebuilt, data, hidden, uids, warm=warm).submission


def mastered(exercise: Exercise, graded: GradedSubmission) -> bool:
    """At least 80 % of the checks' points and every critical check; written answers are judged later."""
    passed = {verdict.check for verdict in graded.verdicts if verdict.outcome is Outcome.PASS}
    critical = all(name in passed for name, check in exercise.checks.items() if check.critical)
    return critical and graded.auto_points >= 0.8 * graded.auto_max_points
