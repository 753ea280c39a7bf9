"""The pages: what they show, what they refuse, what they never let through."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import civiclab.service
from civiclab.service.pages import harmless
from civiclab.translation import translate

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from .conftest import Academy

PREFIX = "/services/civiclab/"
SERVICE = Path(civiclab.service.__file__).parent
HOSTILE = """<script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1)) [b](data:text/html,x)
![spy](https://evil.example/x.png) <svg onload=alert(1)> {{ 6007*6011 }}

<iframe src=//evil.example></iframe>

# heading" onmouseover="alert(1)

<style>body{display:none}</style> <a href="https://evil.example" onclick="x()">c</a> <https://ok.example>"""
MARKS = {f"mark-{id}": "2" for id in ("facts", "people", "clause", "remedy", "rest")}


def xsrf_of(page: str) -> str:
    """The token of the page's first form."""
    return re.search(r'name="xsrf" value="(\w+)"', page)[1]


def answer_form(client: TestClient, id: str) -> dict[str, str]:
    """The form of the answer's page, every criterion at 2."""
    page = client.get(f"{PREFIX}instructor/answers/{id}/memo").text
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    return MARKS | {"xsrf": xsrf_of(page), "version": version, "comment": "좋습니다"}


def test_hostile_text_becomes_harmless() -> None:
    """No element, attribute or address that runs or loads anything survives; honest links and tables do."""
    html = harmless(HOSTILE + "\n\n**bold**\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {"p", "a", "h3", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert set(re.findall(r'href="(\w+):', html)) == {"https"}
    assert not re.search(r"<[^>]*\son\w+=", html)
    assert "<strong>bold</strong>" in html
    assert "<table>" in html


@pytest.mark.parametrize("name", ["learner", "instructor"])
def test_hostile_text_is_inert_on_every_page(academy: Academy, name: str) -> None:
    """The submission's page and the marking page hold no script, no handler, and a policy that lets none run."""
    id = academy.submitted(memo=HOSTILE)
    paths = [f"submissions/{id}"] + ([f"instructor/answers/{id}/memo"] if name == "instructor" else [])
    for path in paths:
        answer = academy.client(name).get(PREFIX + path)
        assert answer.status_code == 200
        assert not re.search(r"<script|<img|<iframe|<[^>]*\son\w+=|href=\"(javascript|data):", answer.text)
        assert "36108077" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy


def test_personal_pages_are_kept_nowhere(academy: Academy) -> None:
    """No cache, no sniffing, no frame, no handle for the page that opened it."""
    headers = academy.client("learner").get(PREFIX).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "noopener-allow-popups"


def test_the_learner_page_shows_the_standing(academy: Academy) -> None:
    """Next steps, exercises with best score, competencies with a link to the attempt behind them."""
    id = academy.submitted()
    page = academy.client("learner").get(PREFIX).text
    assert "다음에 할 일" in page
    assert "4 / 23" in page
    assert page.count(f"{PREFIX}submissions/{id}") >= 3
    assert "강사 채점 대기" in page
    assert "/hub/user-redirect/civiclab/open?exercise=C05-E4&amp;lang=ko" in page


def test_the_language_is_remembered(academy: Academy) -> None:
    """Korean at first; `?lang=en` switches and stays."""
    client = academy.client("learner")
    assert '<html lang="ko">' in client.get(PREFIX).text
    assert '<html lang="en">' in client.get(f"{PREFIX}?lang=en").text
    assert '<html lang="en">' in client.get(PREFIX).text


def test_times_are_the_citys(academy: Academy) -> None:
    """Stored in UTC, shown nine hours later in Korea."""
    view = academy.records.submission(academy.submitted())
    page = academy.client("learner").get(f"{PREFIX}submissions/{view.id}").text
    local = view.accepted_at.astimezone(__import__("zoneinfo").ZoneInfo("Asia/Seoul"))
    assert f"{local:%H:%M}" in page


def test_marks_reach_the_learner_at_once(academy: Academy) -> None:
    """Saved marks and comment stand on the learner's page, and the answer no longer waits."""
    id = academy.submitted()
    client = academy.browser("instructor")
    saved = client.post(f"{PREFIX}instructor/answers/{id}/memo", data=answer_form(client, id))
    assert saved.status_code == 303
    page = academy.client("learner").get(f"{PREFIX}submissions/{id}").text
    assert "좋습니다" in page
    assert "10 / 15" in page
    assert academy.records.waiting() == []


def test_the_second_instructor_is_told(academy: Academy) -> None:
    """Two open the same answer: the second gets 409, keeps what was typed, and sees the first one's marks."""
    id = academy.submitted()
    first, second = academy.browser("instructor"), academy.browser("chief")
    form = answer_form(second, id)
    first.post(f"{PREFIX}instructor/answers/{id}/memo", data=answer_form(first, id))
    refused = second.post(f"{PREFIX}instructor/answers/{id}/memo", data=form | {"comment": "다른 의견"})
    assert refused.status_code == 409
    assert "다른 의견" in refused.text
    assert "instructor 님이" in refused.text
    assert academy.records.submission(id).written[0].comment == "좋습니다"


@pytest.mark.parametrize("mark", ["", "4", "-1", "x", "²", "99999999999"])
def test_a_mark_outside_the_rubric_is_not_saved(academy: Academy, mark: str) -> None:
    """422, and the answer still waits."""
    id = academy.submitted()
    client = academy.browser("instructor")
    form = answer_form(client, id) | {"mark-facts": mark}
    assert client.post(f"{PREFIX}instructor/answers/{id}/memo", data=form).status_code == 422
    assert len(academy.records.waiting()) == 1


def posts(academy: Academy, id: str) -> list[tuple[str, dict[str, str]]]:
    """Every form: where it goes, and its fields without the token."""
    return [
        (f"instructor/answers/{id}/memo", MARKS | {"version": "0"}),
        ("instructor/accounts", {"name": "outsider", "role": "learner", "department": "civil-affairs"}),
        (f"instructor/parked/{id}", {}),
        ("instructor/regrades", {"exercise": "C05-E3", "scope": "all"}),
        (f"instructor/regrades/{id}/apply", {}),
        (f"instructor/regrades/{id}/discard", {}),
        (f"notices/{id}", {}),
    ]


def test_every_form_needs_its_token(academy: Academy) -> None:
    """Missing, wrong, someone else's, or sent by a script or a foreign page: 403, and nothing changes."""
    id = academy.submitted()
    client, other = academy.browser("instructor"), academy.browser("chief")
    good = answer_form(client, id)["xsrf"]
    foreign = answer_form(other, id)["xsrf"]
    bad = [
        ({}, {}),
        ({"xsrf": ""}, {}),
        ({"xsrf": foreign}, {}),
        ({"xsrf": "é"}, {}),
        ({"xsrf": good}, {"Origin": "https://evil.example"}),
        ({"xsrf": good}, {"Origin": "null"}),
        ({"xsrf": good}, {"Sec-Fetch-Site": "cross-site"}),
        ({"xsrf": good}, {"Sec-Fetch-Site": "same-site"}),
        ({"xsrf": good}, {"Sec-Fetch-Mode": "cors"}),
    ]
    for path, form in posts(academy, id):
        for token, headers in bad:
            answer = client.post(PREFIX + path, data=form | token, headers=headers)
            assert answer.status_code == 403, (path, token, headers)
    assert len(academy.records.waiting()) == 1
    assert not academy.records.account("outsider").approved
    assert academy.records.regrades() == []


def test_the_list_of_forms_is_whole(academy: Academy) -> None:
    """Every POST outside the API is among those tested for its token."""
    from .test_access import endpoints

    found = {path for method, path in endpoints(academy) if method == "POST" and "/api/" not in path}
    assert len(found) == len(posts(academy, "x"))
    assert {method for method, _ in endpoints(academy)} == {"GET", "POST"}


def test_a_token_without_its_cookie_is_worth_nothing(academy: Academy) -> None:
    """Double submit: the form's token alone does not do."""
    id = academy.submitted()
    form = answer_form(academy.browser("instructor"), id)
    assert (
        academy.browser("instructor").post(f"{PREFIX}instructor/answers/{id}/memo", data=form).status_code
        == 403
    )


def test_the_token_cookie_is_strict(academy: Academy) -> None:
    """HttpOnly, SameSite=Strict, on the service's path."""
    answer = academy.browser("instructor").get(f"{PREFIX}instructor/")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("civiclab-xsrf="))
    assert "HttpOnly; SameSite=Strict" in cookie
    assert f"Path={PREFIX}" in cookie


def approve(academy: Academy, by: str, **form: str) -> int:
    """Send the approval form; its status."""
    client = academy.browser(by)
    token = xsrf_of(client.get(f"{PREFIX}instructor/").text)
    fields = {"role": "learner", "department": "civil-affairs", "xsrf": token} | form
    return client.post(f"{PREFIX}instructor/accounts", data=fields).status_code


def test_an_approval_opens_the_academy(academy: Academy) -> None:
    """After it the outsider is a learner of a department."""
    assert approve(academy, "instructor", name="outsider") == 303
    assert academy.client("outsider").get(PREFIX).status_code == 200


@pytest.mark.parametrize(
    ("by", "form", "status"),
    [
        ("instructor", {"name": "outsider", "role": "admin"}, 403),
        ("instructor", {"name": "instructor", "role": "admin"}, 403),
        ("instructor", {"name": "chief", "role": "learner"}, 403),
        ("instructor", {"name": "chief", "act": "withdraw"}, 403),
        ("instructor", {"name": "outsider", "department": "palace"}, 422),
        ("instructor", {"name": "outsider", "role": "king"}, 422),
        ("instructor", {"name": "nobody"}, 404),
        ("chief", {"name": "outsider", "role": "admin"}, 303),
        ("chief", {"name": "instructor", "act": "withdraw"}, 303),
    ],
)
def test_nobody_is_lifted_above_the_one_who_approves(
    academy: Academy, by: str, form: dict[str, str], status: int
) -> None:
    """Only an admin makes admins or changes accounts that instruct."""
    assert approve(academy, by, **form) == status


def test_a_parked_submission_goes_back_into_the_queue(academy: Academy) -> None:
    """The instructor's button gives it new tries."""
    id = academy.records.accept(
        learner="learner", exercise="C05-E3", version="", language="ko", body=b"{}", key="k" * 8
    ).id
    for _ in range(3):
        academy.records.lease("w", 60)
        academy.records.fail(id, "no jail")
    client = academy.browser("instructor")
    page = client.get(f"{PREFIX}instructor/parked").text
    assert "no jail" in page
    client.post(f"{PREFIX}instructor/parked/{id}", data={"xsrf": xsrf_of(page)})
    assert academy.records.parked() == []
    assert academy.records.lease("w", 60).id == id


def test_the_not_approved_page_says_so(academy: Academy) -> None:
    """Plain words and a way to the public courses."""
    page = academy.client("outsider").get(PREFIX).text
    assert "승인을 기다리고 있습니다" in page
    assert "/hub/logout" in page


def test_health_is_red_when_nothing_can_be_written(academy: Academy, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 while the records can be written, else 503."""
    assert academy.client().get("/healthz").status_code == 200
    monkeypatch.setattr(academy.records, "healthy", lambda: False)
    assert academy.client().get("/healthz").status_code == 503


def messages() -> set[str]:
    """Every message id in the templates and in the Python of service and records."""
    found: set[str] = set()
    for template in (SERVICE / "templates").glob("*.html"):
        found |= set(re.findall(r'\bt\(\s*"([^"]+)"', template.read_text()))
        found |= set(re.findall(r"\bt\(\s*'([^']+)'", template.read_text()))
    for file in [*SERVICE.glob("*.py"), *(SERVICE.parent / "records").glob("*.py")]:
        found |= set(_raised(ast.parse(file.read_text())))
    return found


def _raised(tree: ast.Module) -> list[str]:
    """First text that looks like a sentence in each raised or built error, and the tables of words."""
    errors = re.compile(
        r"Problem|BadInput|NotLoopback|KeyReused|StaleMark|Bad\w+|Unknown\w+|StorageFull|\w+Refused"
    )
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and errors.fullmatch(node.func.id):
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            found += [text for text in texts if isinstance(text, str) and " " in text]
    return found


def test_every_message_has_its_korean() -> None:
    """No English shows through on a Korean page: all ids of templates and errors are in the catalogue."""
    from civiclab.service.presentation import ADVICE, OUTCOMES, STATES
    from civiclab.service.problems import PLAIN

    tables = [*ADVICE.values(), *OUTCOMES.values(), *STATES.values(), *(text for _, text in PLAIN.values())]
    found = messages() | set(tables)
    assert len(found) > 100
    assert [one for one in sorted(found) if translate(one, "ko") == one] == []
