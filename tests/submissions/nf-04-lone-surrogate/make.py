"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds half a character."""
    released["cells"][0]["source"] += chr(0xD800)
    return json.dumps(released).encode()
