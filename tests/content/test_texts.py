"""What the exercises tell learners: said by a check, in step with it, and never a verdict on free text."""

from __future__ import annotations

import re
import shutil
import symtable
from pathlib import Path
from typing import Any

import pytest
import yaml

from civiclab.authoring import SourceNotebook, read_source
from civiclab.authoring.asserts import message_keys
from civiclab.authoring.source import Kind
from civiclab.catalog.loader import load_exercise
from civiclab.catalog.models import Exercise

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
FOLDERS = sorted(path.parent.name for path in EXERCISES.glob("*/exercise.yaml"))
ANCHORS = {0, 1, 2, 3}


def opened(folder: str) -> tuple[Exercise, SourceNotebook]:
    """An exercise and its cells."""
    exercise = load_exercise(EXERCISES / folder)
    return exercise, read_source(exercise)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_message_is_said_by_a_check(folder):
    """No message is left over from a check that changed."""
    exercise, source = opened(folder)
    said = {key for cell in source.of(Kind.CHECK).values() for key in message_keys(cell.source)}
    assert said == exercise.messages.keys()


@pytest.mark.parametrize("folder", FOLDERS)
def test_messages_point_only_to_clauses_of_the_exercise(folder):
    """A clause that a message or check links lists this exercise on its page."""
    exercise, _ = opened(folder)
    linked = {one.clause for one in (*exercise.messages.values(), *exercise.checks.values())} - {None}
    assert linked <= set(exercise.clauses)


@pytest.mark.parametrize("folder", FOLDERS)
def test_wrong_answers_have_messages_of_their_own(folder):
    """Three classes of wrong answers, told apart by different messages of the exercise."""
    exercise, _ = opened(folder)
    fixtures = [
        yaml.safe_load(path.read_text("utf-8")) for path in (EXERCISES / folder / "fixtures").glob("wrong_*")
    ]
    keys = [next(iter(one["expect"].values()))["message"] for one in fixtures]
    assert len(set(keys)) == len(keys) >= 3
    assert set(keys) <= exercise.messages.keys()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_requirement_must_be_met_for_mastery(folder):
    """Whoever fails a check that a wrong-answer class names can't reach mastery by other points."""
    exercise, _ = opened(folder)
    for path in (EXERCISES / folder / "fixtures").glob("wrong_*"):
        for check in yaml.safe_load(path.read_text("utf-8"))["expect"]:
            assert exercise.checks[check].critical


@pytest.mark.parametrize("folder", FOLDERS)
def test_rubrics_have_an_example_for_every_mark(folder):
    """Five criteria, each anchored at 0, 1, 2 and 3, all examples different."""
    exercise, _ = opened(folder)
    for written in exercise.written.values():
        assert len(written.criteria) == 5
        for criterion in written.criteria:
            assert criterion.anchors.keys() == ANCHORS
            assert len({anchor.ko for anchor in criterion.anchors.values()}) == len(ANCHORS)


def test_the_memos_precheck_never_calls_it_right():
    """A machine only looks whether something is missing; it does not praise or pass a judgement."""
    exercise, _ = opened("c05-e5-disclosure-memo")
    for message in exercise.messages.values():
        assert not re.search(r"정답|맞았|맞습니다|훌륭|잘했|잘 썼", message.ko)
        assert not re.search(r"\b(correct|right|well done|good)\b", message.en, re.IGNORECASE)


def test_the_memos_copy_check_knows_the_request():
    """The sentences it looks for are those that stand in the request and the example, in both languages."""
    _, source = opened("c05-e5-disclosure-memo")
    shown = plain("".join(cell.source for cell in source.cells if cell.kind is Kind.TEXT))
    names: dict[str, Any] = {"written": {"memo": "x"}}
    with pytest.raises(AssertionError):
        exec(source.of(Kind.CHECK)["own-words"].source, names)  # noqa: S102 - the exercise's own check
    given = [plain(line) for line in names["GIVEN"].splitlines() if line.strip()]
    assert len(given) > 40
    assert not [line for line in given if line not in shown]


def plain(text: str) -> str:
    """Letters and figures only."""
    return re.sub(r"[\W_]+", "", text)


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of C05-E3's checks after the reference has passed them."""
    _, source = opened("c05-e3-k-anonymity")
    (tmp_path / "data").mkdir()
    shutil.copy(EXERCISES / "datasets" / "residents" / "release" / "residents.csv", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(source.of(Kind.ANSWER)["parameters"].source, names)  # noqa: S102 - the exercise's own check
    for cell in source.of(Kind.CHECK).values():
        exec(cell.source, names)  # noqa: S102 - the exercise's own check
    return names


def test_the_stated_limit_of_loss_is_the_checks(checked):
    """Both instructions and the check say one limit: a plain good answer and a tenth more, rounded down."""
    _, source = opened("c05-e3-k-anonymity")
    limit = checked["limit"]
    assert limit == float(re.search(r"(0\.\d+) 이하", source.cells[0].source)[1])
    assert limit == float(re.search(r"(0\.\d+) or less", source.cells[1].source)[1])
    assert 0 <= 1.10 * checked["measure"](20, "권역", 4, True, 5, True)[3] - limit < 0.005


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_paragraph_is_struck_through(folder):
    """JupyterLab strikes out what stands between two '~': a paragraph holds one at most, ranges are in words."""
    _, source = opened(folder)
    shown = [cell for cell in source.cells if not cell.is_code]
    paragraphs = [one for cell in shown for one in re.split(r"\n\s*\n", cell.source)]
    assert len(paragraphs) > 20
    assert not [one for one in paragraphs if one.count("~") > 1]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_check_cells_are_announced(folder):
    """Before the locked cells at the end one line, in each language, says that they may be left alone."""
    _, source = opened(folder)
    for language, words in (("ko", "건드리지 않아도"), ("en", "leave them alone")):
        cells = source.in_language(language)
        first = next(at for at, cell in enumerate(cells) if cell.kind is Kind.CHECK)
        assert words in cells[first - 1].source
        assert all(cell.kind is Kind.CHECK for cell in cells[first:])


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_check_stands_on_its_own(folder):
    """It takes from other checks only imports and functions, of checks that are skipped only when it is too.

    Whatever another check assigns is missing when that one is skipped or fails early, and what a function
    reads must be there wherever it is called.
    """
    exercise, source = opened(folder)
    checks = {name: CheckCode(cell.source) for name, cell in source.of(Kind.CHECK).items()}
    for name, code in checks.items():
        assert not code.read_by_functions & code.assigned, name
        for other, theirs in checks.items():
            borrowed = (code.read - code.bound) & theirs.bound if other != name else set()
            assert not borrowed & theirs.assigned, (name, other)
            if borrowed:
                assert set(exercise.checks[other].needs) <= set(exercise.checks[name].needs), (name, other)


class CheckCode:
    """The global names of a check's code: what it binds and reads, at its top level and in its functions."""

    def __init__(self, code: str) -> None:
        top = symtable.symtable(code, "<check>", "exec")
        defined = {one.get_name() for one in top.get_symbols() if one.is_imported() or one.is_namespace()}
        self.bound = defined | {one.get_name() for one in top.get_symbols() if one.is_assigned()}
        self.assigned = self.bound - defined
        functions = [one for one in top.get_children() if one.get_name() in defined]
        self.read_by_functions = {name for one in functions for name in globals_of(one)}
        self.read = globals_of(top)


def globals_of(table: symtable.SymbolTable) -> set[str]:
    """The global names that this scope and those inside it read."""
    top = table.get_type() == "module"
    own = {one.get_name() for one in table.get_symbols() if one.is_referenced() and (top or one.is_global())}
    return own.union(*(globals_of(one) for one in table.get_children()))


def test_k_anonymity_has_several_good_answers(checked):
    """The goals leave a choice of age band and of household limit; plain decades are not enough."""
    good = set()
    for band in (5, 10, 15, 20, 25, 30):
        for top in (3, 4, 5, 6):
            k, alike, out, loss = checked["measure"](band, "권역", top, True, 5, True)
            if k >= 5 and not alike and out <= 0.05 and round(loss, 4) <= checked["limit"]:
                good.add((band, top))
    assert len({band for band, _ in good}) >= 3
    assert len({top for _, top in good}) >= 2
    assert not {(band, top) for band, top in good if band < 12}
