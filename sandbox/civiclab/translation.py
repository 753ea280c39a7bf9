"""Interface texts: English message ids, Korean in `locale/ko.po` (gettext's format).

The `.po` file is read directly, so that nothing compiled has to be kept in step with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from civiclab.errors import PersonError

LANGUAGES = ("ko", "en")
DEFAULT_LANGUAGE = "ko"
LOCALE = Path(__file__).parent / "locale"


@cache
def _catalogue(language: str) -> dict[str, str]:
    path = LOCALE / f"{language}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id and m.string}


def translate(message: str, language: str) -> str:
    """`message` (English id) in `language`; the id itself where the catalogue has nothing."""
    return _catalogue(language).get(message, message)


def translator(language: str) -> Callable[[str], str]:
    """A function like gettext's `_` for one language."""
    return lambda message: translate(message, language)


def terminal_language() -> str:
    """The language of the person at this terminal: CIVICLAB_LANG, else the locale, else Korean."""
    wish = os.environ.get("CIVICLAB_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if wish.lower().startswith("en") else DEFAULT_LANGUAGE


def explain(error: PersonError, language: str) -> str:
    """One line for a person: where, and what is wrong, in her language."""
    text = translate(error.message, language).format(**error.values)
    return f"{error.where}: {text}" if error.where else text
