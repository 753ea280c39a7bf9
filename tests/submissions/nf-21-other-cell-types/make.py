"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Changes the types."""
    for at, cell in enumerate(released["cells"]):
        if cell["id"] in ("value", "function", "text", "table"):
            cell["cell_type"] = ["markdown", "raw"][at % 2]
    return json.dumps(released).encode()
