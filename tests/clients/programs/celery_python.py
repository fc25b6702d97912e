"""Send an order in each way that Celery has. Usage: celery_python.py BROKER STORE QUEUE_TYPE EVENT WAY…

EVENT is a file. Prints a JSON line for each way: ``{"way", "receipt"}`` or ``{"way", "error"}``. Runs on Celery 4.4 too.
"""

import json
import sys

from celery import Celery
from kombu import Exchange, Queue

broker, store, kind, path, *ways = sys.argv[1:]
INTAKE = "ordercast.intake"
WAIT_S = 10


def app(**settings):
    made = Celery(broker=broker, backend=store)
    if kind == "quorum":
        kept = {"x-queue-type": "quorum", "x-single-active-consumer": True}
        made.conf.task_queues = [Queue(INTAKE, Exchange(INTAKE), INTAKE, queue_arguments=kept)]
    made.conf.update(settings)
    return made


def options(way, event):
    named = {"args": [event]}
    if way == "a list":
        return {"args": [[event]]}
    if way == "keyword":
        return {"kwargs": {"event": event}}
    if way == "gzip":
        return dict(named, compression="gzip")
    if way == "priority 5":
        return dict(named, priority=5)
    if way == "expired":
        return dict(named, expires=-60)
    if way == "countdown":
        return dict(named, countdown=2)
    if way == "link":
        return dict(named, link=Celery().signature("elsewhere"))
    return named


for way in ways:
    event = json.loads(open(path).read().replace("WAY", way.replace(" ", "-")))
    client = app(task_protocol=1 if way == "protocol 1" else 2)
    try:
        result = client.send_task("ordercast.accept", queue=INTAKE, **options(way, event))
        print(json.dumps({"way": way, "receipt": result.get(timeout=WAIT_S)}), flush=True)
    except Exception as error:
        print(json.dumps({"way": way, "error": "%s: %s" % (type(error).__name__, error)}), flush=True)
