"""Reads a content folder into one checked `Catalog`.

`load_catalog` raises the first fault as `BadContent`; `examine` collects every fault, for `civiclab check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from civiclab.catalog import manifests
from civiclab.catalog.frontmatter import read_page, read_yaml
from civiclab.catalog.models import (
    City,
    Clause,
    Competency,
    Course,
    Dataset,
    Domain,
    Exercise,
    Lesson,
    Term,
)
from civiclab.errors import BadContent

Model = TypeVar("Model", bound=BaseModel)
Loaded = TypeVar("Loaded")
Given = TypeVar("Given")
LANGUAGES: tuple[Literal["ko", "en"], ...] = ("ko", "en")


@dataclass(frozen=True)
class Catalog:
    """Everything taught and practised, tied. Made by `load_catalog` only."""

    content: Path
    city: City
    domains: dict[str, Domain]
    competencies: dict[str, Competency]
    terms: tuple[Term, ...]
    clauses: dict[str, Clause]
    courses: dict[str, Course]
    exercises: dict[str, Exercise]
    datasets: dict[str, Dataset]

    def exercises_of_clause(self, clause: str) -> list[Exercise]:
        """The exercises that train `clause`, by id."""
        return [exercise for _, exercise in sorted(self.exercises.items()) if clause in exercise.clauses]

    def course_of(self, exercise: str) -> Course:
        """The course that lists `exercise`; KeyError when none does."""
        for course in self.courses.values():
            if exercise in course.exercises:
                return course
        raise KeyError(exercise)

    def data_paths(self, exercise: Exercise, audience: Literal["learner", "checker"]) -> dict[str, Path]:
        """File name -> released file, for the learner's `data/` or the checks' `hidden/`."""
        wanted = exercise.data if audience == "learner" else exercise.checker_data
        return {one.file: self.datasets[one.dataset].file(one.file) for one in wanted}


class Faults:
    """Collects what is wrong, so that one run names everything."""

    def __init__(self) -> None:
        self.found: list[BadContent] = []

    def attempt(self, act: Callable[[], Loaded]) -> Loaded | None:
        """The act's result, or None with its fault noted."""
        try:
            return act()
        except BadContent as fault:
            self.found.append(fault)
            return None

    def each(self, load: Callable[[Given], Loaded], items: Iterable[Given]) -> list[Loaded]:
        """What `load` made of the items it could load."""
        results = [self.attempt(partial(load, item)) for item in items]
        return [result for result in results if result is not None]


def parse(model: type[Model], fields: dict[str, Any], where: Path) -> Model:
    """`fields` as `model`; BadContent names the file and the fields that are wrong."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise BadContent(
            "These fields are wrong: {fields}", where=str(where), fields="; ".join(wrong[:5])
        ) from None


def both_pages(stem: Path) -> dict[Literal["ko", "en"], Path]:
    """`stem.ko.md` and `stem.en.md`; both must exist."""
    pages = {language: stem.with_name(f"{stem.name}.{language}.md") for language in LANGUAGES}
    for language, path in pages.items():
        if not path.exists():
            raise BadContent(
                "The page '{page}' is missing in language '{language}'.",
                where=str(path),
                page=stem.name,
                language=language,
            )
    return pages


def zip_languages(ko: Any, en: Any, where: str) -> Any:
    """Two heads as one: strings that differ become a text pair, everything else must agree."""
    if isinstance(ko, dict) and isinstance(en, dict) and ko.keys() == en.keys():
        return {key: zip_languages(ko[key], en[key], where) for key in ko}
    if isinstance(ko, list) and isinstance(en, list) and len(ko) == len(en):
        return [zip_languages(one, other, where) for one, other in zip(ko, en, strict=True)]
    if ko == en or (isinstance(ko, str) and isinstance(en, str)):
        return (ko, en)
    raise BadContent("The Korean and the English page disagree: {ko} / {en}", where=where, ko=ko, en=en)


def _text(pair: tuple[str, str]) -> dict[str, str]:
    return {"ko": pair[0], "en": pair[1]}


def _same(pair: tuple[Any, Any], field: str, where: Path) -> Any:
    if pair[0] != pair[1]:
        raise BadContent(
            "The two languages disagree on '{field}': {ko} / {en}",
            where=str(where),
            field=field,
            ko=pair[0],
            en=pair[1],
        )
    return pair[0]


def _heads(stem: Path, fields: set[str], optional: dict[str, Any]) -> tuple[dict[str, Any], dict[Any, Path]]:
    pages = both_pages(stem)
    heads = {language: {**optional, **read_page(path)[0]} for language, path in pages.items()}
    for language, head in heads.items():
        if head.keys() != fields | optional.keys():
            wrong = sorted(head.keys() ^ (fields | optional.keys()))
            raise BadContent(
                "These head fields are missing or unknown: {fields}",
                where=str(pages[language]),
                fields=", ".join(wrong),
            )
    return zip_languages(heads["ko"], heads["en"], str(stem)), pages


def load_clause(stem: Path) -> Clause:
    """The clause whose pages are `stem.ko.md` and `stem.en.md`."""
    head, pages = _heads(stem, {"id", "title", "summary", "version", "reviewed", "sources"}, {})
    fields = {key: _same(head[key], key, stem) for key in ("id", "version", "reviewed")}
    fields |= {key: _text(head[key]) for key in ("title", "summary")}
    fields["sources"] = [
        {
            "text": _text(one["text"]),
            "mark": _same(one["mark"], "mark", stem),
            "url": _same(one.get("url", (None, None)), "url", stem),
        }
        for one in head["sources"]
    ]
    clause = parse(Clause, fields | {"pages": pages}, stem)
    if clause.slug != stem.name:
        raise BadContent(
            "The page's id is {id}; its file must be named {slug}",
            where=str(stem),
            id=clause.id,
            slug=clause.slug,
        )
    return clause


def load_lesson(stem: Path) -> Lesson:
    """The lesson whose pages are `stem.ko.md` and `stem.en.md`."""
    head, pages = _heads(stem, {"title", "minutes"}, {"clauses": [], "exercises": []})
    fields: dict[str, Any] = {"slug": stem.name, "title": _text(head["title"]), "pages": pages}
    fields["minutes"] = _same(head["minutes"], "minutes", stem)
    for key in ("clauses", "exercises"):
        fields[key] = (
            [_same(pair, key, stem) for pair in head[key]] if isinstance(head[key], list) else head[key][0]
        )
    return parse(Lesson, fields, stem)


def load_course(folder: Path) -> Course:
    """A course folder with its lessons."""
    path = folder / "course.yaml"
    fields = read_yaml(path)
    slugs = fields.get("lessons") or []
    lessons = [load_lesson(folder / str(slug)) for slug in slugs]
    return parse(Course, fields | {"folder": folder.name, "lessons": lessons}, path)


def load_exercise(folder: Path) -> Exercise:
    """An exercise folder; its name must begin with its id."""
    path = folder / "exercise.yaml"
    exercise = parse(Exercise, read_yaml(path) | {"folder": folder.name, "path": folder}, path)
    if not folder.name.startswith(exercise.id.lower() + "-"):
        raise BadContent(
            "Exercise {id} must live in a folder named {id}-…, in small letters.",
            where=str(path),
            id=exercise.id,
        )
    if not exercise.source.exists():
        raise BadContent("The exercise has no exercise.py.", where=str(folder))
    return exercise


def load_dataset(folder: Path, trusted: Path) -> Dataset:
    """A dataset folder whose signed manifest holds; both cards present."""
    cards = both_pages(folder / "card")
    title = {language: read_page(path)[0].get("title") for language, path in cards.items()}
    files = manifests.verify(folder, trusted)
    fields = {"name": folder.name, "title": title, "path": folder, "files": files}
    return parse(Dataset, fields, folder)


def _stems(folder: Path) -> list[Path]:
    return sorted({path.with_name(path.name.split(".")[0]) for path in folder.glob("*.md")})


def _folders(root: Path, file: str) -> list[Path]:
    return sorted(path.parent for path in root.glob(f"*/{file}"))


def _index(found: list[Loaded], key: Callable[[Loaded], str], faults: Faults) -> dict[str, Loaded]:
    index: dict[str, Loaded] = {}
    for one in found:
        if key(one) in index:
            faults.found.append(BadContent("The id {id} is used twice.", id=key(one)))
        index[key(one)] = one
    return index


def _load(content: Path, faults: Faults) -> Catalog | None:
    courses, exercises = content / "courses", content / "exercises"
    city = faults.attempt(lambda: parse(City, read_yaml(courses / "city.yaml"), courses / "city.yaml"))
    skills = faults.attempt(lambda: read_yaml(courses / "competencies.yaml")) or {}
    terms = faults.attempt(lambda: read_yaml(courses / "glossary.yaml")) or {}
    trusted = exercises / "datasets" / "trusted_keys.json"
    where = courses / "competencies.yaml"

    def parsed(model: type[Model], rows: Any, where: Path) -> list[Model]:
        return faults.each(lambda row: parse(model, row, where), rows or ())

    clauses = faults.each(load_clause, _stems(courses / "guidelines"))
    found_courses = faults.each(load_course, _folders(courses, "course.yaml"))
    found = faults.each(load_exercise, _folders(exercises, "exercise.yaml"))
    schemas = _folders(exercises / "datasets", "schema.yaml")
    datasets = faults.each(lambda folder: load_dataset(folder, trusted), schemas)
    if city is None:
        return None
    return Catalog(
        content=content,
        city=city,
        domains=_index(parsed(Domain, skills.get("domains"), where), lambda one: one.id, faults),
        competencies=_index(
            parsed(Competency, skills.get("competencies"), where), lambda one: one.id, faults
        ),
        terms=tuple(parsed(Term, terms.get("terms"), courses / "glossary.yaml")),
        clauses=_index(clauses, lambda one: one.id, faults),
        courses=_index(found_courses, lambda one: one.id, faults),
        exercises=_index(found, lambda one: one.id, faults),
        datasets=_index(datasets, lambda one: one.name, faults),
    )


def examine(content: Path) -> tuple[Catalog | None, list[BadContent]]:
    """The catalog as far as it could be read, and every fault found, ties included."""
    from civiclab.catalog.ties import broken_ties

    faults = Faults()
    catalog = _load(content, faults)
    if catalog is not None:
        faults.found.extend(broken_ties(catalog))
    return catalog, faults.found


def load_catalog(content: Path) -> Catalog:
    """The whole, tied catalog of a content folder; BadContent for the first thing that does not hold."""
    catalog, faults = examine(content)
    if faults:
        raise faults[0]
    if catalog is None:  # pragma: no cover - _load notes a fault whenever it returns None
        raise BadContent("The content folder can't be read.", where=str(content))
    return catalog
