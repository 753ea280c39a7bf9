"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Changes the version."""
    released["nbformat"] = 99
    return json.dumps(released).encode()
