"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds NaN."""
    released["metadata"]["x"] = [float("nan"), float("inf")]
    return json.dumps(released).encode()
