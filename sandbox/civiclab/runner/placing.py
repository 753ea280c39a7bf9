"""Puts a released exercise into the learner's home, and sets the language of the menus."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import uuid
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from civiclab.runner.refusals import Refused

logger = logging.getLogger("civiclab.bench")

FOLDER = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")

LOCALE_SETTING = Path("@jupyterlab/translation-extension/plugin.jupyterlab-settings")
LOCALES = {"ko": "ko_KR", "en": "en"}


def place_exercise(released: Path, home: Path, exercise: str, language: str) -> str:
    """Put `exercise` into `home` unless it is there already; the notebook's path below `home`.

    A notebook that exists is the learner's own work and is never touched.
    """
    folder = folder_of(released, exercise)
    name = f"{folder}.{language}.ipynb"
    source = released / folder / name
    if not source.is_file():
        raise Refused("unknown-exercise", HTTPStatus.NOT_FOUND, exercise=exercise)
    try:
        (home / folder).mkdir(exist_ok=True)
        link_data(home / folder / "data", released / folder / "data")
        copy_once(source, home / folder / name)
    except OSError as problem:
        raise refusal_of(problem, folder) from problem
    return f"{folder}/{name}"


def folder_of(released: Path, exercise: str) -> str:
    """The folder of `exercise` by the released tree's index; Refused when it names none."""
    try:
        index = json.loads((released / "index.json").read_text(encoding="utf-8"))
        folder = index[exercise]["folder"]
    except (OSError, ValueError, KeyError, TypeError):
        folder = None
    if not isinstance(folder, str) or not FOLDER.fullmatch(folder):
        raise Refused("unknown-exercise", HTTPStatus.NOT_FOUND, exercise=exercise[:40])
    return folder


def refusal_of(problem: OSError, folder: str) -> Refused:
    """What a failed write means to the learner."""
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Refused("no-space", HTTPStatus.INSUFFICIENT_STORAGE)
    logger.warning("%s could not be placed: %s", folder, problem.strerror)
    return Refused("not-placed", HTTPStatus.CONFLICT, folder=folder)


def link_data(link: Path, data: Path) -> None:
    """Make `link` point to the read-only `data`; a folder of the learner's own by that name stays."""
    if link.is_symlink() and link.readlink() != data:
        link.unlink()
    if data.is_dir() and not os.path.lexists(link):
        link.symlink_to(data, target_is_directory=True)


def copy_once(source: Path, target: Path) -> None:
    """Copy `source` to `target` whole or not at all; an existing `target` stays as it is."""
    if os.path.lexists(target):
        return
    fresh = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        write_new(fresh, source.read_bytes())
        # A link, unlike a rename, refuses to replace what a second window has just made.
        with suppress(FileExistsError):
            os.link(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)


def write_new(path: Path, body: bytes) -> None:
    """Write `body` to `path`, which must not exist, and through to the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def set_locale(settings: Path, language: str) -> None:
    """Make JupyterLab, whose user settings are under `settings`, speak `language` from the next page on."""
    path = settings / LOCALE_SETTING
    wanted = {**read_settings(path), "locale": LOCALES[language]}
    if wanted == read_settings(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{uuid.uuid4().hex}.part")
    write_new(fresh, json.dumps(wanted, indent=2).encode())
    fresh.replace(path)


def read_settings(path: Path) -> dict[str, Any]:
    """A settings file's content; nothing when it is missing or holds comments, which JSON can't."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
