"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Repeats an answer."""
    marks = {"grade_id": "total", "solution": True, "grade": False, "schema_version": 3}
    released["cells"].append(
        {"cell_type": "code", "id": "other", "metadata": {"nbgrader": marks}, "source": "answer = 21"}
    )
    return json.dumps(released).encode()
