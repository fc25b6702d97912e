"""A customer whose orders were delivered, refused, dead, edited, rehearsed, replayed and searched for, at real workers
and a real desk: whatever they are called is in no log line ever; and once erased in no key, file, page, answer of the
API, export or command. Counts stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from schemas.config import Config
from tests.fakes import house as houses
from tests.fakes.bodies import order_body, put
from tests.fakes.browsing import served
from tests.fakes.desk_visit import DeskVisit, filled_addresses
from tests.fakes.house import ENVIRON, House
from tests.fakes.planted_customer import EMAIL, FIRST, LAST, PHONE, PLANTED, SAID, STREET, telling
from tests.fakes.waiting import wait_until
from worker.ledger.jobs import Jobs
from worker.ledger.queries.activity import Activity
from worker.ops.cli import cli
from worker.ops.desk.desk import Desk
from worker.ops.web.app import create_app
from worker.ops.web.wording import WebWording

DELIVERED, DEAD, EDITED, REFUSED, LATE = "3001", "3002", "3003", "3004", "3009"
UNKNOWN = 401
INTAKE = "ordercast.intake"
REJECTS = {"status": 400, "body": json.dumps({"status": "error", "message": f"No product for {SAID}"})}
SURE = ("--yes", "--why", "asked to")


def named(number: str, **changes: Any) -> dict[str, Any]:
    """The customer's order."""
    person = {"first_name": FIRST, "last_name": LAST, "phone": PHONE}
    home = {**person, "address1": STREET, "city": "Ribe", "country": "DK", "postal_code": "6760"}
    customer = {**person, "email": EMAIL}
    body = order_body({"number": number, "customer": customer, "billing_address": home, "comment": f"call {SAID}"})
    for path, value in {"id": f"{number}-1", "subject": number, **changes}.items():
        put(body, path, value)
    return body


def somebody(number: str) -> dict[str, Any]:
    body = order_body({"number": number})
    return {**body, "id": f"{number}-1", "subject": number}


class Scene:
    """The house with its desk, the command line beside it, and what is known of all that is there."""

    def __init__(self, house: House, desk: DeskVisit) -> None:
        self.house = house
        self.desk = desk
        self.said: list[str] = []
        """What commands wrote to standard error, where their log lines go."""

    def type(self, *words: str, code: int | None = 0, typed: str | None = None) -> Result:
        ran = CliRunner().invoke(cli, ["--config", str(self.house.directory / "ordercast.toml"), *words], input=typed)
        assert code is None or ran.exit_code == code, (words, ran.exit_code, ran.output)
        self.said.append(ran.stderr)
        return ran

    def json(self, *words: str, code: int | None = 0) -> Any:
        return json.loads(self.type(*words, "--json", code=code).stdout)

    def rows(self) -> dict[str, tuple[int, int, int]]:
        """By provider, how many deliveries there are in all, delivered and dead or given up."""
        rows = self.house.rows().items()
        return {
            name: (row.delivered + row.pending + row.parked + row.dead + row.discarded + row.attempting + row.superseded,
                   row.delivered, row.dead + row.discarded)
            for name, row in rows
        }  # fmt: skip


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    # The longest log that there is: Celery's own lines too.
    monkeypatch.setattr(houses, "_COMMAND", [*houses._COMMAND, "-l", "DEBUG"])
    with ExitStack() as closing:
        house = closing.enter_context(House(tmp_path, "orderdesk", "webhook"))
        desk = DeskVisit(closing.enter_context(served(house)))
        closing.callback(desk.close)
        yield Scene(house, desk)


def live(scene: Scene) -> None:
    """All that can happen to the customer's orders."""
    house = scene.house
    house.send(named(DELIVERED), somebody("4001")).get(timeout=30)
    house.settled(2)
    house.fault("orderdesk", do="status", times=None, match={"mutating": True}, **REJECTS)
    house.send(named(DEAD), named(EDITED)).get(timeout=30)
    wait_until(lambda: house.rows()["orderdesk"].dead == 2, 30)
    refused = house.send({**named(REFUSED), "type": f"order of {SAID}"}).get(timeout=30)
    assert refused["status"] == "refused"
    assert house.send({"person": SAID}).get(timeout=30)["status"] == "refused"
    house.producer.send_task("ordercast.accept", [SAID], queue=INTAKE).get(timeout=30, propagate=False)


def handle(scene: Scene) -> None:
    """All that people do about them, with the customer in whatever they write."""
    house, desk = scene.house, scene.desk
    dead = {one.order: one.id for one in house.deliveries(state="dead")}
    why = ("--why", f"{SAID} rang")
    scene.type("rehearse", dead[DEAD], code=None)
    scene.type("rehearse", "--provider", "orderdesk", code=None)
    [fingerprint] = {group["fingerprint"] for group in scene.json("dead", "--group")}
    scene.type("cause", "orderdesk", fingerprint, "--note", f"{SAID} rang")
    scene.type("cause", "orderdesk", fingerprint, "--take", *why, code=None)
    corrected = house.directory / "corrected.json"
    corrected.write_text(json.dumps(named(EDITED, **{"data.order.comment": f"corrected for {SAID}"})))
    scene.type("replay", dead[EDITED], "--edit", str(corrected), *why, code=None)
    corrected.unlink()
    scene.type("replay", "--provider", "orderdesk", "--yes", *why, code=None)
    scene.type("pause", "webhook", *why)
    scene.type("resume", "webhook", *why)
    scene.type("export", "orders", "--with-bodies", *why)
    assert DELIVERED in {one["order"] for one in scene.json("search", EMAIL)}
    desk.press("/", "/search", q=EMAIL)
    desk.press("/", "/search", q=LAST)
    wait_until(lambda: house.rows()["orderdesk"].dead == 2, 30)
    page = f"/deliveries/{dead[DEAD]}"
    assert EMAIL in desk.page(f"{page}/event").text
    desk.page(f"{page}/rehearsal")
    desk.press(f"{page}/event", f"{page}/preview", edited=json.dumps(named(DEAD)), why=f"{SAID} rang")
    desk.press(page, f"{page}/replay", why=f"{SAID} rang")
    desk.press("/dead", f"/dead/orderdesk/{fingerprint}/note", text=f"{SAID} rang", note=f"{SAID} rang")
    desk.press("/dead", "/jobs", kind="rehearse", provider="orderdesk", state="dead", why=f"for {SAID}")
    wait_until(lambda: house.rows()["orderdesk"].dead == 2, 30)
    desk.page(f"/deliveries?order={EMAIL}")


def known(scene: Scene) -> dict[str, list[str]]:
    """All ids that there are."""
    house = scene.house
    jobs = Jobs(house.store)
    return {
        "delivery_id": [one.id for one in house.deliveries()],
        "job_id": [one.id for one in jobs.listed()],
        "refusal_id": [one["id"] for one in scene.json("refusals")],
        "provider": ["orderdesk"],
        "fingerprint": [one["fingerprint"] for one in scene.json("dead", "--group", code=None) or []],
        "name": ["orderdesk", "webhook"],
        "code": ["nobody"],
        "filename": ["desk.css"],
        "what": ["deliveries", "orders", "refusals"],
    }


def looked_at(scene: Scene, ids: dict[str, list[str]], app: Any, token: str) -> Iterator[tuple[str, str]]:
    """Every page and answer of the API, and what each shows."""
    for path, is_api in filled_addresses(app, ids):
        came = scene.desk.asked(path, token) if is_api else scene.desk.page(path)
        assert came.status_code < 500, (path, came.text)
        assert came.status_code != UNKNOWN, (path, came.text)
        yield path, came.text
    for number in (DELIVERED, DEAD, EDITED, REFUSED):
        for path in (f"/order?number={number}", f"/deliveries?order={number}", f"/refusals?order={number}"):
            yield path, scene.desk.page(path).text
        yield f"/v1/orders {number}", scene.desk.asked(f"/v1/orders?number={number}", token).text
    for sought in (EMAIL, LAST, DELIVERED):
        # A page says what was sought, as it was typed just now, but for an e-mail.
        said = scene.desk.press("/", "/search", q=sought).text
        yield f"search {sought}", said if "@" in sought else said.replace(sought, "")


def commands(ids: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """Every command that shows something of orders."""
    for number in (DELIVERED, DEAD, EDITED, REFUSED):
        yield from (("order", number), ("order", number, "--timeline"), ("search", number))
    yield from (("search", EMAIL), ("search", LAST), ("deliveries",), ("deliveries", "--reason", "erased"))
    yield from (("refusals",), ("refusals", "--group"), ("remarks",), ("log",), ("jobs",), ("dead",))
    yield from (("dead", "--group", "--groups", "open,replaying,resolved,ignored"), ("status",), ("providers",))
    yield from (("event", one) for one in (*ids["delivery_id"], *ids["refusal_id"]))
    yield from (("rehearse", one) for one in ids["delivery_id"])
    yield from (("job", one) for one in ids["job_id"])
    yield from (("cause", "orderdesk", one) for one in ids["fingerprint"])
    yield from (("link", "orderdesk", number) for number in (DELIVERED, DEAD))
    for what in ("orders", "deliveries", "refusals"):
        for form in ("jsonl", "csv"):
            yield "export", what, "--format", form
            yield "export", what, "--format", form, "--with-bodies", "--why", "to see"


def naming(text: str) -> list[str]:
    """What of the customer is in a text."""
    return [one for one in PLANTED if one.lower() in text.lower()]


def causes_ever(scene: Scene) -> dict[str, int]:
    """Of each cause how many letters ever died of it."""
    groups = scene.json("dead", "--group", "--groups", "open,replaying,resolved,ignored", code=None)
    return {one["fingerprint"]: one["ever"] for one in groups}


def files(house: House) -> Iterator[Path]:
    """What the store and the workers have written, and what else lies there."""
    return (one for one in house.directory.rglob("*") if one.is_file())


@pytest.mark.timeout(400)
def test_an_erased_customer_is_nowhere_and_was_in_no_log_line_before(scene: Scene) -> None:
    house = scene.house
    live(scene)
    handle(scene)
    ids, rows, ever = known(scene), scene.rows(), causes_ever(scene)
    accepted = sum(minute.accepted for minute in Activity(house.store).last(60))
    token = re.findall(r"oc_[\w-]+", scene.type("token", "create", "all", "--role", "operator").output)[0]
    app = create_app(Desk(house.store, Config(), list, WebWording()), Config())
    seen = {path for path, text in looked_at(scene, ids, app, token) if naming(text)}
    # The walk sees what is there, in each sort of place.
    assert {"/audit", "/jobs", "/v1/audit", "/v1/jobs", "/v1/dead-letters/causes", "/providers/webhook"} <= seen
    assert {re.sub(r"/deliveries/[a-z2-7]+/", "/deliveries/ID/", path) for path in seen} >= {
        *("/deliveries/ID/event", "/deliveries/ID/rehearsal"),
        f"/order?number={DEAD}",
    }
    assert {f"/refusals/{one}/body" for one in ids["refusal_id"]} <= seen
    shown = shown_by_commands(scene, ids)
    assert {words.split(" ")[0] for words in shown} >= {"cause", "event", "export", "job", "log", "order", "rehearse"}
    house.settled(4, within_s=30)

    told = scene.json("erase", "--customer", EMAIL, *SURE)
    assert (told["failed"], told["unread"], told["orders"] >= 3, told["refusals"] >= 3) == ([], 0, True, True)
    assert telling(SimpleNamespace(store=house.store)) == {}  # type: ignore[arg-type]  # all that it looks at
    assert {path: words for path, text in looked_at(scene, ids, app, token) if (words := naming(text))} == {}
    assert shown_by_commands(scene, ids) == {}
    assert {str(one): words for one in files(house) if (words := naming(one.read_text(errors="replace")))} == {}
    for event in ("delivery.settled", "delivery.dead", "event.refused", "gate.paused", "job.progress"):
        assert event in house.logs()
    assert (scene.rows(), causes_ever(scene)) == (rows, ever)
    assert sum(minute.accepted for minute in Activity(house.store).last(60)) == accepted

    [worker] = house.living()
    worker.terminate()
    worker.wait(20)
    late = house.send(named(LATE))
    again = scene.type("erase", "--customer", EMAIL, *SURE, code=3)
    assert "1 message waits unread at the broker." in again.stderr
    house.start_worker()
    assert late.get(timeout=30)["status"] == "accepted"
    house.settled(5, within_s=30)
    told = scene.json("erase", "--customer", EMAIL, *SURE)
    assert (told["orders"], told["unread"]) == (1, 0)
    assert telling(SimpleNamespace(store=house.store)) == {}  # type: ignore[arg-type]
    assert naming(house.logs()) == []


def shown_by_commands(scene: Scene, ids: dict[str, list[str]]) -> dict[str, list[str]]:
    """What commands show of the customer, in each form."""
    shown = {}
    for words in commands(ids):
        for form in ((), ("--json",)) if words[0] != "export" else ((),):
            ran = scene.type(*words, *form, code=None)
            assert ran.exception is None or isinstance(ran.exception, SystemExit), (words, ran.exception)
            if told := naming(ran.stdout + ran.stderr):
                shown[" ".join([*words, *form])] = told
    return shown
