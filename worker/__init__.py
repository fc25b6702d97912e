"""The parts of Ordercast. ``celery -A worker worker`` finds the app here as ``worker.celery``."""

from __future__ import annotations

import sys
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "celery":
        # Configuration is read when the app is asked for, not before.
        from worker.app import current_app  # noqa: PLC0415
        from worker.errors import OrdercastError  # noqa: PLC0415

        try:
            return current_app()
        except OrdercastError as error:  # Celery's command line would print a traceback
            sys.stderr.write(f"{error}\n")
            raise SystemExit(error.exit_code) from error
    raise AttributeError(name)
