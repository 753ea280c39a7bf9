"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Changes the data."""
    for cell in released["cells"]:
        if cell["id"] == "setup":
            cell["source"] = (
                "import pandas as pd\nnumbers = pd.DataFrame({'n': [21], 'label': ['a']})\nprint('CHANGED')"
            )
    return json.dumps(released).encode()
