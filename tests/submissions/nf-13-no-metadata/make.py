"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Takes the metadata away."""
    del released["metadata"]
    return json.dumps(released).encode()
