"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Writes a number out of range."""
    return json.dumps(released).replace('"nbformat": 4', '"nbformat": 4, "x": 1e999', 1).encode()
