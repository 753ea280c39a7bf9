"""`civiclab check`: everything that must hold in a content folder, with file and id where it does not."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from civiclab.authoring import read_source, release
from civiclab.authoring.master import answer_cells, master
from civiclab.catalog.loader import Catalog, examine
from civiclab.catalog.models import Exercise, Language
from civiclab.checking.fixtures import Fixture, read_fixtures
from civiclab.errors import BadContent, BadInput, NoJail, PersonError
from civiclab.grading.desk import warm_parent
from civiclab.grading.engine import EngineFault, grade
from civiclab.grading.rebuild import Template, Templates, rebuild
from civiclab.jail import UidPool, WarmParent
from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome

Say = Callable[[str], None]
SIDE_BY_SIDE = 2  # each grading keeps two processes busy, but rarely both at once
SOLUTION_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold; `error` names the file and the id."""

    error: PersonError


@dataclass(frozen=True)
class Report:
    """What a check found, and how much it looked at."""

    problems: tuple[Problem, ...]
    exercises: int = 0
    right: int = 0
    wrong: int = 0
    untouched: int = 0

    @property
    def green(self) -> bool:
        """Nothing is wrong."""
        return not self.problems


@dataclass(frozen=True)
class Bench:
    """Grades an exercise's fixtures."""

    catalog: Catalog
    templates: Templates
    uids: UidPool
    warm: WarmParent | None

    def grade(self, exercise: Exercise, cells: Mapping[str, str], language: Language) -> GradedSubmission:
        """The verdicts on these answers."""
        base = self.templates.get(exercise, language)
        rebuilt = rebuild(base, _as_notebook(base, cells))
        data = self.catalog.data_paths(exercise, "learner")
        return grade(
            exercise, rebuilt, data, self.catalog.data_paths(exercise, "checker"), self.uids, warm=self.warm
        )


def _as_notebook(base: Template, cells: Mapping[str, str]) -> dict[str, object]:
    texts = dict(base.released) | dict(cells)
    nodes = [
        {"cell_type": "code", "id": name, "metadata": {}, "source": text} for name, text in texts.items()
    ]
    return {"cells": nodes, "metadata": {}, "nbformat": 4}


def reference(exercise: Exercise, language: Language) -> dict[str, str]:
    """The master's own answers, without the marks around them."""
    found = {}
    for name, cell in answer_cells(master(exercise, language)).items():
        lines = str(cell.source).splitlines()
        found[name] = "\n".join(line for line in lines if line.strip() not in SOLUTION_MARKS)
    return found


def _wrong(where: str, exercise: Exercise, verdict: CheckVerdict, expected: str) -> BadContent:
    return BadContent(
        "Exercise {id}, check '{check}': {outcome} ({message}) instead of {expected}.",
        where=where,
        id=exercise.id,
        check=verdict.check,
        outcome=str(verdict.outcome),
        message=verdict.message_key or verdict.detail or "-",
        expected=expected,
    )


def _all_are(
    outcome: Outcome, where: str, exercise: Exercise, graded: GradedSubmission
) -> Iterator[BadContent]:
    for verdict in graded.verdicts:
        if verdict.outcome is not outcome:
            yield _wrong(where, exercise, verdict, str(outcome))


def _as_expected(fixture: Fixture, exercise: Exercise, graded: GradedSubmission) -> Iterator[BadContent]:
    verdicts = {verdict.check: verdict for verdict in graded.verdicts}
    for check, expected in fixture.expect.items():
        if check not in verdicts:
            yield BadContent("There is no check '{check}'.", where=str(fixture.path), check=check)
            continue
        verdict = verdicts[check]
        if (
            verdict.outcome is not expected.outcome
            or (expected.message or verdict.message_key) != verdict.message_key
        ):
            yield _wrong(
                str(fixture.path), exercise, verdict, f"{expected.outcome} ({expected.message or '-'})"
            )


def _prove(bench: Bench, exercise: Exercise, fixtures: list[Fixture]) -> Iterator[BadContent]:
    source = str(exercise.source)
    for language in ("ko", "en"):
        spoken: Language = "ko" if language == "ko" else "en"
        yield from _all_are(
            Outcome.PASS, source, exercise, bench.grade(exercise, reference(exercise, spoken), spoken)
        )
        yield from _all_are(Outcome.UNATTEMPTED, source, exercise, bench.grade(exercise, {}, spoken))
    right = reference(exercise, "ko")
    for fixture in fixtures:
        graded = bench.grade(exercise, right | fixture.cells, "ko")
        if fixture.right:
            yield from _all_are(Outcome.PASS, str(fixture.path), exercise, graded)
        else:
            yield from _as_expected(fixture, exercise, graded)


def _examine_one(bench: Bench, exercise: Exercise, say: Say) -> tuple[list[PersonError], list[Fixture]]:
    begun = time.monotonic()
    fixtures: list[Fixture] = []
    found: list[PersonError] = []
    try:
        fixtures = read_fixtures(exercise)
        found.extend(_prove(bench, exercise, fixtures))
    except NoJail:
        raise
    except PersonError as error:
        found.append(error)
    except EngineFault as fault:
        found.append(
            BadContent(
                "Exercise {id} could not be graded: {reason}",
                where=str(exercise.source),
                id=exercise.id,
                reason=fault,
            )
        )
    say(f"{exercise.id}  {'-' if found else '+'}  {time.monotonic() - begun:.1f} s")
    return found, fixtures


def _sources(exercises: list[Exercise]) -> Iterator[PersonError]:
    for exercise in exercises:
        try:
            read_source(exercise)
        except BadContent as error:
            yield error


def _wanted(catalog: Catalog, only: str | None) -> list[Exercise]:
    if only is not None and only not in catalog.exercises:
        raise BadInput(
            "There is no exercise {name}. There are: {known}",
            name=only,
            known=", ".join(sorted(catalog.exercises)),
        )
    return [exercise for name, exercise in sorted(catalog.exercises.items()) if only in (None, name)]


def _report(problems: list[PersonError], proved: list[list[Fixture]]) -> Report:
    right = sum(1 + sum(fixture.right for fixture in fixtures) for fixtures in proved)
    wrong = sum(not fixture.right for fixtures in proved for fixture in fixtures)
    return Report(tuple(map(Problem, problems)), len(proved), right, wrong, len(proved))


def check_content(content: Path, only: str | None = None, say: Say = lambda line: None) -> Report:
    """Everything wrong in `content`; with `only`, the fixtures of one exercise alone are run.

    `say` gets a line of progress an exercise. Exercises are proved only when the catalog itself holds.
    BadInput for an unknown `only`, NoJail where nothing can be graded.
    """
    catalog, faults = examine(content)
    if catalog is None or faults:
        return _report(list(faults), [])
    wanted = _wanted(catalog, only)
    broken = list(_sources(wanted))
    if broken:
        return _report(broken, [])
    with tempfile.TemporaryDirectory(prefix="civiclab-check-") as folder:
        tree = Path(folder) / "released"
        try:
            release(catalog, tree, exercises=[exercise.id for exercise in wanted])
        except BadContent as error:
            return _report([error], [])
        warm = warm_parent(catalog)
        bench = Bench(catalog, Templates(tree), UidPool(Path(folder) / "uids"), warm)
        try:
            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                looked = list(pool.map(lambda one: _examine_one(bench, one, say), wanted))
        finally:
            if warm is not None:
                warm.close()
    return _report([error for errors, _ in looked for error in errors], [fixtures for _, fixtures in looked])
