"""The graders that `civiclab bench grading` compares: each grades one submission of all papers."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import zipfile
from contextlib import ExitStack, chdir
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import nbformat
from nbformat import NotebookNode

from civiclab.authoring import master, release
from civiclab.authoring.gradebook import prepare_gradebook
from civiclab.authoring.master import answer_cells, check_cells, notebook_bytes
from civiclab.catalog.loader import Catalog
from civiclab.checking.bench_exercises import write_exercises
from civiclab.checking.content import reference
from civiclab.grading.desk import Desk, warm_parent
from civiclab.grading.rebuild import Templates
from civiclab.jail import UidPool

Marks = tuple[float, float]
STUDENT, ASSIGNMENT = "learner", "bench"


class Grader(Protocol):
    """Grades the submission once."""

    name: str

    def grade(self) -> Marks:
        """Points it gave, and the most it could give."""


@dataclass(frozen=True)
class Papers:
    """The submission: of each exercise the master and the answered notebook, in English."""

    catalog: Catalog
    released: Path
    masters: dict[str, NotebookNode]
    answered: dict[str, NotebookNode]


def write_papers(catalog: Catalog, root: Path) -> Papers:
    """The bench's exercises, released below `root` and answered with their reference."""
    exercises = {one.id: one for one in write_exercises(root / "exercises").values()}
    ours = replace(catalog, exercises=exercises)
    release(ours, root / "released")
    masters, answered = {}, {}
    for name, exercise in exercises.items():
        masters[name] = master(exercise, "en")
        path = root / "released" / exercise.folder / f"{exercise.folder}.en.ipynb"
        answered[name] = nbformat.read(path, as_version=4)
        answers = reference(exercise, "en")
        for cell in answered[name].cells:
            cell.source = answers.get(cell.id, cell.source)
    return Papers(ours, root / "released", masters, answered)


def graders(root: Path, papers: Papers, stack: ExitStack) -> tuple[list[Grader], list[str]]:
    """All that can run here, and the names of what is not installed. What they hold ends with `stack`."""
    found: list[Grader] = [Ours(papers, root, stack), Nbgrader(papers, root / "course"), Nbclient(papers)]
    if importlib.util.find_spec("otter") is None:
        return found, ["otter"]
    return [*found[:2], Otter(papers, root / "otter"), *found[2:]], []


class Ours:
    """This engine, as the worker uses it: a desk with a warm parent."""

    name = "civiclab"

    def __init__(self, papers: Papers, root: Path, stack: ExitStack) -> None:
        self.warm = warm_parent(papers.catalog)
        if self.warm is not None:
            stack.callback(self.warm.close)
        self.desk = Desk(papers.catalog, Templates(papers.released), UidPool(root / "uids"), self.warm)
        self.bodies = {name: json.dumps(one).encode() for name, one in papers.answered.items()}

    @property
    def warm_mib(self) -> int | None:
        """Resident memory of the warm parent; None without one."""
        return None if self.warm is None else self.warm.memory_bytes // 2**20

    def grade(self) -> Marks:
        """From the notebooks' bytes to the verdicts."""
        graded = [self.desk.grade(name, "en", body) for name, body in self.bodies.items()]
        return sum(one.auto_points for one in graded), sum(one.auto_max_points for one in graded)


class Nbgrader:
    """Stock `nbgrader autograde`, in this process, on a course of its own."""

    name = "nbgrader"

    def __init__(self, papers: Papers, root: Path) -> None:
        from nbgrader.converters import GenerateAssignment

        self.root = root
        for place, notebooks in (("source", papers.masters), (f"submitted/{STUDENT}", papers.answered)):
            folder = root / place / ASSIGNMENT
            folder.mkdir(parents=True)
            for name, one in notebooks.items():
                (folder / f"{name}.ipynb").write_bytes(notebook_bytes(one))
        prepare_gradebook(self.url)
        self._convert(GenerateAssignment)

    @property
    def url(self) -> str:
        """Its gradebook."""
        return f"sqlite:///{self.root}/gradebook.db"

    def _convert(self, converter: Any) -> None:
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import Config

        config = Config()
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.assignment_id = ASSIGNMENT
        with chdir(Path.cwd()):  # nbgrader leaves the working directory changed
            converter(coursedir=CourseDirectory(config=config), config=config, force=True).start()

    def grade(self) -> Marks:
        """From the submitted files to the gradebook."""
        from nbgrader.api import Gradebook
        from nbgrader.converters import Autograde

        self._convert(Autograde)
        with Gradebook(self.url) as book:
            found = book.find_submission(ASSIGNMENT, STUDENT)
            return float(found.score), float(found.max_score)


class Nbclient:
    """Bare nbclient: the notebooks with their checks, run; what any grader on a kernel at least costs."""

    name = "nbclient"

    def __init__(self, papers: Papers) -> None:
        self.notebooks = []
        for name, whole in papers.masters.items():
            answers = {cell.id: cell.source for cell in papers.answered[name].cells}
            notebook = nbformat.from_dict(whole)
            for cell in answer_cells(notebook).values():
                cell.source = answers[cell.id]
            self.notebooks.append(notebook)

    def grade(self) -> Marks:
        """A check that raises nothing counts one point."""
        from nbclient import NotebookClient

        right = most = 0
        for notebook in self.notebooks:
            NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
            for cell in check_cells(notebook).values():
                right += not any(one.output_type == "error" for one in cell.outputs)
                most += 1
        return float(right), float(most)


class Otter:
    """`otter run`, in this process; each check is a test file of its own."""

    name = "otter"

    def __init__(self, papers: Papers, root: Path) -> None:
        root.mkdir()
        self.work: list[tuple[str, str]] = []
        for name, whole in papers.masters.items():
            submission, autograder = root / f"{name}.ipynb", root / f"{name}.zip"
            answered = nbformat.from_dict(papers.answered[name])
            checks = check_cells(whole)
            answered.cells = [cell for cell in answered.cells if cell.id not in checks]
            submission.write_bytes(notebook_bytes(answered))
            with zipfile.ZipFile(autograder, "w") as file:
                file.writestr("otter_config.json", json.dumps({"lang": "python"}))
                for check, cell in checks.items():
                    file.writestr(f"tests/{check}.py", _ok_test(check, str(cell.source)))
            self.work.append((str(submission), str(autograder)))

    def grade(self) -> Marks:
        """From the submitted files to the results."""
        run = importlib.import_module("otter.run").main  # not among our dependencies

        results = [run(one, autograder=tests, output_dir=None, no_logo=True) for one, tests in self.work]
        return sum(float(one.total) for one in results), sum(float(one.possible) for one in results)


def _ok_test(check: str, source: str) -> str:
    """A check as one of otter's test files: its statements as a doctest."""
    lines = []
    for node in ast.parse(source).body:
        first, *rest = ast.unparse(node).splitlines()
        lines += [f">>> {first}", *(f"... {line}" for line in rest)]
    case = {"code": "\n".join(lines), "hidden": False, "locked": False}
    suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    return f"OK_FORMAT = True\ntest = { ({'name': check, 'points': 1, 'suites': [suite]})!r}\n"
