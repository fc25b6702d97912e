"""A producer in plain Celery: `python examples/producer.py "$BROKER"` sends the orders beside this file.

BROKER is what `ordercast up` prints, or the address of your own store. Needs `pip install "celery[redis]"`, and nothing
of ours.
"""

import json
import sys
from pathlib import Path

from celery import Celery

url = sys.argv[1]
app = Celery(broker=url, backend=url)
for line in (Path(__file__).parent / "orders.jsonl").read_text().splitlines():
    receipt = app.send_task("ordercast.accept", [json.loads(line)], queue="ordercast.intake").get(timeout=30)
    print(receipt["status"], receipt["event_id"], *receipt["deliveries"])
