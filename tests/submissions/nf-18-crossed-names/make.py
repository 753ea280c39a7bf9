"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Crosses two names."""
    cells = {
        cell["id"]: cell["metadata"]["nbgrader"]
        for cell in released["cells"]
        if cell["id"] in ("total", "area")
    }
    cells["total"]["grade_id"], cells["area"]["grade_id"] = "area", "total"
    return json.dumps(released).encode()
