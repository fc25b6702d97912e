"""Send an order with aio-celery. Usage and output are those of celery_python.py; QUEUE_TYPE cannot be said with it."""

import asyncio
import json
import sys

from aio_celery import Celery

broker, store, _, path, *ways = sys.argv[1:]
WAIT_S = 10


def options(way, event):
    if way == "a list":
        return {"args": ([event],), "kwargs": {}}
    if way == "keyword":
        return {"args": (), "kwargs": {"event": event}}
    if way == "countdown":
        return {"args": (event,), "kwargs": {}, "countdown": 2}
    if way == "priority 5":
        return {"args": (event,), "kwargs": {}, "priority": 5}
    return {"args": (event,)}


async def main():
    app = Celery()
    app.conf.update(broker_url=broker, result_backend=store)
    for way in ways:
        event = json.loads(open(path).read().replace("WAY", way.replace(" ", "-")))
        try:
            async with app.setup():
                sending = app.send_task("ordercast.accept", queue="ordercast.intake", **options(way, event))
                result = await asyncio.wait_for(sending, WAIT_S)
                print(json.dumps({"way": way, "receipt": await result.get(timeout=WAIT_S)}), flush=True)
        except Exception as error:
            print(json.dumps({"way": way, "error": f"{type(error).__name__}: {error}"}), flush=True)


asyncio.run(main())
