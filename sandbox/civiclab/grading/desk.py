"""Everything one submission needs to be graded: the exercise, its template, its data, a pair of uids."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from civiclab.catalog.loader import Catalog
from civiclab.catalog.models import Exercise, Language
from civiclab.grading.engine import Graded, grade_once
from civiclab.grading.intake import check_submission, read_notebook
from civiclab.grading.pair import ENV
from civiclab.grading.rebuild import Templates, rebuild
from civiclab.jail import UidPool, WarmParent
from civiclab.records import breakpoints
from civiclab.records.breakpoints import Point
from civiclab.records.results import GradedSubmission, Outcome


def warm_parent(catalog: Catalog) -> WarmParent | None:
    """A warm parent with what this catalog's exercises import; None where only root could have one."""
    if os.geteuid() != 0:
        return None
    libraries = sorted({name for exercise in catalog.exercises.values() for name in exercise.libraries})
    warm = WarmParent(libraries, ENV)
    warm.start()
    return warm


@dataclass(frozen=True)
class Desk:
    """Grades notebooks of one catalog, in jails whose uids come from the pool."""

    catalog: Catalog
    templates: Templates
    uids: UidPool
    warm: WarmParent | None = None  # forks the jails where there is one; else each is started afresh
    proved: dict[tuple[str, Language], frozenset[str]] = field(default_factory=dict)

    def exercise(self, name: str) -> Exercise:
        """The exercise with this id; KeyError when there is none."""
        return self.catalog.exercises[name]

    def grade(self, name: str, language: Language, body: bytes) -> GradedSubmission:
        """The verdicts of one notebook; Rejected when it is none of this exercise."""
        return self.explained(name, language, body).submission

    def explained(self, name: str, language: Language, body: bytes) -> Graded:
        """As `grade`, with what ran where and for how long."""
        exercise = self.exercise(name)
        check_submission(body, exercise)
        rebuilt = rebuild(self.templates.get(exercise, language), read_notebook(body))
        data = self.catalog.data_paths(exercise, "learner")
        hidden = self.catalog.data_paths(exercise, "checker")
        breakpoints.reach(Point.MID_GRADING)
        graded = grade_once(exercise, rebuilt, data, hidden, self.uids, warm=self.warm)
        broken = graded.suspects & self.broken_checks(exercise, language) if graded.suspects else frozenset()
        verdicts = tuple(
            replace(one, outcome=Outcome.EXERCISE) if one.check in broken else one
            for one in graded.submission.verdicts
        )
        flags = tuple(f"{check}: this check fails on the reference answer too" for check in sorted(broken))
        submission = replace(graded.submission, verdicts=verdicts, flags=graded.submission.flags + flags)
        return replace(graded, submission=submission)

    def broken_checks(self, exercise: Exercise, language: Language) -> frozenset[str]:
        """The checks that the reference answer fails too: theirs is the fault, not the learner's."""
        key = (exercise.id, language)
        if key not in self.proved:
            reference = self.templates.get(exercise, language).as_reference()
            data, hidden = (self.catalog.data_paths(exercise, who) for who in ("learner", "checker"))
            graded = grade_once(exercise, reference, data, hidden, self.uids, warm=self.warm).submission
            # A limit that the reference met is the machine's load, not a broken check.
            failed = (one.check for one in graded.verdicts if one.outcome in (Outcome.FAIL, Outcome.ERROR))
            self.proved[key] = frozenset(failed)
        return self.proved[key]
