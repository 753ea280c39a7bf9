"""The API: submissions in, verdicts out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from civiclab.records.store import StorageFull
from civiclab.service.app import create_app
from civiclab.service.intake import RateLimit
from civiclab.service.problems import Problem
from civiclab.service.settings import ServiceSettings, from_environment

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Academy

API = "/services/civiclab/api/"
SUBMIT = f"{API}submissions?exercise=C05-E3&lang=ko"
KEY = {"Idempotency-Key": "0123456789"}


def code(answer: object) -> tuple[int, str]:
    """Status and error code."""
    return answer.status_code, answer.json()["error"]["code"]


def test_a_submission_is_accepted_with_its_bytes(academy: Academy) -> None:
    """202, the object of the panel, and the very bytes in the records; the token names the learner."""
    body = b'{"metadata": {"civiclab": {"version": "abc"}}, "learner": "colleague"}'
    answer = academy.client("learner").post(SUBMIT, content=body, headers=KEY)
    sheet = answer.json()
    assert (answer.status_code, sheet["state"], sheet["attempt"]) == (202, "accepted", 1)
    assert sheet["page"] == f"/services/civiclab/submissions/{sheet['id']}"
    view = academy.records.submission(sheet["id"])
    assert view is not None
    assert (view.learner, view.version, view.language) == ("learner", "abc", "ko")
    assert academy.records.body(sheet["id"]) == body


def test_the_same_request_twice_is_one_submission(academy: Academy) -> None:
    """A retry gets the same answer; another body under the same key gets 409."""
    client = academy.client("learner")
    first = client.post(SUBMIT, content=b"{}", headers=KEY).json()
    assert client.post(SUBMIT, content=b"{}", headers=KEY).json()["id"] == first["id"]
    assert code(client.post(SUBMIT, content=b"[]", headers=KEY)) == (409, "key-reused")


def test_a_body_over_the_cap_is_refused_while_it_streams(academy: Academy) -> None:
    """413 by the declared length, and for a body that does not declare one."""
    client = academy.client("learner")

    def endless() -> object:
        for _ in range(200):
            yield b"x" * 100_000
        raise AssertionError("the whole body was read")

    assert code(client.post(SUBMIT, content=b"x" * (10 * 1024 * 1024 + 1), headers=KEY)) == (413, "too-large")
    small = client.post(SUBMIT, content=(b"y" for _ in range(3)), headers=KEY)
    assert small.status_code == 202
    with pytest.raises(Problem) as refused:
        _read(endless())
    assert refused.value.status == 413


def _read(chunks: object) -> bytes:
    """`read_body` on a request whose body comes in chunks without a length."""
    import asyncio

    from fastapi import Request

    from civiclab.service.intake import MOST_SUBMISSION_BYTES, read_body

    source = iter(chunks)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": next(source), "more_body": True}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    return asyncio.run(read_body(request, MOST_SUBMISSION_BYTES))


def test_a_compressed_body_is_refused(academy: Academy) -> None:
    """What might be a bomb is not unpacked."""
    answer = academy.client("learner").post(SUBMIT, content=b"x", headers=KEY | {"Content-Encoding": "gzip"})
    assert code(answer) == (415, "compressed")


@pytest.mark.parametrize("key", [None, "", "short", "../../etc/passwd", "x" * 129])
def test_a_key_is_needed(academy: Academy, key: str | None) -> None:
    """Without a proper Idempotency-Key nothing is kept."""
    headers = {"Idempotency-Key": key} if key is not None else {}
    answer = academy.client("learner").post(SUBMIT, content=b"{}", headers=headers)
    assert answer.status_code == 422
    assert academy.records.attempts("learner", "C05-E3") == []


def test_an_unknown_exercise_is_not_found(academy: Academy) -> None:
    """404 with its own code."""
    answer = academy.client("learner").post(f"{API}submissions?exercise=C99-E9", content=b"{}", headers=KEY)
    assert code(answer) == (404, "unknown-exercise")


def test_a_flood_of_submissions_is_slowed(academy: Academy) -> None:
    """The thirty-first within a minute gets 429; a colleague is not touched."""
    client = academy.client("learner")
    answers = [client.post(SUBMIT, content=b"{}", headers=KEY).status_code for _ in range(31)]
    assert answers == [202] * 30 + [429]
    assert academy.client("colleague").post(SUBMIT, content=b"{}", headers=KEY).status_code == 202


def test_the_rate_limit_forgets() -> None:
    """Who waits a minute may go on, and learners that went quiet take no memory."""
    now = [0.0]
    limit = RateLimit(2, 60, lambda: now[0])
    limit.take("learner")
    limit.take("learner")
    with pytest.raises(Problem):
        limit.take("learner")
    now[0] = 61
    limit.take("colleague")
    assert set(limit._moments) == {"colleague"}


def test_a_full_disk_is_507(academy: Academy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is acknowledged; the words are the learner's language."""

    def full(**_: object) -> None:
        raise StorageFull("The disk is full. Nothing was saved; please tell the person who runs the server.")

    monkeypatch.setattr(academy.records, "accept", full)
    answer = academy.client("learner").post(SUBMIT, content=b"{}", headers=KEY)
    assert code(answer) == (507, "storage-full")
    assert "디스크" in answer.json()["error"]["message"]


def test_verdicts_are_said_in_the_readers_language(academy: Academy) -> None:
    """Title, outcome, the exercise's own message and its clause, in Korean and English."""
    id = academy.submitted()
    ko = academy.client("learner").get(f"{API}submissions/{id}").json()
    en = academy.client("learner").get(f"{API}submissions/{id}?lang=en").json()
    assert (ko["score"], ko["max_score"], ko["waiting"], ko["mastered"]) == (4, 23, True, False)
    failed = ko["verdicts"][0]
    assert (failed["outcome"], failed["title"]) == ("FAIL", "k가 5 이상")
    assert failed["message"].startswith("아직 혼자 남는")
    assert failed["clause"]["url"] == "/guidelines/g-05/"
    assert en["verdicts"][0]["message"] == "Some people still stand alone. Try wider age bands."
    assert en["verdicts"][0]["clause"]["url"] == "/en/guidelines/g-05/"
    assert ko["written"] == [
        {
            "cell": "memo",
            "title": "과장에게 쓰는 메모",
            "state": "waiting",
            "points": None,
            "max_points": 15.0,
            "comment": "",
        }
    ]


def test_a_fault_of_ours_tells_nothing(academy: Academy, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 with plain words: no stack, no path, and all the security headers."""

    def broken(*_: object) -> None:
        raise RuntimeError("secret /srv/path token-learner")

    monkeypatch.setattr(academy.records, "attempts", broken)
    answer = academy.client("learner").get(f"{API}exercises/C05-E3/attempts")
    assert code(answer) == (500, "our-fault")
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_real_intake_is_asked(academy: Academy, tmp_path: Path) -> None:
    """Without a stand-in the grading room looks at every body: what is no notebook is refused and not kept."""
    from .conftest import FakeHub, make_catalog

    settings = ServiceSettings(content=tmp_path, site=None, database="", secret="s")
    academy.app = create_app(settings, hub=FakeHub(), records=academy.records, catalog=make_catalog(tmp_path))
    answer = academy.client("learner").post(SUBMIT, content=b"not json", headers=KEY)
    assert answer.status_code == 422
    assert academy.records.attempts("learner", "C05-E3") == []


def test_settings_name_what_is_missing() -> None:
    """A person learns which variable is not set, and that only 127.0.0.1 is listened on."""
    env = {
        "CIVICLAB_CONTENT": "/c",
        "CIVICLAB_DATABASE": "sqlite://",
        "JUPYTERHUB_API_TOKEN": "t",
        "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:9999",
    }
    assert from_environment(env).port == 9999
    for name in env:
        with pytest.raises(Exception, match=name):
            from_environment({key: value for key, value in env.items() if key != name})
    with pytest.raises(Exception, match=r"0\.0\.0\.0"):
        from_environment(env | {"JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:9999"})
