"""The published site, judged by its HTML and in a real browser, never by the builder's word."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from civiclab.catalog.loader import Catalog, load_catalog
from civiclab.errors import BadContent
from civiclab.hub.publishing import publish

REPOSITORY = Path(__file__).parents[2]
LANGUAGES = {"ko": "", "en": "en/"}
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def both(ko: str, en: str) -> dict[str, str]:
    """A text in both languages."""
    return {"ko": ko, "en": en}


def write_yaml(path: Path, value: object) -> None:
    """Writes `value` as YAML, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), "utf-8")


def write_page(path: Path, head: dict[str, object], body: str) -> None:
    """Writes a page with its head."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{yaml.safe_dump(head, allow_unicode=True)}---\n{body}", "utf-8")


CITY = {
    "id": "solbit",
    "name": both("솔빛시", "Solbit"),
    "academy": both("솔빛시 AI 배움터", "Solbit AI Learning Bench"),
    "timezone": "Asia/Seoul",
    "dongs": ["솔1동"],
    "departments": [{"id": "civil-affairs", "name": both("민원과", "Civil Affairs")}],
    "guideline_owner": both("정보과", "Information Department"),
    "guideline_status": both("교육용 초안", "Training draft"),
    "primary_colour": "#1fa37a",
}
CLAUSES = {
    "g-05": ("최소수집", "Collect little", "꼭 필요한 항목만 모읍니다.", "Collect only what is needed."),
    "g-12": ("공정성", "Fairness", "차별이 없는지 살핍니다.", "Look for unfair treatment."),
}
BODIES = {
    "g-05": ("## 까닭\n\n개인정보를 줄이면 위험도 줄어듭니다.\n", "## Why\n\nLess data, less risk.\n"),
    "g-12": (
        "## 까닭\n\n어르신도 쓸 수 있어야 합니다.\n",
        "## Why\n\nOlder people must be able to use it.\n",
    ),
}
EXERCISES = {
    "c05-e1-minimize": ("C05-E1", ["G-05", "G-12"], "항목 줄이기", "Drop the fields"),
    "c05-e2-fair": ("C05-E2", ["G-12"], "집단별로 <견주기>", "Compare the *groups*"),
}


def write_clause(content: Path, slug: str) -> None:
    """Both pages of one clause."""
    titles, summaries = CLAUSES[slug][:2], CLAUSES[slug][2:]
    for place, language in enumerate(LANGUAGES):
        head = {
            "id": slug.upper(),
            "title": titles[place],
            "summary": summaries[place],
            "version": "0.1",
            "reviewed": "2026-11-22",
            "sources": [{"text": "A paper" if place else "논문", "mark": "2nd"}],
        }
        write_page(content / f"courses/guidelines/{slug}.{language}.md", head, BODIES[slug][place])


def write_exercise(content: Path, folder: str) -> None:
    """An exercise with one check, and a message that must stay hidden."""
    number, clauses, ko, en = EXERCISES[folder]
    fields = {
        "id": number,
        "title": both(ko, en),
        "summary": both("자료에서 필요한 항목만 남깁니다.", "Keep only the fields you need."),
        "level": 1,
        "minutes": 15,
        "mode": "choice",
        "clauses": clauses,
        "competencies": ["D5-1"],
        "checks": {
            "fields": {"title": both("항목 | 수", "Number of | fields"), "points": 2.5, "clause": clauses[0]}
        },
        "messages": {"too-many": both("비밀 귀띔입니다.", "A secret hint.")},
    }
    write_yaml(content / "exercises" / folder / "exercise.yaml", fields)
    (content / "exercises" / folder / "exercise.py").write_text("# %%\n", "utf-8")


def write_course(content: Path) -> None:
    """A course of one lesson, which links a clause and an exercise."""
    folder = content / "courses/c05-privacy"
    fields = {
        "id": "C05",
        "title": both("개인정보 지키기", "Protecting privacy"),
        "summary": both("줄이고 가립니다.", "Reduce and hide."),
        "audience": both("모든 직원", "All staff"),
        "level": 1,
        "outcomes": [both("필요한 항목을 고를 수 있다", "Choose the fields needed")],
        "lessons": ["why"],
        "exercises": [number for number, *_ in EXERCISES.values()],
    }
    write_yaml(folder / "course.yaml", fields)
    for language, title in (("ko", "왜 줄이나요"), ("en", "Why less")):
        head = {"title": title, "minutes": 5, "clauses": ["G-05"], "exercises": ["C05-E1"]}
        body = "\n[G-05](../../guidelines/g-05.md#g-05), [E1](../../exercises/c05-e1-minimize.md)\n"
        write_page(folder / f"why.{language}.md", head, body)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A small city's content: one course, two exercises, two clauses, and the repository's own site folder."""
    return make_content(tmp_path / "content")


def make_content(content: Path) -> Path:
    """The small city's content, with the repository's own site folder."""
    write_yaml(content / "courses/city.yaml", CITY)
    competency = {"id": "D5-1", "statement": both("고를 수 있다", "Can choose")}
    skills = {"domains": [{"id": "D5", "name": both("윤리", "Ethics")}], "competencies": [competency]}
    write_yaml(content / "courses/competencies.yaml", skills)
    term = {"ko": "조항", "en": "clause", "definition": both("지침의 한 항목", "One item of the guideline")}
    write_yaml(content / "courses/glossary.yaml", {"terms": [term]})
    for slug in CLAUSES:
        write_clause(content, slug)
    for folder in EXERCISES:
        write_exercise(content, folder)
    write_course(content)
    shutil.copytree(REPOSITORY / "site", content / "site", ignore=shutil.ignore_patterns("__pycache__"))
    return content


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The small content, built once: `root` is what is served, `catalog` what it was made from."""
    folder = tmp_path_factory.mktemp("site")
    content = make_content(folder / "content")
    root = publish(content, folder / "out", report=lambda _: None)
    return SimpleNamespace(root=root, catalog=load_catalog(content))


def article(root: Path, address: str) -> str:
    """The page's own HTML, without header, menu and footer."""
    page = (root / address / "index.html").read_text("utf-8")
    return page[page.index("<article") : page.index("</article>")]


def pages(root: Path) -> Iterator[tuple[str, str, str]]:
    """Language, address without the language, and HTML of every page."""
    for path in sorted(root.rglob("index.html")):
        address = path.parent.relative_to(root).as_posix()
        language = "en" if address.split("/")[0] == "en" else "ko"
        yield language, re.sub(r"^(en/?|\.$)", "", address), path.read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tie_stands_on_both_pages(site: SimpleNamespace, language: str) -> None:
    """An exercise's page links each of its clauses, and each of them, and only they, links back."""
    catalog: Catalog = site.catalog
    for exercise in catalog.exercises.values():
        page = article(site.root, f"{LANGUAGES[language]}exercises/{exercise.folder}")
        for clause in catalog.clauses.values():
            back = article(site.root, f"{LANGUAGES[language]}guidelines/{clause.slug}")
            tied = clause.id in exercise.clauses
            assert (f'href="../../guidelines/{clause.slug}/#{clause.slug}"' in page) == tied
            assert (f'href="../../exercises/{exercise.folder}/"' in back) == tied


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exercise_shows_its_checks_and_hides_its_messages(site: SimpleNamespace, language: str) -> None:
    """Title and points of a check are public, what a learner is told on failing is not; titles stay literal."""
    page = article(site.root, f"{LANGUAGES[language]}exercises/c05-e1-minimize")
    assert {"ko": "항목 | 수", "en": "Number of | fields"}[language] in page
    assert "2.5" in page
    assert "비밀" not in page
    assert "secret" not in page.lower()
    other = article(site.root, f"{LANGUAGES[language]}exercises/c05-e2-fair")
    assert {"ko": "집단별로 &lt;견주기&gt;", "en": "Compare the *groups*"}[language] in other


def test_the_sandbox_button_goes_to_the_hub(site: SimpleNamespace) -> None:
    """The button is an absolute path on the Hub, with the exercise and the page's language."""
    for language, prefix in LANGUAGES.items():
        page = article(site.root, f"{prefix}exercises/c05-e1-minimize")
        assert f'href="/hub/user-redirect/civiclab/open?exercise=C05-E1&amp;lang={language}"' in page


def test_clauses_have_stable_anchors_and_say_how_sources_were_read(site: SimpleNamespace) -> None:
    """A clause's page and the list both carry the anchor; status, owner, review and marks are in words."""
    page = article(site.root, "guidelines/g-05")
    assert 'id="g-05"' in page
    assert 'id="g-05"' in article(site.root, "guidelines")
    for words in ("교육용 초안", "정보과", "2026-11-22", "2차 자료에서만 확인함"):
        assert words in page


def test_the_language_switch_keeps_the_page(site: SimpleNamespace) -> None:
    """Every page's switch leads to the same page in the other language, and that page exists."""
    seen = 0
    for language, address, html in pages(site.root):
        [target] = re.findall(r'<a href="([^"]*)" rel="alternate"', html)
        here = site.root / LANGUAGES[language] / address
        there = site.root / LANGUAGES["en" if language == "ko" else "ko"] / address
        assert (here / target).resolve() == there.resolve()
        assert (there / "index.html").is_file()
        seen += 1
    assert seen >= 2 * 11


def test_the_not_found_page_speaks_both_languages(site: SimpleNamespace) -> None:
    """Both 404 pages say it in both languages and link from the root, wherever the wrong address was."""
    for prefix in LANGUAGES.values():
        page = (site.root / prefix / "404.html").read_text("utf-8")
        assert "찾으시는 페이지가 없습니다" in page
        assert "This page does not exist" in page
        assert f'href="/{prefix}stylesheets/site.css"' in page


def test_nothing_is_loaded_from_a_foreign_host(site: SimpleNamespace) -> None:
    """No page or style loads anything by an address with a host in it."""
    loading = re.compile(r'<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)="((?:https?:)?//[^"]*)"')
    styled = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')]*)""")
    texts = {
        path: path.read_text("utf-8") for path in site.root.rglob("*") if path.suffix in {".html", ".css"}
    }
    assert len(texts) > 25
    for path, text in texts.items():
        assert not loading.findall(text), path
        assert not styled.findall(text), path


def test_every_link_inside_the_site_leads_to_a_page_and_an_anchor(site: SimpleNamespace) -> None:
    """Links of the built pages, header and footer included, all arrive."""
    for language, address, html in pages(site.root):
        for target in re.findall(r'<a\b[^>]*?\bhref="([^"]*)"', html):
            if target.startswith(("/hub/", "/services/")):
                continue
            path, _, anchor = target.partition("#")
            page = (site.root / LANGUAGES[language] / address / path / "index.html").resolve()
            assert page.is_file(), (address, target)
            assert not anchor or f'id="{anchor}"' in page.read_text("utf-8"), (address, target)


def test_the_korean_index_is_cut_into_morphemes(site: SimpleNamespace) -> None:
    """The index parts a noun from its particle; what the query needs is there; English has neither."""
    index = json.loads((site.root / "search/search_index.json").read_text("utf-8"))
    assert any(
        "개인\u200b정보\u200b를" in doc["text"] or "개인정보\u200b를" in doc["text"] for doc in index["docs"]
    )
    terms = json.loads((site.root / "search/korean-terms.json").read_text("utf-8"))
    assert "를" in terms["function"]
    assert any("노인" in group and "어르신" in group for group in terms["synonyms"])
    assert not (site.root / "en/search/korean-terms.json").exists()


def broken(content: Path, out: Path) -> str:
    """What the refused build says."""
    with pytest.raises(BadContent) as refused:
        publish(content, out, report=lambda _: None)
    assert not list(out.iterdir()), "a refused build leaves nothing behind"
    return str(refused.value)


def test_an_unknown_clause_turns_the_build_red(content: Path, tmp_path: Path) -> None:
    """An exercise that names a clause nobody wrote is refused with its file and the clause's id."""
    path = content / "exercises/c05-e1-minimize/exercise.yaml"
    path.write_text(path.read_text("utf-8").replace("- G-05", "- G-99"), "utf-8")
    said = broken(content, tmp_path / "out")
    assert "c05-e1-minimize/exercise.yaml" in said
    assert "G-99" in said


def test_a_lesson_missing_in_english_turns_the_build_red(content: Path, tmp_path: Path) -> None:
    """A page that exists in one language only is refused by name."""
    (content / "courses/c05-privacy/why.en.md").unlink()
    assert "courses/c05-privacy/why.en.md" in broken(content, tmp_path / "out")


@pytest.mark.parametrize(
    "link", ["../../guidelines/g-77.md", "../../guidelines/g-05.md#nowhere", "/guidelines/"]
)
def test_a_link_to_nothing_turns_the_build_red(content: Path, tmp_path: Path, link: str) -> None:
    """A link to no page, to no anchor or from the root is refused with the file that holds it."""
    page = content / "courses/c05-privacy/why.en.md"
    page.write_text(page.read_text("utf-8") + f"\n[lost]({link})\n", "utf-8")
    said = broken(content, tmp_path / "out")
    assert "courses/c05-privacy/why.en.md" in said
    assert Path(link).name in said


def test_the_repositorys_own_content_is_published(tmp_path: Path) -> None:
    """The city's real courses, exercises and clauses build, every one of them with a page in both languages."""
    catalog = load_catalog(REPOSITORY)
    root = publish(REPOSITORY, tmp_path, report=lambda _: None)
    for prefix in LANGUAGES.values():
        for clause in catalog.clauses.values():
            assert (root / prefix / "guidelines" / clause.slug / "index.html").is_file()
        for exercise in catalog.exercises.values():
            assert (root / prefix / "exercises" / exercise.folder / "index.html").is_file()
        for course in catalog.courses.values():
            for lesson in course.lessons:
                assert (root / prefix / "courses" / course.folder / lesson.slug / "index.html").is_file()


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address(site: SimpleNamespace) -> Iterator[str]:
    """The built site on a free local port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site.root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A real headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, request) -> Iterator[object]:
    """A fresh page; `(width, scheme)` by indirect parametrization. A script's error fails the test."""
    width, scheme = getattr(request, "param", (1280, "light"))
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("response", lambda answer: errors.append(answer.url) if answer.status >= 400 else None)
    yield opened
    context.close()
    assert not errors


def found(page, address: str, query: str) -> list[str]:
    """The addresses that a search for `query` lists, best first."""
    with page.expect_response("**/korean-terms.json"), page.expect_response("**/search_index.json"):
        page.goto(address)
        page.locator(".md-search__input").focus()
    page.wait_for_timeout(200)
    page.locator(".md-search__input").fill(query)
    page.wait_for_selector(".md-search-result__item")
    links = page.locator(".md-search-result__item > a, .md-search-result__link")
    return [links.nth(place).get_attribute("href") for place in range(links.count())]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "clause"),
    [("개인정보가", "g-05"), ("위험을 줄이다", "g-05"), ("노인", "g-12"), ("어르신 누락된말", "g-12")],
)
def test_korean_search_finds_the_clause(page, address: str, query: str, clause: str) -> None:
    """A word with another particle, a phrase, a synonym, and one known word among unknown ones all find it."""
    assert any(f"/guidelines/{clause}/" in link for link in found(page, address, query))


@pytest.mark.browser
@pytest.mark.parametrize("page", [(390, "light")], indirect=True)
def test_the_menu_works_by_keyboard_on_a_narrow_screen(page, address: str) -> None:
    """Closed, nothing in it takes the focus; Enter opens it, Tab walks it, Escape closes and returns."""
    page.goto(address + "guidelines/g-05/")
    focused = "document.activeElement.closest('.md-sidebar--primary') !== null"
    for _ in range(30):
        page.keyboard.press("Tab")
        assert not page.evaluate(focused)
        if page.evaluate("document.activeElement.dataset.control") == "drawer":
            break
    page.keyboard.press("Enter")
    assert page.locator("#__drawer").is_checked()
    page.keyboard.press("Tab")
    assert page.evaluate(focused)
    page.wait_for_timeout(400)
    box = page.evaluate("document.activeElement.getBoundingClientRect().left")
    assert 0 <= box < 390
    page.keyboard.press("Escape")
    assert not page.locator("#__drawer").is_checked()
    assert page.evaluate("document.activeElement.dataset.control") == "drawer"


@pytest.mark.browser
@pytest.mark.parametrize("page", [(390, "light")], indirect=True)
def test_the_search_opens_by_keyboard_on_a_narrow_screen(page, address: str) -> None:
    """The button opens the search with the caret in it; Escape closes it and its box takes no focus again."""
    page.goto(address)
    page.locator("[data-control=search]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "query"
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('.md-search').inert")
    assert page.evaluate("document.activeElement.dataset.control") == "search"


@pytest.mark.browser
def test_text_size_and_darkness_are_remembered(page, address: str) -> None:
    """Both buttons work, say their state, and hold on the next page."""
    page.goto(address)
    before = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    page.locator("[data-control=text-size]").click()
    page.locator("[data-control=dark]").click()
    page.goto(address + "en/guidelines/g-05/")
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > before
    assert page.locator("[data-control=dark]").get_attribute("aria-pressed") == "true"
    assert "large" in page.locator("[data-control=text-size]").get_attribute("aria-label")


@pytest.mark.browser
@pytest.mark.parametrize(
    "page", [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")], indirect=True
)
def test_axe_finds_nothing(page, address: str) -> None:
    """No violation of WCAG's rules or axe's good practice, and no sideways scrolling, on each kind of page."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    kinds = (
        "",
        "courses/c05-privacy/",
        "courses/c05-privacy/why/",
        "exercises/c05-e1-minimize/",
        "guidelines/g-05/",
    )
    for place in (
        *kinds,
        *(f"en/{kind}" for kind in kinds[-2:]),
        "guidelines/",
        "glossary/",
        "about/",
        "404.html",
    ):
        page.goto(address + place)
        page.wait_for_timeout(350)
        result = axe.run(page)
        faults = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in result.response["violations"]]
        assert not faults, (place, faults)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
