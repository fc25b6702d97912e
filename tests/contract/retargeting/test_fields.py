"""docs/fields/retargeting.md says what is sent, both ways: no row too many, no field without a row."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from schemas.order import Customer, Discount
from schemas.providers.retargeting import RetargetingAnswer
from tests.fakes.fieldtable import names, table
from tests.fakes.retargeting import sent
from tests.fakes.snapshots import item, order
from worker.sandbox.retargeting import REQUIRED, REQUIRED_OF_A_LINE

EVERYTHING = order(
    customer=Customer(email="a@b.c", first_name="Ada", last_name="Lovelace", phone="1", birthday="1990-02-01"),
    items=[item(1, product_id="P", variation_code="42-B"), item(2)],
    discounts=[Discount(code="A", amount=Decimal(1)), Discount(code="B", amount=Decimal(1))],
)


def row_of(name):
    """The row of a form's name: ``1[7][id]`` is ``1[n][id]``, an element of a list is the list."""
    return re.sub(r"^1\[\d+\]", "1[n]", re.sub(r"\[\d+\]$", "", name))


def test_what_is_marked_sent_is_sent_and_nothing_else():
    rows = table("retargeting", "The call")
    assert {row_of(name) for name, _ in sent(EVERYTHING)} == names(rows, "sent")
    assert names(rows, "sent") | names(rows, "not sent") == rows.keys()


def test_every_parameter_that_the_page_requires_has_a_row():
    wanted = {f"0[{name}]" for name in REQUIRED} | {f"1[n][{name}]" for name in REQUIRED_OF_A_LINE}
    assert wanted | {"0[address]", "0[adress]", "callback_function"} <= table("retargeting", "The call").keys()


def test_every_field_of_the_answer_has_a_row():
    """The page's "Response Example" has version, status, message, data and error."""
    rows = table("retargeting", "The answer")
    read = {name.partition(".")[0] for name in names(rows, "read")}
    assert read <= {field.encode_name for field in msgspec.structs.fields(RetargetingAnswer)}
    assert read | names(rows, "not read") == {"version", "status", "message", "data", "error"}
