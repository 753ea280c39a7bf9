"""A home of an academy that is not started."""

from __future__ import annotations

from pathlib import Path

import pytest

from civiclab.config import Settings
from civiclab.hub.home import prepare


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a prepared home."""
    made = Settings(home=tmp_path / "home", content=tmp_path, port=9123)
    prepare(made)
    return made
