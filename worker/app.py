"""The Celery app: queues, routes, bootsteps. Names tasks by string and imports none."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, setup_logging, worker_ready, worker_shutting_down
from click import Option

from schemas.address import read_address
from schemas.config import Config
from worker import embedded, log
from worker.brokers import MESSAGES, celery_settings, queues
from worker.intake.consumer import IntakeConsumer
from worker.messages import ACCEPT, INTAKE_QUEUE, JOB_QUEUE, deliver_queue
from worker.process import Process, begin, current
from worker.settings.configfile import ConfigFile
from worker.tick import Tick

RECEIPT_KEPT_S = 86_400
THREADS = 32
APPLY_HELP = "Write the configured providers into the ledger before starting."

_app: list[Celery] = []
_held: list[embedded.EmbeddedStore] = []


def current_app() -> Celery:
    """The app of this process, configured from ordercast.toml and the environment. Raises ``ConfigError``."""
    if not _app:
        file = ConfigFile.here()
        _app.append(build(file.load(), file))
    return _app[0]


def build(config: Config, file: ConfigFile | None = None) -> Celery:
    """The app for a configuration, which can be read again where its ``file`` is known. Without a store URL the
    embedded store is held for as long as the process lives."""
    store_url = config.store.url or _held_url(config)
    process = Process(config, store_url, config.store.broker_url or store_url, threads=_threads(), file=file)
    begin(process)
    app = Celery("ordercast", include=["tasks.accept", "tasks.deliver", "tasks.job"])
    app.conf.update(_settings())
    app.conf.update(celery_settings(read_address(store_url), read_address(process.broker_url)))
    app.conf.task_queues = queues(
        [INTAKE_QUEUE, JOB_QUEUE, *map(deliver_queue, config.providers)], read_address(process.broker_url)
    )
    app.steps["worker"].add(Tick)
    app.user_options["worker"].add(Option(["--apply-config"], is_flag=True, help=APPLY_HELP))
    app.steps["worker"].add(IntakeConsumer)
    return app


def _held_url(config: Config) -> str:
    held = embedded.hold(Path(config.store.dir))
    _held.append(held)
    return held.url


def _threads() -> int:
    return int(os.environ.get("ORDERCAST_THREADS", THREADS))


def _settings() -> Mapping[str, Any]:
    return {
        **MESSAGES,
        "accept_content": ["json"],
        "broker_connection_retry_on_startup": True,
        "result_expires": RECEIPT_KEPT_S,
        "result_serializer": "json",
        "task_default_queue": INTAKE_QUEUE,
        "task_routes": {ACCEPT: {"queue": INTAKE_QUEUE}},
        "worker_concurrency": _threads(),
        "worker_pool": "threads",
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
    }


@setup_logging.connect
def log_our_way(loglevel: int | None = None, **_: Any) -> None:
    """One handler for everything; JSON unless a person is looking."""
    from worker.rewording import Reworded  # noqa: PLC0415  brings a worker's parts along, which a command needs not

    level = logging.getLevelName(loglevel) if loglevel else "INFO"
    log.configure(level, as_json=not sys.stderr.isatty())
    for noisy in ("celery.app.trace", "celery.worker.strategy"):  # a runner's call is no event of an order
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("celery.worker.consumer.consumer").addFilter(Reworded(current_app()))
    for provider in current().providers.values():
        log.keep_secret(*provider.secrets)


@celeryd_after_setup.connect
def leave_intake_to_our_consumer(instance: Any, **_: Any) -> None:
    """On every broker our consumer reads the intake queue, and Celery's own consumer does not."""
    from worker.intake.remote_control import keep_the_one_reader  # noqa: PLC0415  brings a worker's process along, which a command needs not

    process = current()
    process.worker, process.threads = instance.hostname, instance.concurrency
    queues = instance.app.amqp.queues
    ours = {INTAKE_QUEUE, *map(deliver_queue, process.config.providers)}
    process.takes_all = ours <= queues.consume_from.keys()
    instance.reads_intake = INTAKE_QUEUE in queues.consume_from
    queues.deselect(INTAKE_QUEUE)
    keep_the_one_reader()
    for name in process.config.providers.keys() - process.providers.keys():
        # A call that is of no use here another worker may use. Who was told what to read (-Q) takes up no queue later.
        if process.takes_all or not process.config.providers[name].locked:
            queues.deselect(deliver_queue(name))


@worker_ready.connect
def pass_over_what_is_loaded(**_: Any) -> None:
    """What is there when the work begins stays. A full round of the garbage collector through it would stop all threads
    for a fiftieth of a second, again and again."""
    gc.collect()
    gc.freeze()


@worker_shutting_down.connect
def let_runners_leave(**_: Any) -> None:
    current().stopping.set()
