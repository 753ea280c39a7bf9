"""The exercises as checked in: proved in the jail, and planted defects that must turn the check red."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from civiclab.checking import check_content
from civiclab.errors import BadInput

pytestmark = pytest.mark.jail


def test_every_exercise_is_proved(content: Path) -> None:
    """References and second answers earn everything, wrong ones their own message, untouched ones UNATTEMPTED."""
    report = check_content(content)
    assert not [str(problem.error) for problem in report.problems]
    assert report.exercises >= 4
    assert report.right >= 2 * report.exercises
    assert report.wrong >= 3 * report.exercises
    assert report.untouched == report.exercises


@pytest.fixture
def copy(content: Path, tmp_path: Path) -> Path:
    """A copy of the content that a test may break."""
    for folder in ("courses", "exercises"):
        shutil.copytree(content / folder, tmp_path / folder)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    """Replaces text that must be there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


SOURCE = "exercises/c05-e1-mask-complaints/exercise.py"


def no_korean_twin(root: Path) -> None:
    """An English instruction that stands alone."""
    replace(root / SOURCE, '# %% [markdown] lang="ko"', '# %% [markdown] lang="en"')


def answer_in_the_open(root: Path) -> None:
    """An answer cell without the marks that hide its reference."""
    replace(root / SOURCE, "### BEGIN SOLUTION", "# here")


def check_in_the_open(root: Path) -> None:
    """A check cell without the marks that hide it."""
    replace(root / SOURCE, "### BEGIN HIDDEN TESTS", "# here")


def accepts_everything(root: Path) -> None:
    """A check whose body was emptied: a wrong answer now passes."""
    path = root / SOURCE
    head, _, rest = path.read_text("utf-8").partition("### BEGIN HIDDEN TESTS\n")
    body, mark, tail = (
        rest.partition("# ### END HIDDEN TESTS")
        if "# ### END" in rest
        else rest.partition("### END HIDDEN TESTS")
    )
    assert body
    path.write_text(f"{head}### BEGIN HIDDEN TESTS\npass\n{mark}{tail}", "utf-8")


@pytest.mark.parametrize(
    "break_it",
    [no_korean_twin, answer_in_the_open, check_in_the_open, accepts_everything],
    ids=lambda act: act.__name__,
)
def test_a_planted_defect_turns_the_check_red(break_it: Callable[[Path], None], copy: Path) -> None:
    """One defect: at least one problem, and it names the exercise's file."""
    break_it(copy)
    report = check_content(copy, "C05-E1")
    assert not report.green
    assert any("c05-e1-mask-complaints" in str(problem.error) for problem in report.problems)


def test_an_unknown_exercise_is_a_persons_mistake(content: Path) -> None:
    """`civiclab check C99-E1` says which there are."""
    with pytest.raises(BadInput, match="C05-E1"):
        check_content(content, "C99-E1")
