"""`python -m civiclab`."""

import sys

from civiclab.cli import main

sys.exit(main())
