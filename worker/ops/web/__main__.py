"""``python -m worker.ops.web [LISTENER]``: what ``ordercast up`` runs beside the workers. LISTENER is the number of an
inherited descriptor: a socket that listens already."""

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
    listener = int(sys.argv[1]) if len(sys.argv) > 1 else None
    try:
        serve(load_settings(named, needs_secrets=False), named, _say, listener)
    except OrdercastError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
