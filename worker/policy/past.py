"""What is known of a delivery before an attempt at it: all that the deciding goes by. The ledger's claim is one."""

from __future__ import annotations

from typing import Protocol

from schemas.delivery import Link


class Life(Protocol):
    """The store's present life: its number, and when it began, 0 where nothing can have been forgotten then."""

    @property
    def number(self) -> int: ...

    @property
    def began_ms(self) -> int: ...


class Past(Protocol):
    """A delivery's past. Instants are the store's clock in milliseconds.

    ``doubt_since_ms`` is when a request of this delivery of unknown fate was last on the wire, 0 where a person vouches
    that it was not done; ``maybe_since_ms`` is the same of any request of its order. ``even_ms`` is since when the
    clock is known to have run without a jump. ``kind`` is ``a`` for an action.

    ``tries`` counts what the back-off counts. ``open_ms`` is the gate's clock of open hours, ``first_open_ms`` what it
    showed at the first try. ``attempted_ms`` is when it was last tried, ``unauthorized_ms`` when its credentials were
    last refused, ``tested_ms`` when the adapter's test last passed, ``readable_ms`` when the provider last gave anyone
    a readable answer. ``probes_failed`` counts its attempts that were the gate's probe and failed, ``own_failures``
    those in a row whose trouble was its own alone.
    """

    @property
    def kind(self) -> str: ...

    @property
    def link(self) -> Link | None: ...

    @property
    def epoch(self) -> Life: ...

    @property
    def now_ms(self) -> int: ...

    @property
    def accepted_ms(self) -> int: ...

    @property
    def doubt_since_ms(self) -> int | None: ...

    @property
    def maybe_since_ms(self) -> int | None: ...

    @property
    def even_ms(self) -> int: ...

    @property
    def tries(self) -> int: ...

    @property
    def open_ms(self) -> int: ...

    @property
    def first_open_ms(self) -> int | None: ...

    @property
    def attempted_ms(self) -> int | None: ...

    @property
    def unauthorized_ms(self) -> int | None: ...

    @property
    def tested_ms(self) -> int: ...

    @property
    def readable_ms(self) -> int: ...

    @property
    def probes_failed(self) -> int: ...

    @property
    def own_failures(self) -> int: ...
