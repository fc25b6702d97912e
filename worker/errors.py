"""What we did wrong, as exceptions. What a provider does is a value (``schemas.outcome``), never one of these."""

from __future__ import annotations


class OrdercastError(Exception):
    """Something went wrong."""

    reason = "failed"
    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class ConfigError(OrdercastError):
    """The configuration cannot be used. ``problems`` lists every fault, one sentence each."""

    reason = "config"
    exit_code = 78

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The configuration cannot be used:\n" + "\n".join(f"  - {p}" for p in problems))
        self.problems = problems


class StoreUnreachable(OrdercastError):
    """The store cannot be reached, or answers that it cannot do now what it was asked.

    ``word`` is the first word of what it answered (``READONLY``), ``nonsense`` where that was no answer, and empty
    where none came.
    """

    reason = "store_unreachable"
    exit_code = 69

    def __init__(self, message: str = "The store cannot be reached.", *, word: str = "") -> None:
        super().__init__(message)
        self.word = word


class StoreRefused(StoreUnreachable):
    """The store refused what it was asked for no reason of its own: a defect."""

    reason = "store_refused"


class ShardAway(StoreUnreachable):
    """A shard of the ledger cannot be reached; the others go on."""


class StoreFull(OrdercastError):
    """The store has reached its cap; nothing more is accepted until deliveries drain."""

    reason = "store_full"
    word = "OOM"


class NoProviders(OrdercastError):
    """The ledger has no providers yet, so nothing is accepted: what came in now would go to nobody. Start a worker with
    `ordercast up`, or write this configuration into the ledger with `ordercast check --apply`."""

    reason = "no_providers"
    exit_code = 78

    def __init__(self) -> None:
        super().__init__(" ".join((self.__doc__ or "").split()))


class StoreUnfit(OrdercastError):
    """The store answers, but not as a ledger needs: wrong version, type or setting."""

    reason = "store_unfit"
    exit_code = 69


class LeaseLost(OrdercastError):
    """The lease ran out or another holder has it: nothing was written."""

    reason = "lease_lost"


class NothingMatched(OrdercastError):
    """Nothing matches."""

    reason = "not_found"
    exit_code = 3
