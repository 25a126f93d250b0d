"""``python -m ewcm``."""

import sys

from ewcm.cli import main

sys.exit(main())
