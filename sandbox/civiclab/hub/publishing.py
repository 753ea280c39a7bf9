"""Builds the public site of a content folder, in both languages, and keeps what needs no new build.

A build lives in a directory named after a hash of all it was made from. It is made elsewhere and renamed into
place, so a directory with that name is always whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import civiclab
from civiclab.errors import BadContent

# Configuration file -> where its pages go below the site's root.
EDITIONS = {"mkdocs.yml": "ko", "mkdocs.en.yml": "en"}
# Folder -> the suffixes that matter to the site; empty means every file.
INGREDIENTS: dict[str, set[str]] = {"courses": set(), "exercises": {".yaml", ".md", ".json"}, "site": set()}
BUILDERS = ("mkdocs", "mkdocs-material", "kiwipiepy")
KEPT = 2  # this build, and the one before it that a reader may still be on
BUILD_NAME = re.compile(r"[0-9a-f]{16}")
BUILD_SECONDS = 600
# What MkDocs writes about a page that does not hold, without its clock, colours and progress.
FAULT = re.compile(r"^(?:ERROR|WARNING|CRITICAL)\s+-\s+(.*)$")
DOC_FILE = re.compile(r"(Doc file ')([^']+)\.md'")


def publish(content: Path, out: Path, *, report: Callable[[str], None]) -> Path:
    """The directory to serve: Korean at its root, English below `en/`.

    `report` gets one English message id for each thing a waiting person should know. Raises BadContent with
    the builder's own lines (file and id) when a page or a tie does not hold; what was there then stays.
    """
    for config in EDITIONS:
        if not (content / "site" / config).is_file():
            raise BadContent("The content has no site configuration.", where=str(content / "site" / config))
    out.mkdir(parents=True, exist_ok=True)
    target = out / fingerprint(content)
    if target.is_dir():
        report("The site is up to date.")
    else:
        report("Building the site in Korean and English.")
        _build(content, target)
    os.utime(target)
    _drop_older(out)
    return target


def fingerprint(content: Path) -> str:
    """16 hex digits that change whenever a build of `content` could come out differently."""
    digest = hashlib.sha256(f"{civiclab.__version__}\n{_versions()}\n{_address()}\n".encode())
    for path in sorted(_ingredients(content)):
        digest.update(f"{path.relative_to(content).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _ingredients(content: Path) -> Iterator[Path]:
    for name, suffixes in INGREDIENTS.items():
        for path in (content / name).rglob("*"):
            wanted = not suffixes or path.suffix in suffixes
            if wanted and path.is_file() and "__pycache__" not in path.parts:
                yield path


def _address() -> str:
    return os.environ.get("CIVICLAB_SITE_ADDRESS", "")


def _versions() -> str:
    return " ".join(f"{name}={_version(name)}" for name in BUILDERS)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _build(content: Path, target: Path) -> None:
    made = Path(tempfile.mkdtemp(prefix="building-", dir=target.parent))
    try:
        _run_builders(content, made)
        (made / "en").rename(made / "ko" / "en")
        (made / "ko").rename(target)
    except OSError:
        if not target.is_dir():  # another publisher may have finished the same build first
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _run_builders(content: Path, made: Path) -> None:
    running = {
        language: _start(content, content / "site" / config, made / language)
        for config, language in EDITIONS.items()
    }
    try:
        said = {language: _outcome(builder) for language, builder in running.items()}
    finally:
        for builder in running.values():
            builder.kill()
    if any(code for code, _ in said.values()):
        lines = [line for language, (code, text) in said.items() if code for line in faults(text, language)]
        # A fault of the catalog comes out of both builds; it is said once.
        raise BadContent(
            "The site can't be built:\n{lines}", where=str(content), lines="\n".join(dict.fromkeys(lines))
        )


def _start(content: Path, config: Path, out: Path) -> subprocess.Popen[str]:
    package = str(Path(civiclab.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(out)],
        env=os.environ
        | {"CIVICLAB_CONTENT": str(content.resolve()), "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        | {"PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def _outcome(builder: subprocess.Popen[str]) -> tuple[int, str]:
    text, _ = builder.communicate(timeout=BUILD_SECONDS)
    return builder.returncode, text


def faults(said: str, language: str) -> list[str]:
    """MkDocs' own lines about what is wrong, a page named by its file: `courses/c05/why.ko.md`.

    Lines that follow an error without a level of their own belong to it. When nothing looks like a fault, the
    last lines of what was said are all there is to show.
    """
    found: list[str] = []
    inside = False
    for line in said.splitlines():
        if match := FAULT.match(line):
            found.append(match[1])
            inside = True
        elif re.match(r"^(?:INFO|DEBUG)\s+-", line) or not line.strip():
            inside = False
        elif inside:
            found.append(line)
    named = [DOC_FILE.sub(rf"\1\2.{language}.md'", line) for line in found]
    return named or said.strip().splitlines()[-5:]


def _drop_older(out: Path) -> None:
    builds = [path for path in out.iterdir() if path.is_dir() and BUILD_NAME.fullmatch(path.name)]
    for build in sorted(builds, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(build, ignore_errors=True)
