"""`civiclab grade`: one notebook on this machine, in the jail, without hub, service or database."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from civiclab.authoring import release
from civiclab.catalog.loader import load_catalog
from civiclab.catalog.models import Exercise, Language
from civiclab.errors import BadInput
from civiclab.grading.desk import Desk
from civiclab.grading.engine import Graded, mastered
from civiclab.grading.intake import MAX_BYTES, read_notebook
from civiclab.grading.pair import PIDS
from civiclab.grading.rebuild import Templates
from civiclab.jail import UidPool
from civiclab.jail.box import MIB
from civiclab.records.results import CheckVerdict, GradedSubmission


def _body(notebook: Path) -> bytes:
    try:
        with notebook.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one byte more than may be: intake says the rest
    except OSError as error:
        raise BadInput(
            "The file can't be read: {reason}", where=str(notebook), reason=error.strerror
        ) from None


def _language(body: bytes) -> Language:
    ours = read_notebook(body)["metadata"].get("civiclab")
    return "en" if isinstance(ours, dict) and ours.get("language") == "en" else "ko"


def _verdict(exercise: Exercise, verdict: CheckVerdict, language: Language) -> dict[str, Any]:
    message = exercise.messages.get(verdict.message_key or "")
    return {
        "check": verdict.check,
        "title": exercise.checks[verdict.check].title[language],
        "outcome": str(verdict.outcome),
        "points": verdict.points,
        "max_points": verdict.max_points,
        "message_key": verdict.message_key,
        "message": message[language] if message else "",
        "detail": verdict.detail,
    }


def report(exercise: Exercise, graded: GradedSubmission, language: Language) -> dict[str, Any]:
    """The verdicts as plain data, as `civiclab grade --json` prints them."""
    return {
        "exercise": exercise.id,
        "language": language,
        "score": graded.auto_points,
        "max_score": graded.auto_max_points,
        "mastered": mastered(exercise, graded) and not graded.written,
        "verdicts": [_verdict(exercise, verdict, language) for verdict in graded.verdicts],
        "written": [
            {"cell": part.cell, "attempted": part.attempted, "max_points": part.max_points}
            for part in graded.written
        ],
        "output": graded.output,
        "flags": list(graded.flags),
    }


def grade_file(content: Path, name: str, notebook: Path) -> dict[str, Any]:
    """Grades the notebook file as exercise `name`.

    BadInput (Rejected) for what can't be taken, BadContent for broken content, NoJail without a jail.
    """
    body = _body(notebook)
    language = _language(body)
    catalog = load_catalog(content)
    if name not in catalog.exercises:
        known = ", ".join(sorted(catalog.exercises))
        raise BadInput("There is no exercise {name}. There are: {known}", name=name, known=known)
    with tempfile.TemporaryDirectory(prefix="civiclab-grade-") as folder:
        tree = Path(folder) / "released"
        release(catalog, tree, exercises=[name])
        desk = Desk(catalog, Templates(tree), UidPool(Path(folder) / "uids"))
        graded = desk.explained(name, language, body)
        told = report(catalog.exercises[name], graded.submission, language)
        return told | {"explanation": explanation(catalog.exercises[name], graded)}


def explanation(exercise: Exercise, graded: Graded) -> dict[str, Any]:
    """What ran where, for how long, against which limit."""
    limits = exercise.limits
    return {
        "limits": {"seconds": limits.seconds, "memory_mib": limits.memory_mib, "processes": PIDS},
        "peak_memory_mib": graded.peak_bytes // MIB,
        "steps": [asdict(step) for step in graded.steps],
    }
