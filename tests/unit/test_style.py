"""The house rules that tools can hold: lint, format, types, import rules, sizes, one door to processes."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "sandbox" / "civiclab"
LONGEST_FILE = 400


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy"],
        [str(Path(sys.executable).parent / "lint-imports")],
    ],
    ids=["lint", "format", "types", "import rules"],
)
def test_the_tool_finds_nothing(command: list[str]) -> None:
    """ruff, mypy (strict) and import-linter are clean."""
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


def test_no_file_is_too_long() -> None:
    """A file over 400 lines is probably two rooms."""
    files = [
        *PACKAGE.rglob("*.py"),
        *(CHECKOUT / "sandbox/labextension/src").rglob("*.ts"),
        *(CHECKOUT / "site").rglob("*.py"),
    ]
    long = [
        str(path.relative_to(CHECKOUT))
        for path in files
        if len(path.read_text("utf-8").splitlines()) > LONGEST_FILE
    ]
    assert files
    assert not long


def imports(path: Path) -> set[str]:
    """Top-level names of the modules a file imports."""
    tree = ast.parse(path.read_text("utf-8"))
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in found}


def test_only_jail_and_hub_start_processes() -> None:
    """No other room of the package calls subprocess to start a program."""
    starters = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8")
        if any(
            call in text
            for call in (
                "subprocess.Popen(",
                "subprocess.run(",
                "create_subprocess_",
                "os.system(",
                "os.exec",
            )
        ):
            starters.add(path.relative_to(PACKAGE).parts[0])
    assert starters <= {"jail", "hub"}


def test_the_runner_knows_nothing_of_civiclab() -> None:
    """What runs inside a jail imports only the runner's own modules of this package."""
    for path in (PACKAGE / "runner").glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        ours = [
            node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("civiclab")
        ]
        assert all(name.startswith("civiclab.runner") for name in ours), path


def test_catalog_and_anonymization_touch_neither_network_nor_processes() -> None:
    """They import no module that opens sockets or starts programs."""
    reaching = {"socket", "subprocess", "httpx", "requests", "urllib", "asyncio", "multiprocessing"}
    for room in ("catalog", "anonymization"):
        for path in (PACKAGE / room).rglob("*.py"):
            assert not imports(path) & reaching, path


def test_the_command_and_the_project_name_no_foreign_place() -> None:
    """No package registry's host and no index address is written into a committed file."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout
    spoken = [
        CHECKOUT / name
        for name in listed.split("\0")
        if name.endswith((".txt", ".json", ".toml", ".npmrc", ".lock"))
    ]
    named = [
        path
        for path in spoken
        if "index-url" in path.read_text("utf-8") or '"resolved"' in path.read_text("utf-8")
    ]
    assert not [path.name for path in named]
