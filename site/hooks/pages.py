"""Every page of one edition as Markdown, and the navigation that orders them.

A page's source address is what authors link to: `courses/c05-privacy/why.md`, `guidelines/g-05.md`,
`exercises/c05-e3-k-anonymity.md`, whatever the language.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from edition import Edition
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from civiclab.catalog.frontmatter import read_page
from civiclab.catalog.models import Clause, Course, Exercise, Lesson

CLAUSE_WEIGHT = 1.6  # the rule itself comes before what speaks of it
# Lists repeat the titles and summaries of the pages they lead to; a search should find those pages.
UNSEARCHED = {"courses", "exercises", "guidelines"}
Page = tuple[str, str]


def navigation(edition: Edition) -> list[Any]:
    """The `nav` of MkDocs: an exercise stands below its course, after the lessons."""
    texts, language, catalog = edition.texts, edition.language, edition.catalog
    courses = [{one.title[language]: _course_nav(edition, one)} for one in _courses(edition)]
    clauses = [{f"{one.id} {one.title[language]}": clause_source(one)} for one in catalog.clauses.values()]
    return [
        {texts["home"]: "index.md"},
        {texts["courses"]: ["courses/index.md", *courses]},
        {texts["exercises"]: "exercises/index.md"},
        {texts["guidelines"]: ["guidelines/index.md", *clauses]},
        {texts["glossary"]: "glossary.md"},
        {texts["about"]: "about.md"},
    ]


def pages(edition: Edition) -> Iterator[Page]:
    """Source address and Markdown of every page."""
    yield from _general(edition)
    for course in _courses(edition):
        yield from _course(edition, course)
    for exercise in edition.catalog.exercises.values():
        yield _exercise(edition, exercise)
    for clause in edition.catalog.clauses.values():
        yield _clause(edition, clause)


def course_source(course: Course) -> str:
    """The course page's source address."""
    return f"courses/{course.folder}/index.md"


def lesson_source(course: Course, lesson: Lesson) -> str:
    """The lesson page's source address."""
    return f"courses/{course.folder}/{lesson.slug}.md"


def exercise_source(exercise: Exercise) -> str:
    """The exercise page's source address."""
    return f"exercises/{exercise.folder}.md"


def clause_source(clause: Clause) -> str:
    """The clause page's source address."""
    return f"guidelines/{clause.slug}.md"


def plain(text: str) -> str:
    """`text` of the catalog as Markdown that shows it as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]#|])", r"\\\1", html.escape(" ".join(text.split()), quote=False))


def without_title(body: str) -> str:
    """`body` without its own heading of level 1: the page's title comes from the catalog."""
    return re.sub(r"\A\s*# .*\n", "", body).strip()


SOURCES = {
    "course": course_source,
    "lesson": lesson_source,
    "exercise": exercise_source,
    "clause": clause_source,
}


def _courses(edition: Edition) -> list[Course]:
    return [course for _, course in sorted(edition.catalog.courses.items())]


def _course_nav(edition: Edition, course: Course) -> list[Any]:
    language, known = edition.language, edition.catalog.exercises
    lessons = [{one.title[language]: lesson_source(course, one)} for one in course.lessons]
    exercises = [
        {f"{edition.texts['exercise']} · {known[one].title[language]}": exercise_source(known[one])}
        for one in course.exercises
    ]
    return [course_source(course), *lessons, *exercises]


def _general(edition: Edition) -> Iterator[Page]:
    language, texts, content = edition.language, edition.texts, edition.catalog.content
    home = without_title(_read(content / "courses" / f"home.{language}.md"))
    about = without_title(_read(edition.site / "pages" / f"about.{language}.md"))
    write = partial(_write, edition)
    yield write("index.md", "home", texts["home"], body=home, hide=["navigation", "toc", "path"])
    for name in ("courses", "exercises", "guidelines"):
        yield write(f"{name}/index.md", name, texts[name])
    yield write("glossary.md", "glossary", texts["glossary"], hide=["navigation"])
    yield write("about.md", "about", texts["about"], body=about, hide=["navigation"])


def _course(edition: Edition, course: Course) -> Iterator[Page]:
    folder = edition.catalog.content / "courses" / course.folder
    body = without_title(_read(folder / f"index.{edition.language}.md"))
    title, summary = course.title[edition.language], course.summary[edition.language]
    yield _write(edition, course_source(course), "course", title, summary=summary, course=course, body=body)
    for lesson in course.lessons:
        text = without_title(read_page(lesson.pages[edition.language])[1])  # type: ignore[index]
        source, title = lesson_source(course, lesson), lesson.title[edition.language]
        yield _write(edition, source, "lesson", title, course=course, lesson=lesson, body=text)


def _exercise(edition: Edition, exercise: Exercise) -> Page:
    language = edition.language
    title, summary = exercise.title[language], exercise.summary[language]
    course = edition.catalog.course_of(exercise.id)
    source = exercise_source(exercise)
    return _write(edition, source, "exercise", title, summary=summary, exercise=exercise, course=course)


def _clause(edition: Edition, clause: Clause) -> Page:
    language = edition.language
    body = without_title(read_page(clause.pages[language])[1])  # type: ignore[index]
    title, summary = f"{clause.id} {clause.title[language]}", clause.summary[language]
    source = clause_source(clause)
    write = partial(_write, edition, source, "clause", title, summary=summary, weight=CLAUSE_WEIGHT)
    return write(clause=clause, body=body)


def _write(
    edition: Edition,
    source: str,
    template: str,
    title: str,
    *,
    summary: str = "",
    weight: float = 1.0,
    hide: list[str] | None = None,
    **values: Any,
) -> Page:
    head: dict[str, Any] = {
        "title": title,
        "search": {"boost": weight, "exclude": template in UNSEARCHED},
        "hide": hide or [],
    }
    if summary:
        head["description"] = " ".join(summary.split())
    text = _environment(edition, source).get_template(f"{template}.md.j2").render(title=title, **values)
    return source, f"---\n{yaml.safe_dump(head, allow_unicode=True)}---\n\n{text}"


def _environment(edition: Edition, source: str) -> Environment:
    made = Environment(  # noqa: S701 - the output is Markdown; `plain` and `e` escape what the catalog holds
        loader=FileSystemLoader(edition.site / "pages"), undefined=StrictUndefined, trim_blocks=True
    )
    made.filters |= {"plain": plain, "t": lambda text: plain(text[edition.language])}
    made.globals |= {
        "edition": edition,
        "catalog": edition.catalog,
        "texts": edition.texts,
        "to": lambda target: posixpath.relpath(target, posixpath.dirname(source) or "."),
        "sources": SOURCES,
    }
    return made


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""
