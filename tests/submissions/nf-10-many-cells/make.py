"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds cells."""
    released["cells"] += [{"cell_type": "raw", "metadata": {}, "source": ""} for _ in range(100_000)]
    return json.dumps(released).encode()
