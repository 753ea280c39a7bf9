"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds 9 MB."""
    released["metadata"]["padding"] = "x" * (9 << 20)
    return json.dumps(released).encode()
