"""`python -m ganscope` is `ganscope`, where its folder is not on the path of commands."""

import sys

from . import main

sys.exit(main())
