"""`python -m app` is the command `lacuna`."""

import sys

from app.command_line import main

sys.exit(main())
