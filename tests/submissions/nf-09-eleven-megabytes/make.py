"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds 11 MB."""
    released["cells"][0]["source"] += "x" * (11 << 20)
    return json.dumps(released).encode()
