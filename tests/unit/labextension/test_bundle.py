"""The prebuilt JupyterLab extension: what is committed is what its sources make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "sandbox" / "labextension"


@pytest.mark.parametrize("act", ["--check", "--test"])
def test_the_bundle_is_built_from_its_sources_and_its_own_tests_pass(act: str) -> None:
    """Rebuilt without a system Node it is the same bytes; the TypeScript's unit tests pass."""
    ran = subprocess.run(
        [sys.executable, str(FOLDER / "build.py"), act], capture_output=True, text=True, timeout=900
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]


def test_the_bundle_is_small() -> None:
    """Less than 100 kB of script and style, uncompressed."""
    assert sum(path.stat().st_size for path in (FOLDER / "labextension/static").glob("*.js")) < 100_000
