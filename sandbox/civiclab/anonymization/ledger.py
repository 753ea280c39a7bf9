"""The ledger: every release ever made, so that two of them can't be laid over each other unseen.

Two releases of the same people by different recipes put many of them alone in the joint cell, each release
being fine by itself. So a second one has to name the first in its recipe (`release.after`), which is a
reviewer's word that she has weighed both together.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from civiclab.anonymization.findings import Finding
from civiclab.anonymization.recipe import Recipe
from civiclab.catalog.models import Strict
from civiclab.errors import BadContent


class Entry(Strict):
    """One release: what went in, by which recipe, what came out. Hashes only."""

    id: str
    dataset: str
    basis: str
    raw: str
    recipe: str
    files: dict[str, str]


class Ledger(Strict):
    """The releases, oldest first; only ever appended to."""

    releases: tuple[Entry, ...] = ()

    def conflicts(
        self, recipe: Recipe, raw: str, recipe_hash: str, files: dict[str, str]
    ) -> Iterator[Finding]:
        """Earlier releases that this one could be joined with and that its recipe does not name.

        Of invented people, those of the same raw table; of real ones, every release of the dataset, for one
        person added or taken away is found by the difference. The very same release again is none.
        """
        for entry in self.releases:
            joined = entry.raw == raw or (entry.dataset == recipe.dataset and recipe.basis == "personal")
            same = (entry.raw, entry.recipe, entry.files) == (raw, recipe_hash, files)
            if joined and not same and entry.id not in recipe.release.after:
                yield Finding("ledger", recipe.dataset, "", entry.id)


def load_ledger(path: Path) -> Ledger:
    """The ledger in `path`, empty where there is none yet; BadContent when it can't be read."""
    if not path.exists():
        return Ledger()
    try:
        return Ledger.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BadContent("The file can't be read: {reason}", where=str(path), reason=error) from error


def append(path: Path, ledger: Ledger, entry: Entry) -> None:
    """Write the ledger with `entry` at its end, at once or not at all; an entry already there stays one."""
    if entry in ledger.releases:
        return
    body = {"releases": [e.model_dump() for e in (*ledger.releases, entry)]}
    fresh = path.with_suffix(".json.new")
    fresh.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    os.replace(fresh, path)  # noqa: PTH105  the atomic one
