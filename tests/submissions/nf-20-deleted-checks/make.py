"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Deletes the checks."""
    checks = ("value", "function", "text", "table")
    released["cells"] = [cell for cell in released["cells"] if cell["id"] not in checks]
    return json.dumps(released).encode()
