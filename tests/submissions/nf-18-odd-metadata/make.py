"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Spoils the metadata."""
    for at, cell in enumerate(released["cells"]):
        cell["metadata"] = {"nbgrader": [5, None, "x", [], {"grade_id": {"a": 1}}][at % 5], "tags": at}
    released["metadata"] |= {"kernelspec": 7, "language_info": [], "jupytext": None}
    return json.dumps(released).encode()
