"""Makes the notebook that is handed in."""

import io
import json
import zipfile
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Packs a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../tmp/x.ipynb", json.dumps(released))
        archive.writestr("bomb", b"\x00" * (20 << 20))
    return packed.getvalue()
