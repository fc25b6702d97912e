"""A call of a runner is answered to no broker: what the connection has become by then must not matter."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from celery.utils.imports import symbol_by_name

from tasks.deliver import deliver
from tests.fakes.calls import message_of
from worker.runners.request import UnackedRequest, UnackedTask


def gone(*_: Any, **__: Any) -> None:
    raise AttributeError("'NoneType' object has no attribute 'client'")  # as kombu says of a channel that is closed


def working(provider: str) -> None:
    del provider


def test_the_task_of_runners_is_received_so() -> None:
    assert symbol_by_name(deliver.Request) is UnackedRequest


@pytest.mark.parametrize("answers", [lambda call: call.on_accepted(1, 0.0), lambda call: call.reject(requeue=True)])
def test_a_call_whose_connection_is_gone_is_worked_all_the_same(answers: Any) -> None:
    app = Celery("test", broker="memory://", set_as_current=False)
    task = app.task(working, name="test.working", base=UnackedTask)
    call = UnackedRequest(message_of("test.working", ["desk"]), on_ack=gone, on_reject=gone, app=app, task=task)
    answers(call)
    assert call.acknowledged
    app.close()
