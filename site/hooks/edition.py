"""One language's edition of the site: the catalog, the language and the texts of the pages' own parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from civiclab.catalog.loader import Catalog

SERVICE = "/services/civiclab/"


@dataclass(frozen=True)
class Edition:
    """What a page needs to be written in one language."""

    catalog: Catalog
    site: Path
    language: str
    texts: dict[str, Any]

    @classmethod
    def read(cls, catalog: Catalog, site: Path, language: str) -> Edition:
        """The edition with its texts from `texts.yaml`; a text missing in a language is a KeyError."""
        both = yaml.safe_load((site / "texts.yaml").read_text("utf-8"))
        return cls(catalog, site, language, {key: _one(text, language) for key, text in both.items()})

    @property
    def other_language(self) -> str:
        """The language that the switch leads to."""
        return "en" if self.language == "ko" else "ko"

    @property
    def learning(self) -> str:
        """The signed-in learner's own pages."""
        return f"{SERVICE}?lang={self.language}"

    @property
    def sign_in(self) -> str:
        """The Hub's sign-in, which comes back to the learner's pages."""
        return f"/hub/login?next=%2Fservices%2Fciviclab%2F%3Flang%3D{self.language}"

    def sandbox(self, exercise: str) -> str:
        """Where the Hub opens `exercise` in the reader's own sandbox, after signing her in."""
        return f"/hub/user-redirect/civiclab/open?exercise={exercise}&lang={self.language}"


def _one(text: dict[Any, Any], language: str) -> Any:
    if "ko" in text:
        return text[language]
    return {key: _one(part, language) for key, part in text.items()}
