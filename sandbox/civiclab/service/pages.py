"""Pages from templates: language, the city's zone and colours, the learner's own text made harmless."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import nh3
from babel.dates import format_datetime
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from civiclab.catalog.models import City
from civiclab.translation import DEFAULT_LANGUAGE, LANGUAGES, translate

LANGUAGE_COOKIE = "civiclab-lang"
YEAR_SECONDS = 365 * 24 * 3600
TIMES = {"ko": "yyyy. M. d. HH:mm", "en": "d MMM yyyy, HH:mm"}

# What a learner's free text may become. No images: they would tell a foreign host who reads the answer.
TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "code", "pre", "blockquote", "h3", "h4", "h5", "h6"} | {
    "a",
    "hr",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
LEARNERS_HEADINGS = {"h1": "h3", "h2": "h4"}

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def language_of(request: Request) -> str:
    """`?lang=`, else the cookie, else Korean."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    return DEFAULT_LANGUAGE


def harmless(text: str) -> Markup:
    """A learner's free text as HTML that runs nothing, loads nothing and leads only to http(s) and mail."""
    tokens = _markdown.parse(text)
    for token in tokens:  # the page's own outline keeps h1 and h2
        token.tag = LEARNERS_HEADINGS.get(token.tag, token.tag)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return Markup(  # noqa: S704 - cleaned in this very call
        nh3.clean(
            html,
            tags=TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def number(value: float) -> str:
    """Points without a needless `.0`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


class Pages:
    """Shows templates."""

    def __init__(self, city: City, prefix: str, token_for: Callable[[Request], str]) -> None:
        self.city = city
        self.prefix = prefix
        self._zone = ZoneInfo(city.timezone)
        self._token_for = token_for
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(harmless=harmless, number=number)

    def when(self, moment: datetime, language: str) -> str:
        """A time in the city's zone."""
        locale = "en_GB" if language == "en" else "ko_KR"
        return str(format_datetime(moment.astimezone(self._zone), TIMES[language], locale=locale))

    def show(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The template filled in, never kept by a cache; remembers a language chosen by `?lang=`."""
        language = language_of(request)
        html = self._templates.get_template(template).render(self._surroundings(request, language) | values)
        response = HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Vary": "Cookie"})
        if request.query_params.get("lang") == language:
            self._remember(request, response, language)
        return response

    def _surroundings(self, request: Request, language: str) -> dict[str, Any]:
        return {
            "lang": language,
            "t": partial(_say, language),
            "when": lambda moment: self.when(moment, language),
            "city": self.city,
            "prefix": self.prefix,
            "site": "/en/" if language == "en" else "/",
            "path": request.url.path,
            "person": getattr(request.state, "person", None),
            "xsrf": lambda: self._token_for(request),
        }

    def _remember(self, request: Request, response: HTMLResponse, language: str) -> None:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=YEAR_SECONDS,
            path="/",
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def _say(language: str, message: str, **values: Any) -> str:
    return translate(message, language).format(**values)
