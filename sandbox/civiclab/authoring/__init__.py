"""exercise.py -> nbgrader source notebook (the master) -> released notebook."""

from civiclab.authoring.master import (
    answer_cells,
    check_cells,
    master,
    notebook_bytes,
    released_answers,
    written_cells,
)
from civiclab.authoring.release import release
from civiclab.authoring.source import SourceNotebook, read_source

__all__ = [
    "SourceNotebook",
    "answer_cells",
    "check_cells",
    "master",
    "notebook_bytes",
    "read_source",
    "release",
    "released_answers",
    "written_cells",
]
