"""Regrading on pages: the difference comes first, nothing changes before it is applied, learners are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from .conftest import Academy

PREFIX = "/services/civiclab/"
REGRADES = f"{PREFIX}instructor/regrades"


def regraded(passes: bool) -> GradedSubmission:
    """Both checks passed, or both failed: before, one of each."""
    outcome, points = (Outcome.PASS, 4) if passes else (Outcome.FAIL, 0)
    return GradedSubmission(tuple(CheckVerdict(name, outcome, points, 4) for name in ("k-anonymity", "loss")))


def send(client: TestClient, path: str, page: str = REGRADES, **form: str) -> str:
    """Send a form that stands on `page`; where it leads, or the status."""
    token = re.search(r'name="xsrf" value="(\w+)"', client.get(page).text)[1]
    answer = client.post(path, data=form | {"xsrf": token})
    return answer.headers.get("location") or str(answer.status_code)


def begin(academy: Academy, by: str = "instructor") -> str:
    """A regrade of the exercise, asked for on its page; its page's address."""
    form = {"exercise": "C05-E3", "scope": "all", "reason": "반올림을 고쳤습니다."}
    return send(academy.browser(by), REGRADES, **form)


def grade(academy: Academy, passes: bool) -> None:
    """What the worker does with every submission of the regrade."""
    while (job := academy.records.lease_regrade(60)) is not None:
        academy.records.propose(
            job.regrade, job.id, regraded(passes), mastered=passes, competencies=["D3-2"], level=2
        )


def test_the_difference_is_shown_before_anything_changes(academy: Academy) -> None:
    """Old and new marks, the changed check in words, and the old marks still in place; both languages."""
    id = academy.submitted()
    page = begin(academy)
    client = academy.browser("instructor")
    assert "1건 가운데 0건을 채점했습니다" in client.get(page).text
    assert f"{page}/apply" not in client.get(page).text
    grade(academy, passes=True)
    korean, english = client.get(page).text, client.get(f"{page}?lang=en").text
    for shown in ("4 / 23", "8 / 23", f"{page}/apply"):
        assert shown in korean
        assert shown in english
    assert "k가 5 이상: 아직 통과하지 못함 → 통과" in korean
    assert "k is at least 5: Not yet → Passed" in english
    assert "반올림을 고쳤습니다." in korean
    assert academy.records.submission(id).score == 4


def test_applying_swaps_the_marks(academy: Academy) -> None:
    """The learner sees the new marks, when they changed and what they were; the list says so."""
    id = academy.submitted()
    page = begin(academy)
    grade(academy, passes=True)
    client = academy.browser("instructor")
    assert send(client, f"{page}/apply", page) == page
    learner = academy.client("learner").get(f"{PREFIX}submissions/{id}").text
    assert "8 / 23" in learner
    assert "이전 점수는 4 / 23점입니다." in learner
    assert "반영함" in client.get(REGRADES).text
    assert "점수가 바뀌었습니다" not in academy.client("learner").get(PREFIX).text


def test_a_learner_whose_marks_fall_is_told_until_she_has_read_it(academy: Academy) -> None:
    """The notice stands on her page and on nobody else's; reading it puts it away."""
    academy.submitted()
    page = begin(academy)
    grade(academy, passes=False)
    assert "내려감" in academy.browser("instructor").get(page).text
    assert "점수가 바뀌었습니다" not in academy.client("learner").get(PREFIX).text
    send(academy.browser("instructor"), f"{page}/apply", page)
    client = academy.browser("learner")
    shown = client.get(PREFIX).text
    assert "점수가 바뀌었습니다: 주민 자료를 k-익명으로 바꾸기" in shown
    assert "가장 높았던 점수 4 / 23점이 0 / 23점으로" in shown
    assert "반올림을 고쳤습니다." in shown
    assert "점수가 바뀌었습니다" not in academy.client("colleague").get(PREFIX).text
    notice = re.search(r'action="([^"]*/notices/[^"]+)"', shown)[1]
    academy.records.see_notice("colleague", notice.rsplit("/", 1)[1])
    assert "점수가 바뀌었습니다" in client.get(PREFIX).text
    assert send(client, notice, PREFIX) == PREFIX
    assert "점수가 바뀌었습니다" not in client.get(PREFIX).text


def test_discarding_leaves_every_mark(academy: Academy) -> None:
    """Marks and pages are as before, and a decided regrade can't be decided again."""
    id = academy.submitted()
    page = begin(academy)
    grade(academy, passes=False)
    client = academy.browser("instructor")
    send(client, f"{page}/discard", page)
    assert academy.records.submission(id).score == 4
    assert "반영하지 않음" in client.get(page).text
    for act in ("apply", "discard"):
        assert send(client, f"{page}/{act}") == "409"


def test_an_unfinished_regrade_is_not_applied(academy: Academy) -> None:
    """409 while submissions are still to be graded: only what was shown may be applied."""
    academy.submitted()
    page = begin(academy)
    assert send(academy.browser("instructor"), f"{page}/apply", page) == "409"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"exercise": "C99-E9", "scope": "all"}, "404"),
        ({"exercise": "C05-E3", "scope": "some"}, "422"),
        ({"exercise": "C05-E4", "scope": "all"}, "409"),  # nothing of it is published
        ({}, "404"),
    ],
)
def test_a_regrade_that_can_not_be_is_refused(academy: Academy, form: dict[str, str], status: str) -> None:
    """Unknown exercise or scope, nothing to grade: refused, and nothing begins."""
    academy.submitted()
    assert send(academy.browser("instructor"), REGRADES, **form) == status
    assert academy.records.regrades() == []


def test_one_regrade_an_exercise_at_a_time(academy: Academy) -> None:
    """The second is refused until the first is decided."""
    academy.submitted()
    page = begin(academy)
    assert begin(academy, "chief") == "409"
    send(academy.browser("chief"), f"{page}/discard", page)
    assert begin(academy, "chief").startswith(REGRADES)


def test_hostile_words_on_a_regrade_are_inert(academy: Academy) -> None:
    """The reason an instructor typed is text on every page."""
    academy.submitted()
    reason = "<script>alert(1)</script>"
    page = send(academy.browser("instructor"), REGRADES, exercise="C05-E3", scope="standing", reason=reason)
    grade(academy, passes=False)
    send(academy.browser("instructor"), f"{page}/apply", page)
    for client, path in ((academy.browser("instructor"), page), (academy.browser("learner"), PREFIX)):
        shown = client.get(path).text
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown


def test_an_unknown_regrade_is_not_found(academy: Academy) -> None:
    """404 on every address of it."""
    academy.submitted()
    client = academy.browser("instructor")
    assert client.get(f"{REGRADES}/nothing").status_code == 404
    assert send(client, f"{REGRADES}/nothing/apply") == "404"
