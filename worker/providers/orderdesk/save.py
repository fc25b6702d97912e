"""Saving one order at Order Desk: look up, create, update. Every conversation can be run again from its start.

An update goes: read · add the lines that are missing, and read again · delete ours that are gone · send the whole
order, each line with its id · read back where lines changed · shipments and long notes that are not there yet. Whether
a PUT removes a line that it leaves out is contradictory between two pages ("Orders", "Order Items"), so it never leaves
one out and never adds one; and an added line that may have been sent is seen by the next reading, so nothing is added
twice.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from http import HTTPStatus

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import OUR_MARKS, HeldOrder, read_map, read_text
from worker.providers.base import Absent, Conversation, Found, Job, Lookup, Reply, Request
from worker.providers.currency import AccountCurrency
from worker.providers.lookup import is_not_there
from worker.providers.orderdesk.api import Calls, HeardOrder, Tree, accepted, rejected
from worker.providers.orderdesk.compare import is_shut, is_total_mended, remarks_of
from worker.providers.orderdesk.journal import RefusedParts, add_history, forget_folder_once_moved, is_cancelled_by_us
from worker.providers.orderdesk.lines import LinePlan, match_lines, new_line, plan_lines
from worker.providers.orderdesk.lookup import find_order
from worker.providers.orderdesk.mapping import FULLY, PARTIALLY, Wanted
from worker.providers.orderdesk.mapping_overlay import (
    NOTE_MARK,
    Fields,
    fit,
    healing,
    mark,
    marks_of,
    note_mark,
    overlay,
    read_marks,
    send_back,
    write_marks,
)
from worker.providers.orderdesk.sums import by_name


class Saving:
    """One snapshot on its way to Order Desk. It decides nothing about trying again."""

    def __init__(
        self, calls: Calls, job: Job, wanted: Wanted, *, folders: Mapping[str, int], currency: AccountCurrency
    ) -> None:
        self._calls = calls
        self._job = job
        self._wanted = wanted
        self._folders = folders
        self._currency = currency

    def look_up(self) -> Lookup:
        """Our order by its source id. Of several the oldest."""
        held = yield from find_order(self._calls, self._job)
        if isinstance(held, Outcome):
            return held
        if held is None:
            return Absent()
        named = {line.item_id: line.id for line in held.lines if line.item_id is not None}
        return Found(self._link(held.id, {**named, **self._plan(held, self._job.link).line_ids}))

    def find_or_create(self) -> Conversation:
        found = yield from self.look_up()
        if isinstance(found, Outcome):
            return found
        return (yield from self.update(found.link) if isinstance(found, Found) else self.create())

    def create(self) -> Conversation:
        """A new order. What goes wrong after it was made leaves the delivery in doubt, never simply unsaved: the next
        attempt finds the order and goes on as an update."""
        lines = [new_line(fields) for fields in self._wanted.lines.values()]
        body, left_over = body_of(self._wanted, HeldOrder({}), lines)
        answer = yield from self._calls.create_order(body)
        if isinstance(answer, Outcome):
            return answer
        held = yield from self._created(answer)
        if isinstance(held, Outcome):
            return self._in_doubt(held)
        held = HeldOrder({"order_history": [], **held.fields})  # it is new: nothing has to be read for it
        link = self._link(held.id, match_lines(held.lines, self._wanted.lines, {}))
        remarks = [*self._lacking(link), *self._remarks(body, held)]
        ended = yield from self._finish(held, link, left_over, remarks)
        return ended if ended.kind is OutcomeKind.ACCEPTED else self._in_doubt(ended)

    def update(self, link: Link) -> Conversation:
        """The order that is there, made ours again. See the head of this file for its steps."""
        order_id = str(link.order_id)
        held = yield from self._calls.get_order(order_id)
        if isinstance(held, Outcome):
            return self._gone(order_id) if is_not_there(held) else held
        plan = self._plan(held, link)
        lines_changed = bool(plan.new or plan.gone)
        if plan.new:
            held = yield from self._add_lines(order_id, plan)
            if isinstance(held, Outcome):
                return held
            plan = self._plan(held, link)
            if plan.new:
                return self._differs(plan)
        failure = yield from self._delete_lines(order_id, plan)
        if failure is not None:
            return failure
        opens = is_cancelled_by_us(held, link) or self._opens(held)
        body, left_over = body_of(self._wanted, held, plan.keep, opens=opens, heals=self._mends(held, link))
        answer = yield from self._calls.update_order(order_id, body)
        if isinstance(answer, Outcome):
            return answer
        shown = yield from self._read_back(order_id, answer, lines_changed=lines_changed)
        if isinstance(shown, Outcome):
            return shown
        if (shown.lines or lines_changed) and (left := self._plan(shown, link)).new + left.gone:
            return self._differs(left)
        remarks = self._remarks({**body, "id": order_id}, shown)
        linked = forget_folder_once_moved(
            self._link(order_id, plan.line_ids), shown.folder_id or str(body.get("folder_id", ""))
        )
        return (yield from self._finish(held, linked, left_over, remarks))

    def _created(self, answer: Tree) -> HeardOrder:
        """The order just made, as far as the answer shows it, else read."""
        held = HeldOrder(read_map(answer.get("order")))
        if held.id and len(held.lines) >= len(self._wanted.lines):
            return held
        if held.id:
            return (yield from self._calls.get_order(held.id))
        found = yield from find_order(self._calls, self._job)
        if found is not None:
            return found
        message = "Order Desk said it saved the order, but showed no id and does not list it yet."
        return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.UNREADABLE, message=message)

    def _add_lines(self, order_id: str, plan: LinePlan) -> HeardOrder:
        for line in plan.new:
            answer = yield from self._calls.add_line(order_id, line)
            if isinstance(answer, Outcome):
                return answer
        return (yield from self._calls.get_order(order_id))

    def _delete_lines(self, order_id: str, plan: LinePlan) -> Generator[Request, Reply, Outcome | None]:
        for line_id in plan.gone:
            answer = yield from self._calls.delete_line(order_id, line_id)
            if isinstance(answer, Outcome) and not is_not_there(answer):  # not there: gone already
                return answer
        return None

    def _read_back(self, order_id: str, answer: Tree, *, lines_changed: bool) -> HeardOrder:
        """The order after the PUT: as its answer shows it, else read where lines changed."""
        shown = HeldOrder(read_map(answer.get("order")))
        if shown.lines or not lines_changed:
            return shown
        return (yield from self._calls.get_order(order_id))

    def _finish(self, held: HeldOrder, link: Link, left_over: list[str], remarks: list[str]) -> Conversation:
        refused = yield from add_shipments(self._calls, held, self._wanted.shipments)
        if isinstance(refused, Outcome):
            return refused
        unwritten = yield from add_history(self._calls, held, left_over)
        if isinstance(unwritten, Outcome):
            return unwritten
        money = self._currency.remarks(self._job.event.order)
        return accepted(link, [*money, *remarks, *refused, *unwritten])

    def _lacking(self, link: Link) -> list[str]:
        """What is missing of the lines of a new order: worth a look there, but it is saved."""
        missing = len(self._wanted.lines) - len(link.line_ids)
        if not missing:
            return []
        return [f"Order {link.order_id} at Order Desk lacks {missing} of {len(self._wanted.lines)} lines."]

    def _remarks(self, sent: Fields, shown: HeldOrder) -> list[str]:
        """``shown`` is the order as the answer shows it; what that leaves out is as it was ``sent``."""
        saved = HeldOrder({**sent, **shown.fields})
        return list(remarks_of(saved, self._job.event.order, self._wanted, self._folders))

    def _plan(self, held: HeldOrder, link: Link) -> LinePlan:
        return plan_lines(held, self._wanted.lines, link.line_ids, heals=self._mends(held, link))

    def _mends(self, held: HeldOrder, link: Link) -> bool:
        """Whether our amounts go over what people made of them: where that was asked for, and mends the total."""
        job = self._job
        return job.heals and is_total_mended(held, self._wanted, job.event.order, link.line_ids)

    def _opens(self, held: HeldOrder) -> bool:
        return self._job.heals and is_shut(held, self._job.event.order.status, self._folders)

    def _link(self, order_id: str, line_ids: dict[str, str]) -> Link:
        return msgspec.structs.replace(self._job.link, order_id=order_id, line_ids=line_ids)

    def _gone(self, order_id: str) -> Outcome:
        message = (
            f"Order {order_id} is not at Order Desk any more, and an update makes no other: discard this, or say that "
            "it is not there (ordercast link, --none) and replay this to have it made anew."
        )
        return rejected(Reason.UNKNOWN_ORDER, message)

    def _differs(self, plan: LinePlan) -> Outcome:
        message = (
            f"After the update Order Desk lacks {len(plan.new)} of our lines and still holds {len(plan.gone)} "
            "that are gone: compare the order's lines there."
        )
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.DIFFERS, message=message)

    def _in_doubt(self, outcome: Outcome) -> Outcome:
        """After the order was made: whatever stopped us, the next attempt looks first."""
        return msgspec.structs.replace(outcome, kind=OutcomeKind.UNKNOWN, may_have_been_done=True)


def body_of(
    wanted: Wanted, held: HeldOrder, lines: list[Fields], *, opens: bool = False, heals: bool = False
) -> tuple[Fields, list[str]]:
    """The whole order to send, laid over what is held, and the notes that found no room in it.

    ``opens`` says that it was ours to put the order where it lies: its folder is then laid over whatever was sent last.
    ``heals`` lays our amounts over people's.
    """
    before = read_marks(held.metadata)
    fields_before = {path: text for path, text in before.items() if not path.startswith(NOTE_MARK)}
    if opens:
        fields_before.pop("folder_id", None)
    if heals:
        fields_before = healing(fields_before, wanted.fields)
    notes, left_over = fit(held.notes, wanted.notes, before)
    theirs = send_back(held.fields, without=("order_items", "order_notes", "discount_list"))
    body = overlay({**theirs, "discount_list": by_name(held.discounts)}, wanted.fields, fields_before)
    body["discount_list"] = list(body["discount_list"].values())
    if _tells_of_a_refund(held, before):
        body["payment_status"] = held.fields["payment_status"]
    noted = {note_mark(note["content"]): "1" for note in wanted.notes if note["content"] not in left_over}
    marks = {**marks_of(wanted.fields), **noted}
    body["order_metadata"] = {**body.get("order_metadata", {}), OUR_MARKS: write_marks(marks)}
    return {**body, "order_notes": notes, "order_items": lines}, left_over


def _tells_of_a_refund(held: HeldOrder, before: Mapping[str, str]) -> bool:
    """Whether the payment status is a refund's, ours or people's, and not one that a snapshot of ours put there."""
    status = read_text(held.fields.get("payment_status"))
    return status in (PARTIALLY, FULLY) and (bool(held.refunds) or before.get("payment_status") != mark(status))


def add_shipments(calls: Calls, held: HeldOrder, shipments: list[Fields]) -> RefusedParts:
    """Add each shipment whose tracking number the order does not have."""
    refused: list[str] = []
    there = set(held.tracking_numbers)
    for shipment in shipments:
        number = shipment["tracking_number"]
        if number in there:
            continue
        there.add(number)
        answer = yield from calls.add_shipment(held.id, shipment)
        if isinstance(answer, Outcome) and not _is_there_already(answer):
            if answer.kind is not OutcomeKind.REJECTED:
                return answer
            refused.append(answer.message)
    return refused


def _is_there_already(outcome: Outcome) -> bool:
    """Page "Shipments", 2018-04-30: "Response If Could Not Be Added Because of Existing Shipment"."""
    said_in_success = outcome.http_status is not None and outcome.http_status < HTTPStatus.MULTIPLE_CHOICES
    return said_in_success and "Shipment Not Added" in outcome.message
