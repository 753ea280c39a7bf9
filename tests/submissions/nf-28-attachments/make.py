"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds attachments."""
    released["cells"][0]["attachments"] = {
        "../../../tmp/x": {"image/svg+xml": "<svg onload='alert(1)'/>", "x": ["y"]}
    }
    return json.dumps(released).encode()
