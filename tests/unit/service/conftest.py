"""A small academy for the service's tests: the real app, records on disk, and a made-up Hub.

Only the Hub is false here: `FakeHub` knows a token a person. The real Hub is met in tests/integration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from civiclab.catalog.loader import Catalog
from civiclab.catalog.models import (
    Check,
    City,
    Clause,
    Competency,
    Course,
    Criterion,
    Department,
    Domain,
    Exercise,
    Message,
    Mode,
    Text,
    Written,
)
from civiclab.records.results import CheckVerdict, GradedSubmission, Outcome, WrittenAnswer
from civiclab.records.store import Records, open_records
from civiclab.service.app import create_app
from civiclab.service.hubdoor import HubUser, SignIn
from civiclab.service.settings import ServiceSettings

CAST = ("learner", "colleague", "instructor", "outsider", "chief")
PREFIX = "/services/civiclab/"


def text(ko: str, en: str) -> Text:
    """A text in both languages."""
    return Text(ko=ko, en=en)


class FakeHub:
    """Knows `token-<name>` for everyone of the cast; signs in whoever `code-<name>` names."""

    def __init__(self) -> None:
        self.wanted: dict[str, str] = {}

    async def user(self, token: str, session: str) -> HubUser | None:
        name = token.removeprefix("token-")
        if name == "stranger":
            return HubUser("stranger", may_enter=False)
        return HubUser(name, may_enter=True) if name in CAST else None

    def sign_in(self, next_url: str) -> SignIn:
        state = f"state{len(self.wanted)}"
        self.wanted[state] = next_url
        return SignIn(f"/hub/api/oauth2/authorize?state={state}", state)

    async def finish(self, code: str, state: str) -> tuple[str, str]:
        return code.replace("code-", "token-"), self.wanted.pop(state)


def make_catalog(folder: Path) -> Catalog:
    """Two exercises of one course, one with a written answer; one clause."""
    rubric = [
        Criterion(
            id=id,
            title=text(ko, en),
            anchors={
                n: text(f"보기 답안 {n}: {ko}을(를) {n}만큼 다룹니다.", f"Example {n} of {en}")
                for n in range(4)
            },
        )
        for id, ko, en in [
            ("facts", "사실과 근거", "Facts and evidence"),
            ("people", "영향받는 사람", "People affected"),
            ("clause", "조항 적용", "Applying the clause"),
            ("remedy", "완화책·책임자·기한", "Remedy, owner, deadline"),
            ("rest", "잔여 위험", "Remaining risk"),
        ]
    ]
    anonymity = Exercise(
        id="C05-E3",
        folder="c05-e3-k-anonymity",
        title=text("주민 자료를 k-익명으로 바꾸기", "Make resident data k-anonymous"),
        summary=text("나이와 동을 뭉뚱그려 k=5를 맞춥니다.", "Coarsen age and dong until k = 5 holds."),
        level=2,
        minutes=25,
        mode=Mode.PARAMETER,
        clauses=("G-05",),
        competencies=("D3-2", "D2-1"),
        checks={
            "k-anonymity": Check(
                title=text("k가 5 이상", "k is at least 5"), points=4, critical=True, clause="G-05"
            ),
            "loss": Check(title=text("정보 손실이 30% 이하", "Information loss is at most 30 %"), points=4),
        },
        messages={
            "too-fine": Message(
                ko="아직 혼자 남는 사람이 있습니다. 나이 구간을 더 넓혀 보세요.",
                en="Some people still stand alone. Try wider age bands.",
                clause="G-05",
            )
        },
        written={
            "memo": Written(title=text("과장에게 쓰는 메모", "A memo to your head"), criteria=tuple(rubric))
        },
        path=folder,
    )
    waiting = anonymity.model_copy(
        update={
            "id": "C05-E4",
            "folder": "c05-e4-masking",
            "title": text("민원 글에서 개인정보 가리기", "Mask personal information in complaints"),
            "summary": text("남은 전화번호와 주소를 찾아 가립니다.", "Find and mask what is left."),
            "competencies": ("D3-1",),
            "written": {},
        }
    )
    course = Course(
        id="C05",
        folder="c05-privacy",
        title=text("개인정보 보호와 익명처리", "Privacy and anonymization"),
        summary=text("요약", "Summary"),
        audience=text("모든 직원", "Everyone"),
        level=2,
        outcomes=(),
        lessons=(),
        exercises=("C05-E3", "C05-E4"),
    )
    clause = Clause(
        id="G-05",
        title=text("필요한 만큼만, 익명으로", "No more than needed, and anonymous"),
        summary=text("규칙", "Rule"),
        version="0.1",
        reviewed=date(2026, 11, 22),
        sources=(),
        pages={},
    )
    statements = {
        "D2-1": ("자료에 무엇이 들어 있는지 설명할 수 있다.", "Can say what a dataset holds."),
        "D3-1": ("글에서 개인정보를 찾아 가릴 수 있다.", "Can find and mask personal information."),
        "D3-2": ("공개할 자료의 재식별 위험을 판단할 수 있다.", "Can judge the risk of a release."),
    }
    return Catalog(
        content=folder,
        city=City(
            id="gwangmyeong",
            name=text("광명시", "Gwangmyeong"),
            academy=text("광명시 AI 역량 배움터", "Gwangmyeong AI Learning Bench"),
            timezone="Asia/Seoul",
            dongs=("철산1동",),
            departments=(
                Department(id="civil-affairs", name=text("민원과", "Civil Affairs")),
                Department(id="urban-safety", name=text("안전총괄과", "Urban Safety")),
            ),
            guideline_owner=text("과", "Department"),
            guideline_status=text("초안", "Draft"),
            primary_colour="#0b4f8a",
        ),
        domains={
            "D2": Domain(id="D2", name=text("데이터 이해", "Data")),
            "D3": Domain(id="D3", name=text("개인정보와 보안", "Privacy and security")),
        },
        competencies={id: Competency(id=id, statement=text(*said)) for id, said in statements.items()},
        terms=(),
        clauses={"G-05": clause},
        courses={"C05": course},
        exercises={"C05-E3": anonymity, "C05-E4": waiting},
        datasets={},
    )


def graded(memo: str = "메모", k: Outcome = Outcome.FAIL) -> GradedSubmission:
    """One failed and one passed check, and a memo."""
    return GradedSubmission(
        verdicts=(
            CheckVerdict(
                "k-anonymity", k, 4 if k == Outcome.PASS else 0, 4, "too-fine" if k != "PASS" else None
            ),
            CheckVerdict("loss", Outcome.PASS, 4, 4),
        ),
        written=(WrittenAnswer("memo", memo, 15, bool(memo)),),
        output="k = 3",
    )


@dataclass
class Academy:
    """The app and its records."""

    app: FastAPI
    records: Records
    site: Path

    def client(self, name: str | None = None) -> TestClient:
        """A browser or program signed in as `name` by header; nobody without one."""
        headers = {"Authorization": f"token token-{name}"} if name else {}
        return TestClient(self.app, headers=headers, follow_redirects=False, raise_server_exceptions=False)

    def browser(self, name: str) -> TestClient:
        """A browser signed in as `name` by cookie."""
        client = self.client()
        client.cookies.set("civiclab-session", f"token-{name}", path=PREFIX)
        return client

    def submitted(self, learner: str = "learner", memo: str = "메모", *, key: str = "key-00001") -> str:
        """A published submission's id."""
        accepted = self.records.accept(
            learner=learner, exercise="C05-E3", version="1", language="ko", body=b"{}", key=key
        )
        self.records.lease("test", 60)
        self.records.publish(
            accepted.id, graded(memo), mastered=False, competencies=["D3-2", "D2-1"], level=2
        )
        return accepted.id


@pytest.fixture
def academy(tmp_path: Path) -> Academy:
    """The service with its standing cast: one learner a department, an instructor, an admin, an outsider."""
    site = tmp_path / "site"
    (site / "en").mkdir(parents=True)
    (site / "index.html").write_text("<h1>한국어</h1><script>let a = 1</script>")
    (site / "404.html").write_text("없음")
    (site / "en/404.html").write_text("missing")
    (site / "en/index.html").write_text("<h1>English</h1>" + "x" * 2000)
    (site / ".secret").write_text("hidden")
    (tmp_path / "outside.txt").write_text("outside")
    records = open_records(f"sqlite:///{tmp_path}/records.db")
    records.approve("learner", "learner", "civil-affairs", "chief")
    records.approve("colleague", "learner", "urban-safety", "chief")
    records.approve("instructor", "instructor", "civil-affairs", "chief")
    records.approve("chief", "admin", "civil-affairs", "chief")
    records.request_account("outsider")
    settings = ServiceSettings(content=tmp_path, site=site, database="", secret="s3cret")
    app = create_app(
        settings,
        hub=FakeHub(),
        records=records,
        catalog=make_catalog(tmp_path),
        intake=lambda body, exercise: None,
    )
    return Academy(app, records, site)
