"""Everything one submission needs to be graded: the exercise, its template, its data, a pair of uids."""

from __future__ import annotations

from dataclasses import dataclass

from civiclab.catalog.loader import Catalog
from civiclab.catalog.models import Exercise, Language
from civiclab.grading.engine import grade
from civiclab.grading.intake import check_submission, read_notebook
from civiclab.grading.rebuild import Templates, rebuild
from civiclab.jail import UidPool
from civiclab.records.results import GradedSubmission


@dataclass(frozen=True)
class Desk:
    """Grades notebooks of one catalog, in jails whose uids come from the pool."""

    catalog: Catalog
    templates: Templates
    uids: UidPool

    def exercise(self, name: str) -> Exercise:
        """The exercise with this id; KeyError when there is none."""
        return self.catalog.exercises[name]

    def grade(self, name: str, language: Language, body: bytes) -> GradedSubmission:
        """The verdicts of one notebook; Rejected when it is none of this exercise."""
        exercise = self.exercise(name)
        check_submission(body, exercise)
        rebuilt = rebuild(self.templates.get(exercise, language), read_notebook(body))
        data = self.catalog.data_paths(exercise, "learner")
        hidden = self.catalog.data_paths(exercise, "checker")
        return grade(exercise, rebuilt, data, hidden, self.uids)
