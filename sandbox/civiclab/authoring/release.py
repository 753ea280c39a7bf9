"""Masters -> the released tree that learners get, through nbgrader's own generate_assignment.

    out/<folder>/<folder>.ko.ipynb, <folder>.en.ipynb, data/<file>
    out/index.json                  {"C05-E3": {"folder": ..., "title": {"ko": ..., "en": ...}}}

nbgrader releases every file that stands beside a notebook, so its course directory is built in a temporary
place and holds nothing but the masters. Nothing reaches `out` before the whole tree has passed the leak scan.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

from civiclab.authoring.gradebook import prepare_gradebook
from civiclab.authoring.leaks import refuse_leaks
from civiclab.authoring.master import master, notebook_bytes
from civiclab.authoring.source import LANGUAGES
from civiclab.authoring.stubs import TEXT_STUB, ClearAnswers
from civiclab.catalog.loader import Catalog
from civiclab.catalog.models import Exercise, Language
from civiclab.errors import BadContent


def release(
    catalog: Catalog, out: Path, exercises: Sequence[str] | None = None, *, gradebook_url: str | None = None
) -> None:
    """Replace `out` by the released tree of the named exercises (ids; None means all of them).

    With `gradebook_url` (SQLAlchemy's form) nbgrader's gradebook there learns of each assignment, named like
    the exercise's folder, with its notebooks and cells. BadContent when a source does not hold, when nbgrader
    refuses it, or when anything hidden is found in the tree; `out` is then as it was. Changes the process's
    working directory while nbgrader runs: not for use beside threads that depend on it.
    """
    wanted = _wanted(catalog, exercises)
    out.parent.mkdir(parents=True, exist_ok=True)
    if gradebook_url is not None:
        prepare_gradebook(gradebook_url)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        tree = Path(scratch) / "tree"
        tree.mkdir()
        for exercise in wanted:
            _release_one(catalog, exercise, Path(scratch) / "course", tree, gradebook_url)
        _write_index(wanted, tree / "index.json")
        refuse_leaks(catalog, wanted, tree)
        _readable(tree)
        _replace(out, tree, Path(scratch) / "before")


def _wanted(catalog: Catalog, ids: Sequence[str] | None) -> list[Exercise]:
    for unknown in sorted(set(ids or ()) - catalog.exercises.keys()):
        raise BadContent("There is no exercise {id}.", where=str(catalog.content), id=unknown)
    return [one for name, one in sorted(catalog.exercises.items()) if ids is None or name in ids]


def _release_one(
    catalog: Catalog, exercise: Exercise, course: Path, tree: Path, gradebook_url: str | None
) -> None:
    source = course / "source" / exercise.folder
    source.mkdir(parents=True)
    for language in LANGUAGES:
        master_file = source / f"{exercise.folder}.{language}.ipynb"
        master_file.write_bytes(notebook_bytes(master(exercise, language)))
    for language in LANGUAGES:
        _generate(exercise, language, course, gradebook_url)
    target = tree / exercise.folder
    target.mkdir()
    for language in LANGUAGES:
        name = f"{exercise.folder}.{language}.ipynb"
        notebook = nbformat.read(course / "release" / exercise.folder / name, as_version=4)
        (target / name).write_bytes(notebook_bytes(notebook))
    _copy_data(catalog, exercise, target / "data")


def _generate(exercise: Exercise, language: Language, course: Path, gradebook_url: str | None) -> None:
    """One language at a time, since nbgrader knows one stub for written answers."""
    config = Config()
    config.CourseDirectory.root = str(course.resolve())
    config.CourseDirectory.assignment_id = exercise.folder
    config.CourseDirectory.notebook_id = f"{exercise.folder}.{language}"
    config.GenerateAssignment.preprocessors = _steps()
    config.ClearSolutions.text_stub = TEXT_STUB[language]
    if gradebook_url is None:
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
    else:
        config.CourseDirectory.db_url = gradebook_url
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    try:
        converter.start()
    except (NbGraderException, RuntimeError, ValueError) as error:
        raise BadContent(
            "nbgrader can't release this exercise; its own log tells the reason.", where=str(exercise.source)
        ) from error


def _steps() -> list[type]:
    """nbgrader's own steps, with stubs of ours."""
    usual = GenerateAssignment.preprocessors.default()
    return [ClearAnswers if step is ClearSolutions else step for step in usual]


def _copy_data(catalog: Catalog, exercise: Exercise, target: Path) -> None:
    """The learner's files only; one meant for the checks is refused by its manifest's audience."""
    audience = {
        (name, file.name): file.audience for name, one in catalog.datasets.items() for file in one.files
    }
    for wanted in exercise.data:
        if audience.get((wanted.dataset, wanted.file)) != "learner":
            raise BadContent(
                "The file '{file}' of dataset '{dataset}' is not released to learners.",
                where=str(exercise.path / "exercise.yaml"),
                file=wanted.file,
                dataset=wanted.dataset,
            )
    target.mkdir()
    for name, path in catalog.data_paths(exercise, "learner").items():
        shutil.copyfile(path, target / name)


def _write_index(exercises: Sequence[Exercise], path: Path) -> None:
    index = {one.id: {"folder": one.folder, "title": one.title.model_dump()} for one in exercises}
    path.write_text(json.dumps(index, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


def _readable(tree: Path) -> None:
    """Learners read the tree under other uids than the one that wrote it."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _replace(out: Path, tree: Path, before: Path) -> None:
    """Two renames on one file system: `out` is never half a tree, and comes back if the second one fails."""
    if out.exists():
        out.rename(before)
    try:
        tree.rename(out)
    except OSError:
        if before.exists():
            before.rename(out)
        raise
