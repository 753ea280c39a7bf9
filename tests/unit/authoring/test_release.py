"""The released tree, made by nbgrader's real generate_assignment."""

from __future__ import annotations

import json
import stat

import nbformat
import pytest
from nbgrader.api import Gradebook

from civiclab.authoring import master, notebook_bytes, release, released_answers
from civiclab.errors import BadContent

FOLDER = "c99-e1-adding"


def read(tree, language):
    """A released notebook."""
    return nbformat.read(tree / FOLDER / f"{FOLDER}.{language}.ipynb", as_version=4)


def test_the_tree_holds_notebooks_data_and_index_and_nothing_else(catalog, tmp_path):
    """No fixture, source, declaration or checker file is released."""
    release(catalog(), tmp_path / "out")
    found = {
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()
    }
    notebooks = {f"{FOLDER}/{FOLDER}.{language}.ipynb" for language in ("ko", "en")}
    assert found == {"index.json", f"{FOLDER}/data/open.csv", *notebooks}
    index = json.loads((tmp_path / "out" / "index.json").read_text("utf-8"))
    assert index == {"C99-E1": {"folder": FOLDER, "title": {"ko": "더하기", "en": "Adding"}}}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_secret_is_in_any_released_byte(catalog, tmp_path, language):
    """Neither the reference, nor the check's body, nor its file's name, nor the markers."""
    release(catalog(), tmp_path / "out")
    text = (tmp_path / "out" / FOLDER / f"{FOLDER}.{language}.ipynb").read_text("utf-8")
    for secret in ("sum(int", "secret_total", "closed.csv", "한 줄씩", "every row", "SOLUTION", "HIDDEN"):
        assert secret not in text


def test_answers_are_stubs_in_the_learners_language(catalog, tmp_path):
    """What stands before the reference stays; the written answer invites in its language."""
    release(catalog(), tmp_path / "out")
    stub = "total = None\n# 여기에 답을 쓰세요 / write your answer here"
    assert released_answers(read(tmp_path / "out", "ko")) == {"total": stub, "why": "여기에 답을 쓰세요."}
    assert released_answers(read(tmp_path / "out", "en"))["why"] == "Write your answer here."


def test_values_to_edit_are_pointed_at(catalog, tmp_path, sound_source):
    """Where more than empty names stands above the reference, the stub says to change it."""
    release(catalog(sound_source.replace("total = None\n", "total = [1, 2]\n")), tmp_path / "out")
    stub = "total = [1, 2]\n# 위의 값을 바꾸세요 / change the values above"
    assert released_answers(read(tmp_path / "out", "ko"))["total"] == stub


def test_nothing_above_asks_to_write(catalog, tmp_path, sound_source):
    """An answer that starts empty, or with a comment, has nothing to change."""
    release(catalog(sound_source.replace("total = None\n", "# total\n")), tmp_path / "out")
    stub = "# total\n# 여기에 답을 쓰세요 / write your answer here"
    assert released_answers(read(tmp_path / "out", "ko"))["total"] == stub


def test_the_released_notebook_keeps_the_masters_ids_and_version(catalog, tmp_path):
    """A submission can be rebuilt on the master by cell id, and names the version it answers."""
    one = catalog()
    release(one, tmp_path / "out")
    whole, shown = master(one.exercises["C99-E1"], "ko"), read(tmp_path / "out", "ko")
    assert [cell.id for cell in shown.cells] == [cell.id for cell in whole.cells]
    assert shown.metadata.civiclab == whole.metadata.civiclab


def test_a_release_is_the_same_every_time(catalog, tmp_path):
    """Two releases have equal bytes."""
    for name in ("one", "two"):
        release(catalog(), tmp_path / name)
    for path in (tmp_path / "one").rglob("*.ipynb"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_another_uid_can_read_the_tree_and_not_write_it(catalog, tmp_path):
    """Learners run under uids of their own."""
    release(catalog(), tmp_path / "out")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").rglob("*")}
    assert modes == {0o755, 0o644}
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755


def test_a_new_release_replaces_the_old_one_whole(catalog, tmp_path):
    """Nothing of an older tree stays behind, and no scratch is left beside it."""
    (tmp_path / "place" / "out").mkdir(parents=True)
    (tmp_path / "place" / "out" / "stale.ipynb").write_text("{}")
    release(catalog(), tmp_path / "place" / "out")
    assert not (tmp_path / "place" / "out" / "stale.ipynb").exists()
    assert [path.name for path in (tmp_path / "place").iterdir()] == ["out"]


def test_a_refused_release_leaves_the_old_tree(catalog, tmp_path, sound_source):
    """A fault in the source changes nothing that learners see."""
    release(catalog(), tmp_path / "place" / "out")
    before = (tmp_path / "place" / "out" / "index.json").read_bytes()
    with pytest.raises(BadContent):
        release(catalog(sound_source.replace('answer="total"', 'anwser="total"')), tmp_path / "place" / "out")
    assert (tmp_path / "place" / "out" / "index.json").read_bytes() == before
    assert [path.name for path in (tmp_path / "place").iterdir()] == ["out"]


def test_checker_data_named_as_learner_data_is_refused(catalog, tmp_path):
    """The manifest's audience decides, not exercise.yaml."""
    with pytest.raises(BadContent, match=r"closed\.csv"):
        release(catalog(data=[{"dataset": "numbers", "file": "closed.csv"}]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_answer_under_a_learners_file_name_is_refused(catalog, tmp_path):
    """A learner's file with the content of a hidden one is a leak, whatever its name."""
    one = catalog()
    one.datasets["numbers"].file("open.csv").write_text("3\n")
    with pytest.raises(BadContent, match="must not be released"):
        release(one, tmp_path / "out")


def test_a_hidden_line_that_nbgrader_leaves_is_refused(catalog, tmp_path, monkeypatch):
    """Where nbgrader fails to clear, the leak scan still holds."""
    from nbgrader.preprocessors import ClearHiddenTests

    monkeypatch.setattr(
        ClearHiddenTests, "preprocess_cell", lambda self, cell, resources, index: (cell, resources)
    )
    with pytest.raises(BadContent, match=r"right-total.*hidden check"):
        release(catalog(), tmp_path / "out")


def test_a_reference_without_its_markers_is_refused(catalog, tmp_path, monkeypatch):
    """Searching for the markers alone would not find a reference that lost them."""
    from nbgrader.preprocessors import ClearSolutions

    def strip_markers(self, cell, resources, index):
        cell.source = "\n".join(line for line in cell.source.split("\n") if "SOLUTION" not in line)
        return cell, resources

    monkeypatch.setattr(ClearSolutions, "preprocess_cell", strip_markers)
    with pytest.raises(BadContent, match=r"#total.*solution"):
        release(catalog(), tmp_path / "out")


def test_an_unknown_exercise_is_refused(catalog, tmp_path):
    """A typing mistake does not release an empty tree."""
    with pytest.raises(BadContent, match="C98-E1"):
        release(catalog(), tmp_path / "out", ["C98-E1"])


def test_nbgraders_gradebook_learns_of_the_assignment(catalog, tmp_path, monkeypatch):
    """Assignment, both notebooks and their cells are there, though no `alembic` program can be found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    for _ in range(2):
        release(catalog(), tmp_path / "out", gradebook_url=url)
    with Gradebook(url) as book:
        assert {notebook.name for notebook in book.find_assignment(FOLDER).notebooks} == {
            f"{FOLDER}.ko",
            f"{FOLDER}.en",
        }
        assert book.find_grade_cell("right-total", f"{FOLDER}.ko", FOLDER).max_score == 2
        assert book.find_grade_cell("why", f"{FOLDER}.en", FOLDER).max_score == 3


def test_the_master_is_not_changed_by_a_release(catalog, tmp_path):
    """Releasing twice from one process starts from the same master."""
    one = catalog()
    before = notebook_bytes(master(one.exercises["C99-E1"], "ko"))
    release(one, tmp_path / "out")
    assert notebook_bytes(master(one.exercises["C99-E1"], "ko")) == before
