"""`civiclab grade`, `check` and `data`, as a person runs them: words, files and exit codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from civiclab.authoring import release
from civiclab.catalog.loader import load_catalog
from civiclab.checking.content import reference

EXERCISE = "C05-E1"


def civiclab(*args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command's result, spoken in English."""
    command = [sys.executable, "-m", "civiclab", *map(str, args)]
    return subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"CIVICLAB_LANG": "en"},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def released(content: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released notebook of the exercise, in English."""
    tree = tmp_path_factory.mktemp("tree") / "released"
    catalog = load_catalog(content)
    release(catalog, tree, [EXERCISE])
    folder = catalog.exercises[EXERCISE].folder
    return tree / folder / f"{folder}.en.ipynb"


def graded(
    content: Path, notebook: Path, tmp_path: Path, exercise: str = EXERCISE
) -> subprocess.CompletedProcess[str]:
    """`civiclab grade --json` of a file."""
    return civiclab("grade", exercise, notebook, "--json", "--content", content, cwd=tmp_path)


@pytest.mark.jail
def test_grade_prints_the_verdicts_whatever_the_marks(content: Path, released: Path, tmp_path: Path) -> None:
    """Untouched, right, and right with every check deleted: exit 0 and the marks that are due."""
    exercise = load_catalog(content).exercises[EXERCISE]
    ran = graded(content, released, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert {one["outcome"] for one in json.loads(ran.stdout)["verdicts"]} == {"UNATTEMPTED"}
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        cell.source = reference(exercise, "en").get(cell.id, cell.source)
    notebook.cells = [cell for cell in notebook.cells if cell.id not in exercise.checks]
    answered = tmp_path / "answered.ipynb"
    nbformat.write(notebook, answered)
    ran = graded(content, answered, tmp_path)
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["score"] == report["max_score"] == exercise.auto_points


def test_grade_refuses_what_is_no_notebook_of_the_exercise(
    content: Path, released: Path, tmp_path: Path
) -> None:
    """Not a notebook, too large, missing, of another exercise, unknown exercise: exit 2, one line, no traceback."""
    (tmp_path / "text.ipynb").write_text("민원")
    with (tmp_path / "large.ipynb").open("wb") as file:
        file.truncate(200_000_000)
    cases = [
        (tmp_path / "text.ipynb", EXERCISE, "not a Jupyter notebook"),
        (tmp_path / "large.ipynb", EXERCISE, "larger than"),
        (tmp_path / "none.ipynb", EXERCISE, "can't be read"),
        (released, "C05-E3", "not the notebook of exercise C05-E3"),
        (released, "C99-E1", "There is no exercise C99-E1"),
    ]
    for notebook, exercise, words in cases:
        ran = graded(content, notebook, tmp_path, exercise)
        assert ran.returncode == 2, (notebook, ran.stdout, ran.stderr)
        assert words in ran.stderr
        assert "Traceback" not in ran.stderr


@pytest.fixture
def copy(content: Path, tmp_path: Path) -> Path:
    """A copy of the content that a test may change."""
    for folder in ("courses", "exercises"):
        shutil.copytree(content / folder, tmp_path / "content" / folder)
    return tmp_path / "content"


@pytest.mark.jail
def test_check_is_green_for_one_exercise(content: Path, tmp_path: Path) -> None:
    """Exit 0 and a line that says what was proved."""
    ran = civiclab("check", "C05-E5", "--content", content, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 problems" in ran.stdout


def test_check_is_red_for_a_broken_tie(copy: Path, tmp_path: Path) -> None:
    """Exit 1; file and id are named."""
    path = copy / "exercises/c05-e3-k-anonymity/exercise.yaml"
    path.write_text(path.read_text("utf-8").replace("G-05", "G-77", 1), "utf-8")
    ran = civiclab("check", "--content", copy, cwd=tmp_path)
    assert ran.returncode == 1
    assert "c05-e3-k-anonymity/exercise.yaml" in ran.stdout
    assert "G-77" in ran.stdout


def test_data_passes_the_gate_with_a_key_and_is_then_trusted(copy: Path, tmp_path: Path) -> None:
    """A new key, a release, its public key listed: the catalog takes it. Without the key listed it does not."""
    made = civiclab("data", "key", tmp_path / "key", cwd=tmp_path)
    assert made.returncode == 0
    assert civiclab("data", "key", tmp_path / "key", cwd=tmp_path).returncode == 2  # never overwritten
    ran = civiclab(
        "data",
        "release",
        "residents",
        "--content",
        copy,
        "--key",
        tmp_path / "key",
        "--seed",
        7,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    unlisted = civiclab("check", "C05-E3", "--content", copy, cwd=tmp_path)
    assert unlisted.returncode == 1
    assert "residents" in unlisted.stdout
    keys = copy / "exercises/datasets/trusted_keys.json"
    known = json.loads(keys.read_text("utf-8"))
    known["keys"].append(json.loads(made.stdout))
    keys.write_text(json.dumps(known), "utf-8")
    load_catalog(copy)


def test_the_gate_blocks_and_says_every_finding(copy: Path, tmp_path: Path) -> None:
    """An identifier that the recipe lets through: exit 1, its column named, the old release untouched."""
    civiclab("data", "key", tmp_path / "key", cwd=tmp_path)
    recipe = copy / "exercises/datasets/residents/recipe.yaml"
    text = recipe.read_text("utf-8")
    text = text.replace("  phone: {role: identifier, action: drop}\n", "", 1)
    recipe.write_text(text, "utf-8")
    manifest = copy / "exercises/datasets/residents/release/manifest.json"
    before = manifest.read_bytes()
    ran = civiclab(
        "data",
        "release",
        "residents",
        "--content",
        copy,
        "--key",
        tmp_path / "key",
        "--seed",
        7,
        cwd=tmp_path,
    )
    assert ran.returncode in (1, 9), ran.stdout + ran.stderr
    assert "phone" in ran.stderr
    assert manifest.read_bytes() == before


def test_raw_records_are_never_written_into_the_content(copy: Path, tmp_path: Path) -> None:
    """Refused with exit 2; outside they are written and say that they are synthetic."""
    inside = civiclab("data", "generate", "residents", "--content", copy, "--out", copy / "raw", cwd=tmp_path)
    assert inside.returncode == 2
    assert not (copy / "raw").exists()
    outside = civiclab(
        "data",
        "generate",
        "residents",
        "--rows",
        20,
        "--content",
        copy,
        "--out",
        tmp_path / "raw",
        cwd=tmp_path,
    )
    assert outside.returncode == 0, outside.stderr
    assert (tmp_path / "raw/residents.csv").read_text("utf-8").startswith("# synthetic: true")
