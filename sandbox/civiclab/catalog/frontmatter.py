"""Pages with a YAML head: `---`, fields, `---`, Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from civiclab.errors import BadContent


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in `path`; BadContent names the file (and line) when it is missing or no mapping."""
    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise BadContent("The file can't be read: {reason}", where=str(path), reason=error.strerror) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadContent("This is not valid YAML: {reason}", where=str(path), reason=error) from None
    if not isinstance(loaded, dict):
        raise BadContent("The file must hold named fields.", where=str(path))
    return loaded


def read_page(path: Path) -> tuple[dict[str, Any], str]:
    """Head and body of a page; the head is required."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadContent("The file can't be read: {reason}", where=str(path), reason=error.strerror) from None
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise BadContent("The page must begin with a head between two lines of ---.", where=str(path))
    try:
        head = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        raise BadContent("This is not valid YAML: {reason}", where=str(path), reason=error) from None
    if not isinstance(head, dict):
        raise BadContent("The file must hold named fields.", where=str(path))
    return head, parts[2]
