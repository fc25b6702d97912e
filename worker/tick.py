"""The bootstep in every worker: about each 500 ms, on its own thread, wake what is due, reap the lost, call runners.

On the worker blueprint: timers on the consumer stop while the broker is away. Safe to run anywhere and any number of
times, since each step is atomic.
"""

from __future__ import annotations

import random
import threading
from typing import Any

from celery import bootsteps

from worker.dispatch import call_runners
from worker.errors import OrdercastError
from worker.log import get as get_logger

TICK_S = 0.5
TIDY_SHARE = 0.1

log = get_logger("ordercast.tick")


def _apply_or_exit() -> None:
    """Write the provider table, or end the worker with the error's own exit code: Celery would say 1 for everything."""
    from worker.app import apply_config  # noqa: PLC0415  the app imports this step

    try:
        apply_config()
    except OrdercastError as error:
        log.critical("worker.refused", reason=error.reason, message=str(error))
        raise SystemExit(error.exit_code) from error


class Tick(bootsteps.StartStopStep):
    """Starts the ticking thread with the worker and ends it with the worker."""

    def __init__(self, parent: Any, *, apply_config: bool = False, **options: Any) -> None:
        super().__init__(parent, **options)
        self.applies_config = apply_config
        self.stopped = threading.Event()
        self.thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        if self.applies_config:
            _apply_or_exit()
        self.thread = threading.Thread(target=self._run, args=(parent,), name="ordercast-tick", daemon=True)
        self.thread.start()

    def stop(self, parent: Any) -> None:  # noqa: ARG002  Celery's signature
        self.stopped.set()
        if self.thread is not None:
            self.thread.join(5)

    terminate = stop

    def _run(self, worker: Any) -> None:
        from worker.app import current_parts  # noqa: PLC0415  the app imports this step

        parts, was_away = current_parts(), False
        while not self.stopped.wait(TICK_S * random.uniform(0.8, 1.2)):  # noqa: S311  jitter, not a secret
            try:
                parts.gates.beat(worker.hostname)
                parts.gates.measure()
                for name, plan in parts.plans.items():
                    woken = parts.gates.tick(name, plan.max_in_flight)
                    call_runners(worker.app, [name] * woken.calls)
                    if woken.lost:
                        log.warning("attempts.lost", provider=name, count=woken.lost)
                if random.random() < TIDY_SHARE:  # noqa: S311  spreads the sweeping over the workers
                    parts.tidy.sweep(parts.store.now_ms())
                was_away = False
            except OrdercastError as error:
                if not was_away:
                    log.error("store.missed", reason=error.reason, message=str(error))  # noqa: TRY400  no traceback wanted
                was_away = True
