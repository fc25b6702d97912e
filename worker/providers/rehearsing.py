"""What an operation would send, found out without a network: nothing leaves, and nobody is asked.

The conversation is begun as the driver would begin it. A request that only reads gets what the adapter assumes of it
(``Provider.assumed``); where it assumes nothing, only the vendor knows how it goes on. The first request that would
change something ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from schemas.delivery import SentRequest
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.providers.base import Memory, Operation, Provider, Reply, Request
from worker.providers.conversation import begun, credentials_of
from worker.providers.scrub import scrub
from worker.providers.sent import shown_request, shown_text

MOST_READS = 50
Send = Callable[[Reply | None], Request]


@dataclass(frozen=True, slots=True)
class RehearsedRequest:
    """The request that would be sent; ``path`` is behind the account's base_url, without its query and our secrets."""

    path: str
    sent: SentRequest


@dataclass(frozen=True, slots=True)
class RehearsedOperation:
    """How far an operation goes without a network. ``reads`` names the calls that would come first, ``assumed`` says
    what was taken for their answers. Of ``request`` (it would be sent), ``outcome`` (it would end so, and nothing be
    sent) and ``waits_for`` (only the vendor's answer to this call tells) one is there."""

    reads: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    request: RehearsedRequest | None = None
    outcome: Outcome | None = None
    waits_for: str | None = None


class RehearsalMemory:
    """A memory for a rehearsal: it recalls what workers keep, and keeps to itself what it is given."""

    def __init__(self, kept: Memory, own: Memory) -> None:
        self.kept = kept
        self.own = own

    def recall(self, name: str) -> str | None:
        return self.own.recall(name) or self.kept.recall(name)

    def keep(self, name: str, value: str, ttl_s: float) -> None:
        self.own.keep(name, value, ttl_s)

    def keep_first(self, name: str, value: str, ttl_s: float) -> str:
        return self.kept.recall(name) or self.own.keep_first(name, value, ttl_s)

    def forget(self, name: str) -> None:
        self.own.forget(name)


def rehearsed(provider: Provider, operation: Operation, order: Order | None) -> RehearsedOperation:
    """What an operation would send. ``order`` names the customer, who is scrubbed from the message of an outcome.
    Never raises: an adapter that fails is an outcome."""
    run = _Rehearsing(provider, order)
    try:
        with closing(begun(operation.converse)) as conversation:
            return run.result_of(conversation.send)  # type: ignore[arg-type]  # a generator starts with None
    except Exception as error:  # noqa: BLE001  an adapter's bug is what would come of the attempt
        message = f"The adapter fails: {type(error).__name__}."
        return run.ended(Outcome(kind=OutcomeKind.UNREADABLE, reason=Reason.CRASHED, message=message))


@dataclass(slots=True)
class _Rehearsing:
    provider: Provider
    order: Order | None
    reads: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def result_of(self, send: Send) -> RehearsedOperation:
        reply: Reply | None = None
        while len(self.reads) < MOST_READS:
            try:
                request = send(reply)
            except StopIteration as end:
                return self.ended(end.value)
            if request.mutating:
                return RehearsedOperation(tuple(self.reads), tuple(self.told), request=self._shown(request))
            self.reads.append(request.step)
            assumed = self.provider.assumed(request)
            if assumed is None:
                break
            reply = assumed.reply
            if assumed.sentence and assumed.sentence not in self.told:
                self.told.append(assumed.sentence)
        return RehearsedOperation(tuple(self.reads), tuple(self.told), waits_for=self.reads[-1])

    def ended(self, outcome: Outcome) -> RehearsedOperation:
        """What follows from an answer that was only assumed is no prediction."""
        if self.reads:
            return RehearsedOperation(tuple(self.reads), tuple(self.told), waits_for=self.reads[-1])
        message = scrub(outcome.message, self.provider.secrets, self.order)
        kept = Outcome(kind=outcome.kind, reason=outcome.reason, message=message)
        return RehearsedOperation(tuple(self.reads), outcome=kept)

    def _shown(self, request: Request) -> RehearsedRequest:
        secrets = (*self.provider.secrets, *credentials_of(request))
        return RehearsedRequest(shown_text(request.path.partition("?")[0], secrets), shown_request(request, secrets))
