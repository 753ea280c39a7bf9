"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds odd outputs."""
    for cell in released["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "hologram"}, 5, {"output_type": "stream", "text": {"a": []}}]
    return json.dumps(released).encode()
