"""The gate blocks every planted weakness, each by its own finding, and passes what is clean."""

from __future__ import annotations

import ast
import csv
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import civiclab.anonymization as room
from civiclab.anonymization.findings import MESSAGES, Finding, GateBlocked
from civiclab.anonymization.gate import Candidate, pass_gate
from civiclab.anonymization.ledger import Entry, Ledger

Make = Callable[[str], Candidate]
Rows = list[list[str]]


def findings(candidate: Candidate) -> tuple[Finding, ...]:
    """What the gate finds; nothing when it passes."""
    try:
        pass_gate(candidate)
    except GateBlocked as blocked:
        return blocked.findings
    return ()


def checks(candidate: Candidate) -> set[str]:
    """The names of the checks that found something."""
    return {finding.check for finding in findings(candidate)}


def edit(path: Path, change: Callable[[Rows], Rows | None]) -> None:
    """Rewrite a CSV file; `change` gets the rows, the header first."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows = change(rows) or rows
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def set_cell(row: int, column: int, value: str) -> Callable[[Rows], None]:
    """A change of one cell, header not counted."""

    def change(rows: Rows) -> None:
        rows[row + 1][column] = value

    return change


def add_text(words: str) -> Callable[[Rows], None]:
    """A change that adds words to the first complaint."""

    def change(rows: Rows) -> None:
        rows[1][3] += f" {words}"

    return change


@pytest.mark.parametrize("kind", ["complaints", "residents", "counter_queue", "personal"])
def test_clean_release_passes(candidate: Make, kind: str) -> None:
    """What the recipe and recoding make passes, with figures for every file."""
    clean = candidate(kind)
    assert set(pass_gate(clean).figures) == {file.name for file in clean.recipe.release.files}


def test_personal_figures_hold(candidate: Make) -> None:
    """The personal table is measured at k >= 5, l >= 2 and at most 5 % left out; nobody stands alone."""
    told = pass_gate(candidate("personal")).figures["residents.csv"]
    assert told.k is not None and told.k >= 5
    assert told.l is not None and told.l >= 2
    assert told.suppressed is not None and 0 <= told.suppressed <= 0.05
    assert told.alone == 0


TEXT_LEAKS = [
    "주민번호는 900101-1234567입니다.",
    "9 0 0 1 0 1 - 1 2 3 4 5 6 7",
    "전화 010-1234-5678",
    "전화 ０１０－１２３４－５６７８",
    "전화 010 1234 5678",
    "전화 010\u200b-1234-5678",
    "전화 01012345678",
    "전화 공일공 일이삼사 오육칠팔",
    "집 전화 02-2680-1234",
    "+82 10-1234-5678",
    "메일 hong.gildong@naver.com",
    "오리로 123, 101동 1204호에 삽니다.",
    "하안동 123-4번지",
    "차 번호는 12가3456",
    "계좌 110-234-567890",
    "카드 1234-5678-1234-5678",
    "사업자 123-45-67890",
    "면허 11-12-345678-90",
    "여권 M12345678",
    "접속 192.168.10.20",
]


@pytest.mark.parametrize("words", TEXT_LEAKS)
def test_identifier_left_in_text_blocks(candidate: Make, words: str) -> None:
    """An identifier that could be real blocks the text it stands in, however it is written."""
    weak = candidate("complaints")
    edit(weak.staged / "complaints.csv", add_text(words))
    assert [(f.check, f.column) for f in findings(weak) if f.check == "leftover"] == [("leftover", "text")]


@pytest.mark.parametrize(
    "words", ["앞으로 3일 안에 답을 주세요.", "요금은 35,000원입니다.", "2026-03-14에 접수했습니다."]
)
def test_harmless_numbers_pass(candidate: Make, words: str) -> None:
    """Dates, amounts and counted things are no identifiers."""
    clean = candidate("complaints")
    edit(clean.staged / "complaints.csv", add_text(words))
    assert "leftover" not in checks(clean)


def test_raw_name_left_in_text_blocks(candidate: Make) -> None:
    """A name has no form, so the gate looks for every name of the raw table."""
    weak = candidate("complaints")
    with (weak.raw / "complaints.csv").open(encoding="utf-8") as file:
        next(file)
        name = next(csv.DictReader(file))["citizen_name"]
    edit(weak.staged / "complaints.csv", add_text(f"{name}이고 답을 기다립니다."))
    assert "raw_value" in checks(weak)


def test_raw_ticket_number_left_blocks(candidate: Make) -> None:
    """A raw id in a text leads back to the raw row."""
    weak = candidate("complaints")
    raw_id = (weak.raw / "complaints.csv").read_text(encoding="utf-8").splitlines()[2].split(",")[0]
    edit(weak.staged / "complaints.csv", add_text(raw_id))
    assert "raw_value" in checks(weak)


def _swap_first_columns(rows: Rows) -> Rows:
    return [[row[1], row[0], *row[2:]] for row in rows]


def _with_name_column(rows: Rows) -> Rows:
    return [[*row, "name" if at == 0 else "김다온"] for at, row in enumerate(rows)]


def _with_extra_column(rows: Rows) -> Rows:
    return [[*row, "memo" if at == 0 else "1"] for at, row in enumerate(rows)]


def _shuffled(rows: Rows) -> Rows:
    body = rows[1:]
    random.Random(1).shuffle(body)
    return [rows[0], *body]


def _ragged(rows: Rows) -> None:
    rows[5].append("1")


MUTANTS: list[tuple[str, str, str, Callable[[Rows], Rows | None]]] = [
    ("columns", "residents", "residents.csv", _with_extra_column),
    ("columns", "residents", "residents.csv", _swap_first_columns),
    ("identifier_column", "residents", "residents.csv", _with_name_column),
    ("unknown_value", "residents", "residents.csv", set_cell(0, 4, "로또")),
    ("unknown_value", "residents", "residents.csv", set_cell(0, 0, "100")),
    ("unknown_value", "counter_queue", "counter_queue.csv", set_cell(0, 10, "3.14159")),
    ("unknown_value", "personal", "residents.csv", set_cell(0, 0, "33")),
    ("empty_cell", "personal", "residents.csv", set_cell(0, 2, "")),
    ("leftover", "complaints", "complaints.csv", set_cell(0, 2, "주차 010-1234-5678")),
    ("leftover", "complaints", "complaints.csv", set_cell(0, 2, "주차 010-0000-1234")),
    ("order", "residents", "residents.csv", _shuffled),
    ("order", "counter_queue", "later_weeks.csv", _shuffled),
    ("fresh_id", "complaints", "complaints.csv", set_cell(0, 0, "M-77")),
    ("time", "complaints", "complaints.csv", set_cell(0, 1, "2026-03-10")),
    ("time", "complaints", "complaints.csv", set_cell(0, 1, "2026-03-09 14:22")),
    ("min_cell", "counter_queue", "counter_queue.csv", set_cell(0, 7, "3")),
    ("form", "residents", "residents.csv", _ragged),
    ("spans", "complaints", "spans.csv", set_cell(0, 2, "없는 말")),
    ("spans", "complaints", "spans.csv", set_cell(0, 1, "nickname")),
]


@pytest.mark.parametrize(("check", "kind", "file", "change"), MUTANTS)
def test_changed_file_blocks(
    candidate: Make, check: str, kind: str, file: str, change: Callable[[Rows], Rows | None]
) -> None:
    """A written file that differs from what its recipe promises is blocked, by the check for it."""
    weak = candidate(kind)
    edit(weak.staged / file, change)
    assert check in {finding.check for finding in findings(weak) if finding.file == file}


def keep(candidate: Candidate, wanted: Callable[[int, dict[str, str]], bool]) -> None:
    """Keep only some rows of the personal table, and the people behind them."""
    path, people = candidate.staged / "residents.csv", candidate.people / "residents.csv.people"
    keys = people.read_text(encoding="utf-8").splitlines()
    with path.open(encoding="utf-8") as file:
        left = [wanted(at, row) for at, row in enumerate(csv.DictReader(file))]
    edit(path, lambda rows: [rows[0], *[row for row, stays in zip(rows[1:], left, strict=True) if stays]])
    people.write_text(
        "".join(f"{k}\n" for k, stays in zip(keys, left, strict=True) if stays), encoding="utf-8"
    )


def first_class(candidate: Candidate) -> tuple[tuple[str, ...], int]:
    """The first row's class and its size."""
    with (candidate.staged / "residents.csv").open(encoding="utf-8", newline="") as file:
        sizes = Counter(tuple(row[:4]) for row in list(csv.reader(file))[1:])
    return next(iter(sizes.items()))


def test_unique_row_blocks(candidate: Make) -> None:
    """One person alone in her class blocks, and the smallest telling combination is named with it."""
    weak = candidate("personal")
    key, _ = first_class(weak)
    seen: list[int] = []

    def wanted(at: int, row: dict[str, str]) -> bool:
        same = tuple(row.values())[:4] == key
        seen.extend([at] if same else [])
        return not same or len(seen) == 1

    keep(weak, wanted)
    found = {f.check: f for f in findings(weak)}
    assert found["k"].figure.startswith("k=1 < 5")


def test_subset_that_singles_out_is_named(candidate: Make) -> None:
    """Where one column alone leaves somebody in a small group, that column is named."""
    weak = candidate("personal")
    path = weak.staged / "residents.csv"
    edit(path, set_cell(0, 3, "*"))
    assert ("subset", "household_size") in {(f.check, f.column) for f in findings(weak)}


def test_k_counts_people_not_rows(candidate: Make) -> None:
    """Rows of one person again and again make no group: k counts who stands behind them."""
    weak = candidate("personal")
    key, size = first_class(weak)
    people = weak.people / "residents.csv.people"
    keys = people.read_text(encoding="utf-8").splitlines()
    people.write_text("".join(f"{k}\n" for k in [keys[0]] * size + keys[size:]), encoding="utf-8")
    assert any(f.check == "k" and f.figure.startswith("k=1") for f in findings(weak)), key


def test_homogeneous_class_blocks(candidate: Make) -> None:
    """A large class whose members share one sensitive value blocks by l, though k holds."""
    weak = candidate("personal")
    key, _ = first_class(weak)

    def change(rows: Rows) -> None:
        for row in rows[1:]:
            if tuple(row[:4]) == key:
                row[4] = "생계급여"

    edit(weak.staged / "residents.csv", change)
    found = {f.check: f for f in findings(weak)}
    assert found["l"].column == "benefit" and "k" not in found


def test_skewed_class_blocks(candidate: Make) -> None:
    """A class far from the whole blocks by t, though k and l hold."""
    weak = candidate("personal")
    key, size = first_class(weak)

    def change(rows: Rows) -> None:
        members = [row for row in rows[1:] if tuple(row[:4]) == key]
        for row in members:
            row[4] = "장애수당"
        members[0][4] = "한부모지원"

    edit(weak.staged / "residents.csv", change)
    found = {f.check for f in findings(weak)}
    assert "t" in found and not {"k", "l"} & found, size


def test_too_much_left_out_blocks(candidate: Make) -> None:
    """Leaving out a third of the people blocks."""
    weak = candidate("personal")
    keep(weak, lambda at, _: at % 3 != 0)
    assert "suppressed" in checks(weak)


def test_subgroup_left_out_blocks(candidate: Make) -> None:
    """Leaving out one small dong blocks, though little is left out over all."""
    weak = candidate("personal")
    with (weak.raw / "residents.csv").open(encoding="utf-8") as file:
        of = {row["person_id"]: row["dong"] for row in csv.DictReader(file)}
    keys = (weak.people / "residents.csv.people").read_text(encoding="utf-8").splitlines()
    keep(weak, lambda at, _: of[keys[at]] != "학온동")
    assert any(f.check == "suppressed_subgroup" and "학온동" in f.figure for f in findings(weak))


def test_uncounted_people_block(candidate: Make) -> None:
    """Without a person behind every row k can't be counted, and what can't be counted is blocked."""
    weak = candidate("personal")
    (weak.people / "residents.csv.people").unlink()
    assert "people" in checks(weak)


def test_strangers_behind_rows_block(candidate: Make) -> None:
    """Keys that are no person of the raw table can't stand behind a row."""
    weak = candidate("personal")
    path = weak.people / "residents.csv.people"
    path.write_text(
        "".join(f"X{at}\n" for at, _ in enumerate(path.read_text().splitlines())), encoding="utf-8"
    )
    assert "people" in checks(weak)


def test_undeclared_raw_column_blocks(candidate: Make) -> None:
    """A raw table that grew a column is another table: somebody has to look at it first."""
    weak = candidate("personal")
    edit(weak.raw / "residents.csv", lambda rows: [[*row, "income"] for row in rows])
    assert any(f.check == "raw_columns" and "income" in f.figure for f in findings(weak))


def test_undeclared_file_blocks(candidate: Make) -> None:
    """A file that no recipe declares doesn't leave beside the others."""
    weak = candidate("residents")
    (weak.staged / "notes.txt").write_text("memo", encoding="utf-8")
    assert ("undeclared_file", "notes.txt") in {(f.check, f.file) for f in findings(weak)}


def test_missing_file_blocks(candidate: Make) -> None:
    """A declared file that was not written blocks."""
    weak = candidate("counter_queue")
    (weak.staged / "later_weeks.csv").unlink()
    assert "missing_file" in checks(weak)


def test_identifier_in_file_name_blocks(candidate: Make) -> None:
    """A file's name is looked at like a cell."""
    weak = candidate("residents")
    told = "residents_01012345678.csv"
    file = weak.recipe.release.files[0].model_copy(update={"name": told})
    rule = weak.recipe.release.model_copy(update={"files": (file,)})
    for folder, old, new in (
        (weak.staged, "residents.csv", told),
        (weak.people, "residents.csv.people", f"{told}.people"),
    ):
        (folder / old).rename(folder / new)
    weak = replace(weak, recipe=weak.recipe.model_copy(update={"release": rule}))
    assert checks(weak) == {"file_name"}


def test_comment_before_header_blocks(candidate: Make) -> None:
    """The header is the first line, so that every reader sees the same table."""
    weak = candidate("residents")
    path = weak.staged / "residents.csv"
    path.write_text("# synthetic\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert "form" in checks(weak)


def test_unmarked_input_is_not_synthetic(candidate: Make) -> None:
    """A table that does not say it is synthetic can't be released as such."""
    weak = candidate("residents")
    path = weak.raw / "residents.csv"
    path.write_text(path.read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")
    assert ("not_synthetic", "not marked") in {(f.check, f.figure) for f in findings(weak)}


def test_forged_mark_is_not_synthetic(candidate: Make) -> None:
    """The mark alone is worth nothing: one real row under it, and the generator can't make the table again."""
    weak = candidate("residents")
    edit_raw = (weak.raw / "residents.csv").read_text(encoding="utf-8")
    (weak.raw / "residents.csv").write_text(edit_raw.replace(",남,", ",여,", 1), encoding="utf-8")
    assert ("not_synthetic", "not reproduced") in {(f.check, f.figure) for f in findings(weak)}
    assert "not_synthetic" in checks(replace(weak, again=None))


def entry(candidate: Candidate, **changes: object) -> Entry:
    """An earlier release, like the candidate but for `changes`."""
    from civiclab.anonymization.gate import file_hash, raw_hash

    told = {
        "id": "residents-earlier",
        "dataset": candidate.recipe.dataset,
        "basis": candidate.recipe.basis,
        "raw": raw_hash(candidate.raw),
        "recipe": candidate.recipe_hash,
        "files": {path.name: file_hash(path) for path in sorted(candidate.staged.iterdir())},
    }
    return Entry.model_validate(told | changes)


@pytest.mark.parametrize(
    ("kind", "changes", "blocked"),
    [
        ("residents", {}, False),
        ("residents", {"recipe": "0" * 64}, True),
        ("residents", {"files": {}}, True),
        ("residents", {"raw": "0" * 64}, False),
        ("personal", {"raw": "0" * 64}, True),
        ("personal", {}, False),
    ],
)
def test_earlier_release_blocks(
    candidate: Make, kind: str, changes: dict[str, object], blocked: bool
) -> None:
    """The same people by another recipe block; of real people any earlier release; the very same one doesn't."""
    weak = candidate(kind)
    weak = replace(weak, ledger=Ledger(releases=(entry(weak, **changes),)))
    assert ("ledger" in checks(weak)) is blocked


def test_declared_earlier_release_passes(candidate: Make) -> None:
    """A recipe that names the earlier release has been weighed together with it."""
    weak = candidate("residents")
    rule = weak.recipe.release.model_copy(update={"after": ("residents-earlier",)})
    known = weak.recipe.model_copy(update={"release": rule})
    weak = replace(weak, recipe=known, ledger=Ledger(releases=(entry(weak, recipe="0" * 64),)))
    assert findings(weak) == ()


def test_every_finding_is_told_at_once(candidate: Make) -> None:
    """One run names everything, without repeating anybody's data."""
    weak = candidate("complaints")
    edit(weak.staged / "complaints.csv", add_text("900101-1234567"))
    edit(weak.staged / "complaints.csv", set_cell(0, 2, "모름"))
    edit(weak.staged / "spans.csv", set_cell(0, 2, "없는 말"))
    with pytest.raises(GateBlocked) as blocked:
        pass_gate(weak)
    assert {f.check for f in blocked.value.findings} >= {"leftover", "unknown_value", "spans"}
    assert "900101" not in str(blocked.value) + "".join(blocked.value.sentences("ko"))


def test_every_check_has_its_message() -> None:
    """Each finding can be told as a sentence."""
    assert all(Finding(check, "f.csv", "c", "1").text("en") for check in MESSAGES)


def test_gate_shares_no_code_with_recoding() -> None:
    """No module of the gate imports a module of recoding, nor pandas; nor the other way round."""
    folder = Path(str(room.__file__)).parent

    def imports(module: str) -> set[str]:
        tree = ast.parse((folder / f"{module}.py").read_text(encoding="utf-8"))
        return {str(n.module).rpartition(".")[2] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)} | {
            name.name for n in ast.walk(tree) if isinstance(n, ast.Import) for name in n.names
        }

    gate, recoding = {"gate", "written", "disclosure", "leftovers"}, {"recode", "surrogates"}
    assert all(not imports(module) & (recoding | {"pandas", "numpy"}) for module in gate)
    assert all(not imports(module) & gate for module in recoding)
