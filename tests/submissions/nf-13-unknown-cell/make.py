"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds an odd cell."""
    released["cells"].append({"cell_type": "video", "metadata": {}, "source": ""})
    return json.dumps(released).encode()
