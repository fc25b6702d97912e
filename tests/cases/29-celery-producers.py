"""Producers set up as Celery's own pages advise, each sending one order. Usage: python 29-celery-producers.py URL
URL is the store's, e.g. redis+socket:///path/var/store.sock. Prints what each producer gets back within 4 seconds."""

import sys

from celery import Celery

URL = sys.argv[1]


def event(n):
    return {
        "specversion": "1.0",
        "id": f"29-{n}",
        "source": "shop/one",
        "type": "order.created",
        "subject": f"329{n}",
        "time": "2026-11-21T09:30:00Z",
        "revision": 1,
        "data": {
            "order": {
                "number": f"329{n}",
                "currency": "EUR",
                "placed_at": "2026-11-21T09:30:00Z",
                "customer": {"email": "buyer@example.com", "first_name": "Mika", "last_name": "Sand"},
                "items": [
                    {
                        "id": "1",
                        "name": "Mug",
                        "quantity": "2",
                        "unit_price": "10.00",
                        "product_id": "11",
                        "variant_id": "111",
                    }
                ],
                "totals": {"grand": "20.00"},
            }
        },
    }


def app(**options):
    a = Celery(broker=URL, backend=URL)
    a.conf.broker_transport_options = options
    return a


CASES = {
    "01-plain": (app(), {}),
    "02-priority-5": (app(), {"priority": 5}),
    "03-priority-steps-of-the-docs": (
        app(priority_steps=list(range(10)), queue_order_strategy="priority"),
        {"priority": 5},
    ),
    "04-steps-and-sep-of-the-docs": (
        app(priority_steps=list(range(10)), sep=":", queue_order_strategy="priority"),
        {"priority": 5},
    ),
    "05-global-keyprefix": (app(global_keyprefix="shop-one:"), {}),
    "06-expires-in-a-second": (app(), {"expires": 1}),
    "07-expired-before-it-is-read": (app(), {"expires": -60}),
    "08-countdown": (app(), {"countdown": 2}),
    "09-gzip": (app(), {"compression": "gzip"}),
    "10-keyword": (app(), {"kw": True}),
    "11-ignore-result": (app(), {"ignore_result": True}),
}
for n, (name, (a, options)) in enumerate(CASES.items(), 1):
    options = dict(options)
    if options.pop("kw", False):
        r = a.send_task("ordercast.accept", kwargs={"event": event(f"{n:02d}")}, queue="ordercast.intake", **options)
    else:
        r = a.send_task("ordercast.accept", [event(f"{n:02d}")], queue="ordercast.intake", **options)
    try:
        got = None if options.get("ignore_result") else r.get(timeout=4)
        print(f"{name:34} {str(got)[:150]}")
    except Exception as error:
        print(f"{name:34} {type(error).__name__}: {str(error)[:150]}")
