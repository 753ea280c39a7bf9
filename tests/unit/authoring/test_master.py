"""The master: nbgrader's source notebook, the same everywhere."""

from __future__ import annotations

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from civiclab.authoring import answer_cells, check_cells, master, notebook_bytes, written_cells


@pytest.mark.parametrize("language", ["ko", "en"])
def test_nbgrader_accepts_the_master(exercise, language):
    """Valid for nbformat and for nbgrader's own validator, with the python3 kernel."""
    notebook = master(exercise(), language)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


def test_cell_ids_are_grade_ids_and_agree_between_languages(exercise):
    """One id names a cell for Jupyter, nbgrader and us, in both languages."""
    korean, english = (master(exercise(), language) for language in ("ko", "en"))
    assert [cell.id for cell in korean.cells] == [cell.metadata.nbgrader.grade_id for cell in korean.cells]
    assert [cell.id for cell in korean.cells] == [cell.id for cell in english.cells]


def test_cells_have_the_kind_nbgrader_gives_them(exercise):
    """Answers are solutions, checks are locked grades, written answers are both, the rest is read-only."""
    kinds = {
        cell.id: tuple(name for name in ("grade", "solution", "locked") if cell.metadata.nbgrader[name])
        for cell in master(exercise(), "ko").cells
    }
    assert kinds == {
        "text-01": ("locked",),
        "text-02": ("locked",),
        "setup": ("locked",),
        "total": ("solution",),
        "right-total": ("grade", "locked"),
        "why": ("grade", "solution"),
    }


def test_points_come_from_the_declaration(exercise):
    """A check has its declared points, a written answer three for each criterion."""
    cells = {cell.id: cell for cell in master(exercise(), "ko").cells}
    assert cells["right-total"].metadata.nbgrader.points == 2
    assert cells["why"].metadata.nbgrader.points == 3


@pytest.mark.parametrize(
    ("language", "label"),
    [("ko", "# 자동 점검: 합계 (2점)"), ("en", "# Checked automatically: The total (points: 2)")],
)
def test_a_check_says_what_it_checks(exercise, language, label):
    """One line above the hidden part, which stays when that is cleared."""
    cell = check_cells(master(exercise(), language))["right-total"]
    assert cell.source.splitlines()[0] == label


def test_the_same_exercise_gives_the_same_bytes(exercise):
    """No random ids, no dates."""
    assert notebook_bytes(master(exercise(), "ko")) == notebook_bytes(master(exercise(), "ko"))


def test_a_changed_check_changes_the_version(exercise, sound_source):
    """Submissions to an older version can be told apart, whatever part was changed."""
    before = master(exercise(), "ko").metadata.civiclab
    after = master(exercise(sound_source.replace("is int", "is float")), "ko").metadata.civiclab
    assert before.exercise == after.exercise == "C99-E1"
    assert (len(before.version), before.language) == (16, "ko")
    assert before.version != after.version


def test_cells_can_be_asked_for_by_what_they_are(exercise):
    """Answers include the written ones; checks are the hidden cells, with their bodies."""
    notebook = master(exercise(), "en")
    assert list(answer_cells(notebook)) == ["total", "why"]
    assert list(written_cells(notebook)) == ["why"]
    assert "secret_total" in check_cells(notebook)["right-total"].source
