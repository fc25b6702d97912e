"""What every kind of provider is made of: requests out, replies in, an outcome at the end. Only http.py does I/O.

An operation is a generator: it yields ``Request``s, is sent ``Reply``s, and returns an ``Outcome``. The driver in
``http.py`` runs it over the network; a test runs it with a list of replies. A request that gets no reply never comes
back into the generator: the driver closes it and the outcome is ``unavailable``, or ``unknown`` where a mutating
request of the conversation may have reached the provider.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol

from schemas.config import ProviderConfig, Secret
from schemas.delivery import Link
from schemas.event import Event, EventType
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.sighting import Absent, Found, HeldName, LookupResult, OnUnknown, Settled, Undetermined

__all__ = [
    "EXCERPT_CHARS", "Absent", "Assumed", "Conversation", "Difference", "Found", "HeldName", "Job", "Lookup",
    "LookupResult", "Memory", "Offer", "OnUnknown", "Operation", "Provider", "Question", "Read", "Reading",
    "Reply", "Request", "Settled", "Undetermined", "nothing_to_send",
]  # fmt: skip
"""What an adapter is written with, the sightings among it."""

EXCERPT_CHARS = 2048


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call, without its host.

    ``path`` is appended to the provider's ``base_url`` and carries its own, already encoded query. ``mutating`` says
    that the provider may have changed something once the request is on the wire. ``step`` names the call in logs.
    ``accept`` lists the media types whose body we read; an answer of another type is still handed over, with its type.
    ``known`` is what is known of the order by then: it is kept where no answer comes, as the conversation ends there.
    """

    method: str
    path: str = field(repr=False)  # may hold a token or an address
    step: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    mutating: bool = False
    known: Link | None = field(default=None, repr=False)


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
class Read:
    """The answer to a question of people: the vendor's own tree, and where to go on, where there is more."""

    tree: Any = field(repr=False)
    more: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the provider's order is not as the snapshot has it; ``message`` says it to people.

    ``reason`` is what a save that reads this back ends with: ``DIFFERS`` where it is a dead letter, ``REMARK`` where
    the order counts as delivered. ``stays`` says why a save that heals does not mend it; empty where one does.
    """

    message: str
    reason: Literal[Reason.DIFFERS, Reason.REMARK] = Reason.DIFFERS
    stays: str = ""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a rehearsal, which asks nobody, takes for the answer to a request that only reads; ``sentence`` says it."""

    reply: Reply
    sentence: str


Conversation = Generator[Request, Reply, Outcome]
Lookup = Generator[Request, Reply, LookupResult]
Reading = Generator[Request, Reply, Read | Outcome]


@dataclass(frozen=True, slots=True)
class Job:
    """What an adapter is given to do: one event for one order at one provider.

    ``key`` is our order's key at the provider (setting ``order_key``), ``idempotency_key`` is what goes to the
    provider wherever it has a place for one. ``link`` is what we know of the provider's ids so far. ``order`` is the
    order as the event carries it, else as it was last accepted; ``None`` where no snapshot of it is kept (any more).
    ``heals`` says that people asked for the order to be made as the snapshot says: the save then also writes what
    people changed there, wherever ``compare`` would tell of it.
    """

    delivery_id: str
    event: Event
    key: str
    idempotency_key: str
    link: Link = field(default_factory=Link)
    order: Order | None = field(default=None, repr=False)
    heals: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What a job comes to at this provider.

    ``name`` is the call's name for people (``order/save``, ``shop.order.save``). ``calls`` is how many requests it
    usually takes. ``on_unknown`` says what to do when it may have been done: send it again, look it up first, or ask
    a person. ``look_up`` is there where ``on_unknown`` is ``look_up``: of a snapshot it says where the order is
    (``Found``, ``Absent``), of an action whether it was done (``Settled``, ``Absent``, ``Undetermined``).
    """

    name: str
    converse: Callable[[], Conversation]
    calls: int = 1
    on_unknown: OnUnknown = "resend"
    look_up: Callable[[], Lookup] | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a kind makes of one type of event, for people: the matrix of kinds and types is made of these.

    ``calls`` are the names of the operations that it may come to; none: it is always skipped. ``because`` says why it
    is skipped, or under which condition it is something else than the call.
    """

    calls: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that people may ask of an account; it changes nothing there.

    ``ask`` is given an id (empty where ``takes_id`` is False), filters and where to go on, and reads one page.
    ``filters`` are the vendor's own parameters, each with what it means.
    """

    ask: Callable[[str, Mapping[str, str], str | None], Reading]
    about: str
    takes_id: bool = True
    filters: Mapping[str, str] = field(default_factory=dict)


class Memory(Protocol):
    """A small memory with expiry, shared by all processes: tokens, look-up tables that outlive one conversation.

    It may forget at any time, and two may keep at once: what is kept must be made again at no harm.
    """

    def recall(self, name: str) -> str | None: ...

    def keep(self, name: str, value: str, ttl_s: float) -> None: ...

    def keep_first(self, name: str, value: str, ttl_s: float) -> str:
        """What is kept under the name: the value, unless another process has kept one before."""

    def forget(self, name: str) -> None: ...


class Provider(ABC):
    """One configured account at an outside system, spoken to in its vendor's own words. Does no I/O itself."""

    kind: ClassVar[str]
    default_base_url: ClassVar[str | None] = None
    default_rate: ClassVar[tuple[float, float] | None] = None  # calls per second, burst
    default_max_in_flight: ClassVar[int] = 8
    reply_cap_bytes: ClassVar[int] = 262_144
    """The longest answer that is read, counted after decoding."""

    offers: ClassVar[Mapping[EventType, Offer]]
    """What becomes of each type of event; ``operation`` does what it says."""

    is_log: ClassVar[bool] = False
    """Whether every event is wanted, in its order: then no snapshot stands for those before it (design 5)."""

    secret_fields: ClassVar[frozenset[str]] = frozenset()
    """Names of fields in the vendor's answers whose text gives access: masked wherever an answer is kept or shown."""

    said_twice: ClassVar[str] = "What it does with a second event for an order that it has is its own affair."
    """What comes of a further event that carries the number of an order which was delivered: a sentence for people."""

    has_currency: ClassVar[bool] = True
    """Whether an order there says which currency it is in. Where not, the account has one: setting ``currency``."""

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

    def compare(self, job: Job, held: Any) -> list[Difference] | None:  # noqa: ARG002  for adapters to look at
        """In what the provider's order differs from what a save of ``job.order`` makes of it; empty where in nothing.

        ``held`` is the order as the question ``order`` reads it (``Read.tree``); ``job.link`` names its lines. What
        people changed there and a save would leave is no difference. ``None`` says that nobody can tell: this kind
        does not compare, no snapshot of the order is kept, or ``held`` is no order that can be read.

        Makes no request and never raises. The messages are not scrubbed.
        """
        return None

    def assumed(self, request: Request) -> Assumed | None:  # noqa: ARG002  for adapters to look at
        """What a rehearsal takes for the answer to this reading request; ``None`` where only the vendor can tell."""
        return None

    def listing_since(self, since: datetime) -> Mapping[str, str] | None:  # noqa: ARG002  for adapters to look at
        """The filters by which the question ``orders`` lists all that were made there since then, and maybe some from
        the day before; ``None`` where the vendor cannot be asked that."""
        return None

    def held_name(self, held: Any) -> HeldName | None:  # noqa: ARG002  for adapters to look at
        """Which order that is which the question ``orders`` lists, or ``order`` reads; ``None`` where it is none."""
        return None

    def advice(self, keys: Iterable[str]) -> Iterable[str]:  # noqa: ARG002  for adapters to look at
        """What ``check`` is to warn of before it costs an order: a sentence each that ends in what to set.

        ``keys`` are those of events that came in of late (setting ``order_key``), some hundred at most, which are read
        from the ledger only where an adapter looks at them.
        """
        return ()

    @property
    def questions(self) -> Mapping[str, Question]:
        """What people may ask, by name: ``order`` and ``orders`` wherever the vendor can be asked for them."""
        return {}

    @property
    def sends_key(self) -> bool:
        """Whether the order's key (setting ``order_key``) goes to the vendor, so that two sources may meet in one."""
        return True

    @property
    def public_only(self) -> bool:
        """Whether a connection may go to public addresses alone."""
        return False

    @cached_property
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
