"""Cuts the Korean search index into morphemes and gives the page what it needs to cut a query alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from morphemes import Morphemes

AFTER_SEARCH = -200  # the search plugin has written its index by then
FIELDS = ("title", "text")


@event_priority(AFTER_SEARCH)
def on_post_build(config: MkDocsConfig) -> None:
    """Rewrites `search/search_index.json` and writes `search/korean-terms.json`; Korean only."""
    if config.extra["language"] != "ko":
        return
    path = Path(config.site_dir) / "search" / "search_index.json"
    index = json.loads(path.read_text("utf-8"))
    morphemes = Morphemes.of(doc[name] for doc in index["docs"] for name in FIELDS)
    for doc in index["docs"]:
        doc |= {name: morphemes.split(doc[name]) for name in FIELDS}
    synonyms = yaml.safe_load((Path(config.config_file_path).parent / "synonyms.yaml").read_text("utf-8"))
    _write(path, index)
    _write(path.with_name("korean-terms.json"), morphemes.terms() | {"synonyms": synonyms})


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), "utf-8")
