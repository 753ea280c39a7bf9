"""The exercises as checked in: proved in the jail, and planted defects that must turn the check red."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations
from pathlib import Path

import pytest

from civiclab.authoring import release
from civiclab.catalog.loader import load_catalog
from civiclab.checking import check_content
from civiclab.checking.content import Bench, reference
from civiclab.errors import BadInput
from civiclab.grading.rebuild import Templates
from civiclab.jail import UidPool
from civiclab.records.results import Outcome

pytestmark = pytest.mark.jail


def test_every_exercise_is_proved(content: Path) -> None:
    """References and second answers earn everything, wrong ones their own message, untouched ones UNATTEMPTED."""
    report = check_content(content)
    assert not [str(problem.error) for problem in report.problems]
    assert report.exercises >= 4
    assert report.right >= 2 * report.exercises
    assert report.wrong >= 3 * report.exercises
    assert report.untouched == report.exercises


@pytest.fixture(scope="module")
def bench(content: Path, tmp_path_factory: pytest.TempPathFactory, uids: UidPool) -> Bench:
    """Grades the checked-in exercises."""
    catalog, tree = load_catalog(content), tmp_path_factory.mktemp("bench") / "released"
    release(catalog, tree)
    return Bench(catalog, Templates(tree), uids, None)


def parts_of(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every choice of some of these, but not none and not all."""
    return chain.from_iterable(combinations(names, count) for count in range(1, len(names)))


def test_a_part_of_the_answers_is_judged_alone(bench: Bench) -> None:
    """With some answers given and the others untouched, a check passes once all it needs is given, else waits."""
    tried = 0
    for exercise in bench.catalog.exercises.values():
        right = reference(exercise, "ko")
        for given in parts_of(list(right)):
            graded = bench.grade(exercise, {name: right[name] for name in given}, "ko")
            outcomes = {verdict.check: verdict.outcome for verdict in graded.verdicts}
            ready = {name for name, check in exercise.checks.items() if set(check.needs) <= set(given)}
            assert outcomes == {
                name: Outcome.PASS if name in ready else Outcome.UNATTEMPTED for name in exercise.checks
            }, (exercise.id, given, graded.flags)
            tried += 1
    assert tried >= 6


BROKEN = {
    "C05-E1": {"masks": 'masks = "안다온"'},
    "C05-E3": {"parameters": 'AGE_BAND = "10세"'},
    "C07-E3": {"features": 'FEATURES = ["arrivals"]'},
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_fault_is_explained_once(name: str, bench: Bench) -> None:
    """The first check says what is wrong; those that can't be looked at before point to it in a few words."""
    exercise = bench.catalog.exercises[name]
    right = reference(exercise, "ko")
    graded = bench.grade(
        exercise, right | {key: f"{right[key]}\n{end}" for key, end in BROKEN[name].items()}, "ko"
    )
    said = [verdict.message_key for verdict in graded.verdicts if verdict.outcome is Outcome.FAIL]
    assert said[0] != "fix-the-first"
    assert said.count("fix-the-first") == len(said) - 1 >= 2
    assert len(exercise.messages["fix-the-first"].ko) < 60


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
