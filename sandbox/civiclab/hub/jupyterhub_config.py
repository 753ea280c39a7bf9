"""What `civiclab up` starts JupyterHub with; everything in it comes from `civiclab.hub.configuration`."""

import os
from pathlib import Path

from civiclab.config import Settings
from civiclab.hub.configuration import configure
from civiclab.hub.home import read_wiring
from civiclab.hub.watching import look_after_services_often

run = Path(os.environ["CIVICLAB_RUN"])
settings = Settings.model_validate_json((run / "settings.json").read_text("utf-8"))
# JupyterHub puts `get_config` there when it reads this file.
configure(get_config(), settings, read_wiring(run / "wiring.json"))  # type: ignore[name-defined]  # noqa: F821
look_after_services_often()
