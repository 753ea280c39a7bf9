"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Writes a long number."""
    return json.dumps(released).replace('"nbformat": 4', '"nbformat": 4, "x": ' + "9" * 5000, 1).encode()
