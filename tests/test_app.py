"""What a Celery worker tells the parts of its process when it is set up."""

from __future__ import annotations

import gc
from types import SimpleNamespace

from celery.signals import worker_ready

from schemas.config import Config, StoreConfig
from worker.app import build, leave_intake_to_our_consumer
from worker.process import current


def test_a_provider_has_as_many_places_as_the_worker_has_threads() -> None:
    """``-c`` counts, and not only the variable."""
    app = build(Config(store=StoreConfig(url="redis://store:1/0")))
    worker = SimpleNamespace(hostname="w1@here", concurrency=108, app=app)
    leave_intake_to_our_consumer(instance=worker)
    assert (current().threads, current().worker) == (108, "w1@here")
    assert worker.reads_intake
    assert "ordercast.intake" not in app.amqp.queues.consume_from


def test_when_a_worker_is_ready_the_collector_passes_over_what_was_loaded() -> None:
    gc.unfreeze()
    try:
        worker_ready.send(sender=None)
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_a_worker_that_was_told_what_to_read_takes_no_further_queues() -> None:
    config = Config(store=StoreConfig(url="redis://store:1/0"))
    for told, takes_all in ((None, True), (["ordercast.deliver.desk"], False)):
        app = build(config)
        if told:
            app.amqp.queues.select(told)
        leave_intake_to_our_consumer(instance=SimpleNamespace(hostname="w1@here", concurrency=8, app=app))
        assert current().takes_all is takes_all
