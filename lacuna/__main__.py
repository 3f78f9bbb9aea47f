"""`python -m lacuna` is the command `lacuna`."""

import sys

from lacuna import main

sys.exit(main())
