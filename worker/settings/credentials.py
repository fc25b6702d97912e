"""The secrets of a worker's providers, read again while it works: a key that is mended in its file needs no restart.

Read at a refusal of the credentials, at each probe of a held provider, at SIGHUP, and where the file is seen to have
changed. A file that cannot be read, or is empty while it is written, leaves the old secret as it is until it can; of a
provider that has none yet it was told when the process began.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from schemas.config import ProviderConfig
from worker import log as masking
from worker.clock import Clock, uptime_s
from worker.errors import ConfigError
from worker.log import get as get_logger
from worker.settings.configfile import ConfigFile, Stamp, secrets_of, stamp_of

AT_MOST_EVERY_S = 1.0
"""So often a provider's secrets are read again at refusals; a probe asks at its own pace."""

log = get_logger("ordercast.secrets")


class Credentials:
    """Keeps the secrets of all providers as their files have them. Safe for many threads; never raises.

    ``present`` gives the providers' settings as they are now, ``replace`` puts others in the place of one, unless it
    has others by then.
    """

    def __init__(
        self,
        file: ConfigFile | None,
        present: Callable[[], Mapping[str, ProviderConfig]],
        replace: Callable[[ProviderConfig, ProviderConfig], bool],
        clock: Clock = uptime_s,
    ) -> None:
        self.file = file
        self.present = present
        self.replace = replace
        self.clock = clock
        self._reading = threading.Lock()
        self._read_s: dict[str, float] = {}
        self._seen: dict[str, tuple[Stamp, ...]] = {}
        self._taken: dict[str, tuple[Stamp, ...]] = {}
        self._unread: set[str] = set()

    def renew(self, provider: str, *, is_due: bool = False) -> bool:
        """Read a provider's secrets again, but not more often than once a second unless it ``is_due``. True where they
        have changed."""
        with self._reading:
            known = self.present().get(provider)
            now_s = self.clock()
            if self.file is None or known is None or not any(_paths(known)):
                return False
            if not is_due and now_s - self._read_s.get(provider, -AT_MOST_EVERY_S) < AT_MOST_EVERY_S:
                return False
            self._read_s[provider] = now_s
            return self._renew(self.file, known)

    def renew_all(self) -> list[str]:
        """Read all of them again. Gives the providers whose secrets have changed."""
        return [name for name in self.present() if self.renew(name, is_due=True)]

    def look(self) -> list[str]:
        """Read again what is seen to have changed since it was read, once it has stayed as it is for a look. Gives the
        providers whose secrets have changed."""
        changed = []
        for name, config in self.present().items():
            stamps = tuple(stamp_of(Path(path)) for path in _paths(config))
            is_settled, self._seen[name] = self._seen.get(name) == stamps, stamps
            if is_settled and self._taken.get(name) != stamps:
                if self.renew(name, is_due=True):
                    changed.append(name)
                if name not in self._unread:
                    self._taken[name] = stamps
        return changed

    def _renew(self, file: ConfigFile, known: ProviderConfig) -> bool:
        try:
            renewed = file.renewed(known)
        except ConfigError as error:
            if known.name not in self._unread and not known.locked:
                told = "; ".join(error.problems)
                log.warning("secret.unread", provider=known.name, message=f"{told}: the old one is used until it can.")
            self._unread.add(known.name)
            return False
        self._unread.discard(known.name)
        if renewed is known:
            return False
        for secrets in secrets_of(renewed).values():
            masking.keep_secret(*(secret.reveal() for secret in secrets))
        if not self.replace(known, renewed):
            return True  # the configuration was read again meanwhile, with its secrets
        before = secrets_of(known)
        for name, secrets in secrets_of(renewed).items():
            if secrets != before.get(name):
                origin = ", ".join(secret.origin for secret in secrets)
                log.warning("secret.reread", provider=known.name, setting=name, origin=origin)
        return True


def _paths(config: ProviderConfig) -> list[str]:
    """The files that a provider's secrets stand in."""
    return [secret.path for secrets in secrets_of(config).values() for secret in secrets if secret.path]
