from decimal import Decimal

import pytest

from schemas.config import Secret
from schemas.event import EventType
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.retargeting import RetargetingOptions
from tests.fakes.snapshots import item, job, order, snapshot, totals
from tests.fakes.wire import exchange, open_account, run
from worker.providers import retargeting as adapter
from worker.providers.base import Request
from worker.sandbox.retargeting import API_KEY, Retargeting

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ORDER = "0[order_no]=7&0[lastname]=D&0[firstname]=J&0[email]=j@d.e&0[phone]=&0[state]=-&0[city]=-&0[address]=-&0[discount]=0&0[discount_code]=&0[shipping]=0&0[fees]=0&0[rebates]=0&0[total]=10"
LINE = "1[0][id]=307&1[0][quantity]=1&1[0][price]=10&1[0][variation_code]="


def account(key=API_KEY, **options):
    return open_account(adapter.Retargeting, RetargetingOptions(api_key=Secret(key), **options))


def save(vendor, of=None, **options):
    return run(account(**options).operation(job(snapshot(of))).converse(), vendor)


def post(vendor, body, *, wanted="json", headers=FORM, method="POST"):
    return exchange(Request(method, f"/order/save.{wanted}", "save", headers, body.encode()), vendor)


@pytest.mark.parametrize("wanted", ["json", "serial"])
def test_an_order_is_saved_once_and_its_number_exists_from_then_on(wanted):
    vendor = Retargeting()
    first = save(vendor, order(totals=totals("20")), format=wanted)
    again = save(vendor, order(totals=totals("999")), format=wanted)
    assert (first.kind, first.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    assert (again.kind, again.reason) == (OutcomeKind.ACCEPTED, Reason.EXISTS)
    (kept,) = vendor.orders()
    assert (kept["key"], kept["order"]["total"], kept["repeats"]) == ("1001", "20", 1)
    assert [[*one[:2]] for one in kept["saves"]] == [["save", "20"]]


def test_what_was_sent_is_what_is_kept():
    vendor = Retargeting()
    save(vendor, order(items=[item(1, product_id="307"), item(2, sku="X&Y=é", variation_code="42-B")]))
    (kept,) = vendor.orders()
    assert [line["id"] for line in kept["products"]] == ["307", "X&Y=é"]
    assert kept["products"][1] == {"id": "X&Y=é", "quantity": "2", "price": "10", "variation_code": "42-B"}
    assert kept["order"]["adress"] == kept["order"]["address"] == "Main Street 1"


@pytest.mark.parametrize("honest", [True, False])
@pytest.mark.parametrize("wanted", ["json", "serial"])
def test_a_wrong_key_is_told_in_the_body_whatever_the_status_line_says(honest, wanted):
    vendor = Retargeting(honest_status=honest)
    outcome = save(vendor, key="wrong", format=wanted)
    assert outcome.kind is OutcomeKind.UNAUTHORIZED
    assert outcome.http_status == (401 if honest else 200)
    assert vendor.orders() == []


def test_the_pages_own_answers_come_byte_for_byte():
    vendor = Retargeting()
    assert (
        post(vendor, f"api_key={API_KEY}&{ORDER}&{LINE}").text
        == '{"version":"1.0","status":200,"message":"OK","data":{"success":true}}'
    )
    assert (
        post(vendor, f"api_key={API_KEY}&{ORDER}&{LINE}", wanted="serial").text
        == 'a:4:{s:7:"version";s:3:"1.0";s:6:"status";i:200;s:7:"message";s:2:"OK";s:4:"data";a:1:{s:5:"error";s:19:"Order number exists";}}'
    )
    assert (
        post(vendor, "", wanted="serial").text
        == 'a:4:{s:7:"version";s:3:"1.0";s:6:"status";s:3:"401";s:7:"message";s:12:"Unauthorized";s:5:"error";s:27:"Invalid Authentication Data";}'
    )


@pytest.mark.parametrize("name", ["order_no", "lastname", "phone", "discount_code", "rebates", "total", "address"])
def test_a_required_parameter_that_is_missing_is_a_bad_request(name):
    vendor = Retargeting()
    body = "&".join(pair for pair in ORDER.split("&") if not pair.startswith(f"0[{name}]"))
    answer = post(vendor, f"api_key={API_KEY}&{body}&{LINE}")
    assert answer.status == 400
    assert name.removeprefix("ad") in answer.text
    assert vendor.orders() == []


def test_either_spelling_of_the_address_is_enough():
    vendor = Retargeting()
    body = ORDER.replace("0[address]", "0[adress]")
    assert "success" in post(vendor, f"api_key={API_KEY}&{body}&{LINE}").text


def test_an_order_without_products_is_a_bad_request():
    assert post(Retargeting(), f"api_key={API_KEY}&{ORDER}").status == 400


def test_only_a_posted_form_is_read():
    vendor = Retargeting()
    body = f"api_key={API_KEY}&{ORDER}&{LINE}"
    assert post(vendor, body, headers={"Content-Type": "application/json"}).status == 401
    assert post(vendor, body, method="GET").status == 404
    assert post(vendor, body, wanted="xml").status == 404
    assert vendor.orders() == []


def test_a_form_past_the_cap_is_cut_without_a_word():
    vendor = Retargeting()
    of = order(items=[item(n, unit_price=Decimal(1)) for n in range(300)])
    assert save(vendor, of, max_input_vars=10_000).kind is OutcomeKind.ACCEPTED
    assert len(vendor.orders()[0]["products"]) < 250


def test_the_most_that_the_adapter_sends_arrives_whole():
    vendor = Retargeting()
    assert save(vendor, order(items=[item(n) for n in range(240)])).kind is OutcomeKind.ACCEPTED
    assert len(vendor.orders()[0]["products"]) == 240
    assert vendor.orders()[0]["products"][-1].keys() == {"id", "quantity", "price", "variation_code"}


def test_an_update_of_an_order_that_was_never_saved_saves_it():
    vendor = Retargeting()
    run(account().operation(job(snapshot(kind=EventType.UPDATED))).converse(), vendor)
    assert len(vendor.orders()) == 1


def test_reset_forgets_every_order():
    vendor = Retargeting()
    save(vendor)
    vendor.reset()
    assert vendor.orders() == []
    assert save(vendor).reason is Reason.SAVED
