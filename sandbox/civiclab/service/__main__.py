"""Runs the service as the Hub starts it: `python -m civiclab.service`."""

from __future__ import annotations

import logging
import sys

import uvicorn

from civiclab.errors import PersonError
from civiclab.service.app import create_app
from civiclab.service.settings import LOOPBACK, from_environment
from civiclab.translation import explain, terminal_language


def main() -> int:
    """Serve until told to stop; the exit code tells what a person must mend."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = from_environment()
        app = create_app(settings)
    except PersonError as error:
        logging.getLogger("civiclab.service").critical(explain(error, terminal_language()))
        return int(error.exit_code)
    uvicorn.run(
        app,
        host=LOOPBACK,
        port=settings.port,
        access_log=False,  # its lines would hold sign-in codes
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=LOOPBACK,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
