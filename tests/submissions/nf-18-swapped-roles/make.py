"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Swaps the roles."""
    for cell in released["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks:
            marks["grade"], marks["solution"] = marks["solution"], marks["grade"]
            marks |= {"locked": not marks["locked"], "checksum": "0" * 32, "cell_type": "markdown"}
    return json.dumps(released).encode()
