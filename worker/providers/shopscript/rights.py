"""What the token's user may do in the shop: without the right to all orders nothing that we make can be found again."""

from __future__ import annotations

from collections.abc import Generator
from http import HTTPStatus

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import ShopScriptOptions, sees_all_orders
from worker.providers.base import Reply, Request
from worker.providers.shopscript import calls
from worker.providers.shopscript.api import read, read_any

_BLIND = Outcome(
    kind=OutcomeKind.UNAUTHORIZED,
    reason=Reason.FORBIDDEN,
    message=(
        "The token's user may not see all orders in the shop, so that none that we make could be found again: "
        "give the user full access to orders there."
    ),
)


def lacking(options: ShopScriptOptions) -> Generator[Request, Reply, Outcome | None]:
    """Why the user cannot be worked with, or why that is not known; ``None`` where all orders are seen.

    A shop too old to tell of rights is asked for an order that cannot be.
    """
    reply = yield calls.rights(options)
    answer = read_any(reply, mutating=False)
    if reply.status == HTTPStatus.NOT_FOUND:
        answer = read((yield calls.search("none", options)), mutating=False)
        return answer if isinstance(answer, Outcome) else None
    if isinstance(answer, Outcome):
        return answer
    return None if sees_all_orders(answer) else _BLIND
