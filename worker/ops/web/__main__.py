"""``python -m worker.ops.web``: what ``ordercast up`` runs beside the workers."""

from __future__ import annotations

import os
import sys

from worker import log
from worker.errors import OrdercastError
from worker.ops.web.serving import serve
from worker.settings import PATH_VARIABLE, load_settings


def main() -> int:
    """Serve by the configuration in the environment; the exit code."""
    log.configure("WARNING")
    named = os.environ.get(PATH_VARIABLE)
    try:
        serve(load_settings(named, needs_secrets=False), named, lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201
    except OrdercastError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
