"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds control characters."""
    odd = "\x00\x1b[2J\x07\u2028\x85\x7f"
    for cell in released["cells"]:
        cell["metadata"][odd] = odd
        if cell["id"] == "note":
            cell["source"] = f"메모{odd}"
    released["metadata"]["title"] = odd
    return json.dumps(released).encode()
