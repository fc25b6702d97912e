"""What Order Desk takes beside the order: shipments and history notes, each only where it is not there yet."""

from __future__ import annotations

from collections.abc import Generator
from http import HTTPStatus

from schemas.outcome import Outcome, OutcomeKind
from schemas.providers.orderdesk import HeldOrder
from worker.providers.base import Reply, Request
from worker.providers.orderdesk.calls import Calls
from worker.providers.orderdesk.history import with_history
from worker.providers.orderdesk.overlay import Fields

Refusals = Generator[Request, Reply, list[str] | Outcome]
"""A conversation that tells what was refused, or the outcome that stopped it. A refusal is told and not final: the
order itself is saved by then."""


def add_shipments(calls: Calls, held: HeldOrder, shipments: list[Fields]) -> Refusals:
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


def add_history(calls: Calls, held: HeldOrder, texts: list[str]) -> Refusals:
    """Write each text into the order's history, unless it stands there."""
    if not texts:
        return []
    shown = yield from with_history(calls, held)
    if isinstance(shown, Outcome):
        return shown
    refused: list[str] = []
    for text in texts:
        if text in shown.history:
            continue
        answer = yield from calls.add_history(held.id, text)
        if isinstance(answer, Outcome):
            if answer.kind is not OutcomeKind.REJECTED:
                return answer
            refused.append(answer.message)
    return refused


def _is_there_already(outcome: Outcome) -> bool:
    """Page "Shipments", 2018-04-30: "Response If Could Not Be Added Because of Existing Shipment"."""
    said_in_success = outcome.http_status is not None and outcome.http_status < HTTPStatus.MULTIPLE_CHOICES
    return said_in_success and "Shipment Not Added" in outcome.message
