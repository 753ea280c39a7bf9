"""What `exercise.py` may hold, and that everything else is refused where it stands."""

from __future__ import annotations

import pytest

from civiclab.authoring import read_source
from civiclab.authoring.source import Kind
from civiclab.errors import BadContent

CHECK = '# %% check="right-total"\n'
ENGLISH = '# %% [markdown] lang="en"\n# # Adding\n#\n# Add two numbers.\n'


def test_a_sound_source_is_read_in_order_with_one_id_for_twins(exercise):
    """Cells keep their order; Korean and English instructions share an id; code is shared."""
    source = read_source(exercise())
    korean = [(cell.id, cell.kind) for cell in source.in_language("ko")]
    assert korean == [
        ("text-01", Kind.TEXT),
        ("text-02", Kind.TEXT),
        ("setup", Kind.GIVEN),
        ("total", Kind.ANSWER),
        ("right-total", Kind.CHECK),
        ("why", Kind.WRITTEN),
    ]
    assert [(cell.id, cell.kind) for cell in source.in_language("en")] == korean


def test_each_language_gets_its_own_text_and_the_shared_one(exercise):
    """A text without lang stands in both notebooks, a text with lang only in its own."""
    source = read_source(exercise())
    english = "\n".join(cell.source for cell in source.in_language("en"))
    assert "Add two numbers." in english
    assert "---" in english
    assert "더하세요" not in english


MALFORMED = {
    "misspelt marker": ('answer="total"', 'anwser="total"', "#cell-5", "marker is unknown"),
    "two markers at once": ('id="setup"', 'id="setup" check="x"', "#setup", "marker is unknown"),
    "code without a marker": ('# %% id="setup"', "# %%", "#cell-4", "marker is unknown"),
    "a title, not a marker": ('# %% id="setup"', "# %% setup", "#cell-4", "marker is unknown"),
    "a raw cell": ("# %% [markdown]\n# ---", "# %% [raw]\n# ---", "#cell-3", "marker is unknown"),
    "an unknown language": ('lang="en"\n# # Adding', 'lang="de"\n# # Adding', "#cell-2", "'de' is unknown"),
    "code in one language": ('id="setup"', 'id="setup" lang="ko"', "#setup", "code is shared"),
    "a written answer without language": ('written="why" lang="ko"', 'written="why"', "#why", "need lang"),
    "an impossible id": ('id="setup"', 'id="set up!"', "#set up!", "can't be a cell's id"),
    "a missing twin": (ENGLISH, "", "#text-01", "no twin"),
    "twins apart": (
        '# %% [markdown] lang="en"\n',
        '# %% id="x"\n1\n# %% [markdown] lang="en"\n',
        "#text-01",
        "no twin",
    ),
    "twins with different headings": ("# # Adding", "# ## Adding", "#text-01", "different headings"),
    "twins of different written answers": (
        'written="why" lang="en"',
        'written="how" lang="en"',
        "#why",
        "no twin",
    ),
    "an id used twice": ('id="setup"', 'id="total"', "#total", "used twice"),
    "an answer without a reference": ("### BEGIN SOLUTION\ntotal", "total", "#total", "BEGIN SOLUTION"),
    "an unclosed reference": ("in rows)\n### END SOLUTION", "in rows)", "#total", "END SOLUTION"),
    "a written answer without a reference": ("# ### BEGIN SOLUTION\n# 한", "# 한", "#why", "BEGIN SOLUTION"),
    "a solution in given code": (
        "import csv",
        "### BEGIN SOLUTION\n### END SOLUTION",
        "#setup",
        "other cells none",
    ),
    "an open check": (f"{CHECK}### BEGIN HIDDEN TESTS", CHECK, "#right-total", "whole between"),
    "a line before the hidden part": (CHECK, f"{CHECK}x = 1\n", "#right-total", "whole between"),
    "a hidden part elsewhere": (
        "import csv",
        "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS",
        "#setup",
        "whole between",
    ),
    "code that is not Python": ("import csv", "import csv csv", "#setup", "not Python"),
    "an autotest": ("import csv", "### AUTOTEST rows", "#setup", "AUTOTEST"),
    "a check that is not declared": (CHECK, '# %% check="other"\n', "#other", "must stand both"),
    "a written answer that is not declared": ('written="why"', 'written="how"', "#how", "must stand both"),
    "an unknown message": ('"no-number"', '"no-nubmer"', "#right-total", "'no-nubmer'"),
    "an unknown message with a figure": ('f"wrong-total|', 'f"worng-total|', "#right-total", "'worng-total'"),
    "an assert without a message": (', "no-number"', "", "#right-total", "without a message key"),
    "a figure before the key": (
        'f"wrong-total|{secret_total}"',
        'f"{total}"',
        "#right-total",
        "without a message key",
    ),
    "a bare AssertionError": (
        "assert type(total) is int",
        "raise AssertionError\nassert 1",
        "#right-total",
        "without a message",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused_with_file_and_cell(exercise, sound_source, name):
    """Every fault names exercise.py and the cell, and says what is wrong."""
    old, new, place, words = MALFORMED[name]
    assert old in sound_source
    with pytest.raises(BadContent) as refused:
        read_source(exercise(sound_source.replace(old, new)))
    assert refused.value.where.endswith(f"exercise.py{place}")
    assert words in refused.value.english


def test_a_declared_check_must_be_in_the_source(exercise):
    """A check of exercise.yaml without a cell is refused."""
    checks = {name: {"title": {"ko": "글", "en": "text"}, "points": 1} for name in ("right-total", "gone")}
    with pytest.raises(BadContent, match="#gone"):
        read_source(exercise(checks=checks))


def test_a_check_may_only_need_answers_of_the_source(exercise):
    """`needs` names answer cells; anything else would leave a check forever unattempted."""
    checks = {"right-total": {"title": {"ko": "글", "en": "text"}, "points": 1, "needs": ["setup"]}}
    with pytest.raises(BadContent, match="needs the answer 'setup'"):
        read_source(exercise(checks=checks))


def test_a_choice_between_messages_is_read(exercise, sound_source):
    """Both branches of a conditional message are held against exercise.yaml."""
    chosen = sound_source.replace('"no-number"', '"no-number" if total else "nothing"')
    with pytest.raises(BadContent, match="'nothing'"):
        read_source(exercise(chosen))


def test_a_missing_source_is_a_persons_error(exercise, tmp_path):
    """No exercise.py: an error with the path, no traceback."""
    gone = exercise().model_copy(update={"path": tmp_path / "nowhere"})
    with pytest.raises(BadContent, match="nowhere"):
        read_source(gone)
