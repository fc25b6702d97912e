"""What a Celery worker tells the parts of its process when it is set up."""

from __future__ import annotations

from types import SimpleNamespace

from schemas.config import Config, StoreConfig
from worker.app import build, current_parts, leave_intake_to_the_letterbox


def test_a_provider_has_as_many_places_as_the_worker_has_threads() -> None:
    """``-c`` counts, and not only the variable."""
    app = build(Config(store=StoreConfig(url="redis://store:1/0")))
    worker = SimpleNamespace(hostname="w1@here", concurrency=108, app=app)
    leave_intake_to_the_letterbox(instance=worker)
    assert (current_parts().threads, current_parts().worker) == (108, "w1@here")
    assert worker.reads_letterbox
    assert "ordercast.intake" not in app.amqp.queues.consume_from
