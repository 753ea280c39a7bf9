"""The whole journey in a real browser, in Korean and in English: read, open, answer, submit, be marked, grow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from civiclab.catalog.loader import load_catalog
from civiclab.checking.content import reference

pytestmark = [pytest.mark.browser, pytest.mark.hub]
PATIENCE = 60_000  # milliseconds; a shared machine


@dataclass(frozen=True)
class Words:
    """What the pages say in one language."""

    root: str
    learner: str
    open: str
    submit: str
    passed: str
    untried: str
    waiting: str
    save: str
    comment: str
    full_page: str
    attempt: str


KO = Words(
    "/",
    "learner",
    "내 실습실에서 열기",
    "제출",
    "통과",
    "아직 풀지 않음",
    "강사의 채점을 기다리고",
    "점수 저장",
    "근거가 분명합니다",
    "이 제출 자세히 보기",
    "{}번째 제출",
)
EN = Words(
    "/en/",
    "colleague",
    "Open in my sandbox",
    "Submit",
    "Passed",
    "Not answered yet",
    "Waiting for an instructor",
    "Save the marks",
    "Well argued",
    "See this submission in full",
    "submission {}",
)


def signed_in(page: Page, name: str, password: str) -> None:
    """Types name and password into the sign-in form."""
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("form [type=submit]").first.click()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A browser of one's own, with nothing remembered. Whatever it asks of a foreign host is a fault."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    foreign: list[str] = []
    context.on(
        "request",
        lambda request: (
            foreign.append(request.url)
            if not re.match(r"(https?://127\.0\.0\.1|data:|blob:)", request.url)
            else None
        ),
    )
    one = context.new_page()
    one.set_default_timeout(PATIENCE)
    yield one
    context.close()
    assert not foreign


def fill_cell(page: Page, cell: Any, text: str) -> None:
    """Replaces a cell's text as a person would: click, select all, type."""
    cell.scroll_into_view_if_needed()
    if "jp-MarkdownCell" in (cell.get_attribute("class") or ""):
        cell.dblclick()
    editor = cell.locator(".cm-content").first
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def open_exercise(page: Page, academy: Any, words: Words, folder: str) -> None:
    """From the public exercise page into the notebook in the learner's own sandbox."""
    page.goto(academy.url(f"{words.root}exercises/{folder}/"))
    page.get_by_role("link", name=words.open).first.click()
    page.wait_for_load_state()
    if "/hub/login" in page.url:
        signed_in(page, words.learner, academy.passwords[words.learner])
    page.wait_for_url("**/lab/tree/**")
    page.get_by_role("button", name=words.submit, exact=True).first.wait_for()
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()


def submit(page: Page, words: Words, attempt: int) -> Any:
    """Submits; the panel once it shows this attempt's verdicts."""
    page.get_by_role("button", name=words.submit, exact=True).first.click()
    panel = page.locator("#civiclab-results")
    expect(panel).to_contain_text(words.attempt.format(attempt), timeout=PATIENCE)
    panel.get_by_role("link", name=re.compile(words.full_page)).wait_for()
    return panel


@pytest.mark.parametrize("words", [KO, EN], ids=["ko", "en"])
def test_the_whole_journey(words: Words, academy: Any, page: Page, chromium: Browser, content: Any) -> None:
    """A clause leads to its exercise, the exercise to a sandbox, the answer to marks, the memo to an instructor."""
    language = "ko" if words is KO else "en"
    catalog = load_catalog(content)

    # She reads a clause without signing in, and finds the exercise that trains it.
    page.goto(academy.url(f"{words.root}guidelines/g-05/"))
    page.locator("main, article").get_by_role(
        "link", name=catalog.exercises["C05-E3"].title[language]
    ).first.click()
    expect(page).to_have_url(re.compile(r"/exercises/c05-e3-k-anonymity/"))

    # She opens the first exercise in her own sandbox and submits it untouched: not tried, which is not wrong.
    exercise = catalog.exercises["C05-E1"]
    open_exercise(page, academy, words, exercise.folder)
    panel = submit(page, words, 1)
    expect(panel.get_by_text(words.untried).first).to_be_visible()

    # She answers, submits again, and every check passes.
    answer = reference(exercise, language)["masks"]
    stub = page.locator(".jp-CodeCell").filter(
        has_text=re.compile("write your answer here|change the values above")
    )
    fill_cell(page, stub.first, answer)
    panel = submit(page, words, 2)
    expect(panel.get_by_text(words.passed, exact=True)).to_have_count(len(exercise.checks))

    # What she wrote is still there when she opens the exercise again.
    open_exercise(page, academy, words, exercise.folder)
    expect(page.locator(".jp-Notebook")).to_contain_text(answer.strip().splitlines()[0][:20])

    # The memo is checked for completeness at once and waits for an instructor.
    memo = catalog.exercises["C05-E5"]
    open_exercise(page, academy, words, memo.folder)
    written = page.locator(".jp-MarkdownCell").filter(
        has_text={"ko": "여기에 답을 쓰세요.", "en": "Write your answer here."}[language]
    )
    fill_cell(page, written.first, reference(memo, language)["memo"])
    panel = submit(page, words, 1)
    expect(panel.get_by_text(re.compile(words.waiting)).first).to_be_visible()

    # An instructor marks it against the rubric, with a comment.
    grade_memo(chromium, academy, words, language, memo)

    # She sees marks and comment, and her competencies have moved.
    page.goto(academy.url(f"/services/civiclab/?lang={language}"))
    for done in (exercise, memo):
        expect(page.locator("main")).to_contain_text(f"{done.title[language]} (100%)")
    evidence = page.locator("main").get_by_role("link", name=memo.title[language])
    evidence.and_(page.locator("[href*='/submissions/']")).first.click()
    expect(page.locator("main")).to_contain_text(words.comment)


def grade_memo(chromium: Browser, academy: Any, words: Words, language: str, memo: Any) -> None:
    """The instructor's part, in a browser of her own."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(academy.url(f"/services/civiclab/instructor/?lang={language}"))
    signed_in(page, "instructor", academy.passwords["instructor"])
    page.wait_for_url("**/instructor/**")
    row = page.get_by_role("row").filter(has_text=words.learner).filter(has_text=memo.title[language])
    row.get_by_role("link").first.click()
    for criterion in memo.written["memo"].criteria:
        page.locator(f"input[name='mark-{criterion.id}'][value='3']").check()
    page.locator("#comment").fill(words.comment)
    page.get_by_role("button", name=words.save).click()
    page.wait_for_url("**/instructor/**")
    expect(page.get_by_role("row").filter(has_text=words.learner)).to_have_count(0)
    context.close()
