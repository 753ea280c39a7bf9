"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds a name."""
    released["metadata"] |= {
        "authors": [{"name": "colleague"}],
        "student_id": "colleague",
        "learner": "colleague",
    }
    return json.dumps(released).encode()
