"""What every kind of provider is made of: requests out, replies in, an outcome at the end. Only http.py does I/O.

An operation is a generator: it yields ``Request``s, is sent ``Reply``s, and returns an ``Outcome``. The driver in
``http.py`` runs it over the network; a test runs it with a list of replies. A request that gets no reply never comes
back into the generator: the driver closes it and the outcome is ``unavailable``, or ``unknown`` where a mutating
request of the conversation may have reached the provider.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from schemas.config import ProviderConfig, Secret
from schemas.delivery import Link
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind, Reason

EXCERPT_CHARS = 2048


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call, without its host.

    ``path`` is appended to the provider's ``base_url`` and carries its own, already encoded query. ``mutating`` says
    that the provider may have changed something once the request is on the wire. ``step`` names the call in logs.
    ``accept`` lists the media types whose body we read; an answer of another type is still handed over, with its type.
    """

    method: str
    path: str = field(repr=False)  # may hold a token or an address
    step: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    mutating: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, read whole and within the cap. Header names are lower case.

    ``cut`` says that the body was longer than the cap, or ended early: it cannot be trusted to be whole.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    took_ms: int = 0
    cut: bool = False

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def excerpt(self) -> str:
        return self.text[:EXCERPT_CHARS]


@dataclass(frozen=True, slots=True)
class Found:
    """A look-up found our order at the provider."""

    link: Link


@dataclass(frozen=True, slots=True)
class Absent:
    """A look-up was answered well, and our order is not there (or not yet)."""


Conversation = Generator[Request, Reply, Outcome]
Search = Generator[Request, Reply, Found | Absent | Outcome]
OnUnknown = Literal["resend", "look_up", "ask"]


@dataclass(frozen=True, slots=True)
class Job:
    """What an adapter is given to do: one event for one order at one provider.

    ``key`` is our order's key at the provider (setting ``order_key``), ``idempotency_key`` is what goes to the
    provider wherever it has a place for one. ``link`` is what we know of the provider's ids so far.
    """

    delivery_id: str
    event: Event
    key: str
    idempotency_key: str
    link: Link = field(default_factory=Link)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a job comes to at this provider.

    ``name`` is the call's name for people (``order/save``, ``shop.order.save``). ``calls`` is how many requests it
    usually takes. ``on_unknown`` says what to do when it may have been done: send it again, look it up first, or ask
    a person. ``look_up`` is there where ``on_unknown`` is ``look_up``.
    """

    name: str
    converse: Callable[[], Conversation]
    calls: int = 1
    on_unknown: OnUnknown = "resend"
    look_up: Callable[[], Search] | None = None


class Memory(Protocol):
    """A small shared memory with expiry, for tokens and look-up tables that outlive one conversation."""

    def recall(self, name: str) -> str | None: ...

    def keep(self, name: str, value: str, ttl_s: float) -> None: ...

    def forget(self, name: str) -> None: ...


class Provider(ABC):
    """One configured account at an outside system, spoken to in its vendor's own words. Does no I/O itself."""

    kind: ClassVar[str]
    default_base_url: ClassVar[str | None] = None
    default_rate: ClassVar[tuple[float, float] | None] = None  # calls per second, burst
    default_max_in_flight: ClassVar[int] = 8

    def __init__(self, config: ProviderConfig, memory: Memory) -> None:
        self.config = config
        self.memory = memory

    @abstractmethod
    def operation(self, job: Job) -> Operation:
        """What this job comes to here. Never raises for a valid event: what cannot be done is an operation whose
        conversation returns ``unsupported`` or ``rejected`` without a request."""

    def test(self) -> Conversation | None:
        """A harmless call that proves reachability and credentials, or ``None`` where the vendor has none."""
        return None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret of this account, to be masked wherever text is kept."""
        options: Any = self.config.options
        return tuple(
            getattr(options, name).reveal()
            for name in getattr(options, "__struct_fields__", ())
            if isinstance(getattr(options, name), Secret)
        )


def nothing_to_send(kind: OutcomeKind, reason: Reason, message: str) -> Operation:
    """An operation that ends at once, with no request: skipped or refused before sending."""

    def converse() -> Conversation:
        return Outcome(kind=kind, reason=reason, message=message)
        yield

    return Operation(name="none", converse=converse, calls=0)
