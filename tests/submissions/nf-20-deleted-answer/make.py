"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Deletes an answer."""
    released["cells"] = [cell for cell in released["cells"] if cell["id"] != "area"]
    return json.dumps(released).encode()
