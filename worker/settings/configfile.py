"""Where a process has its configuration from, so that it can be read again: all of it, or one provider's secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import msgspec

from schemas.config import Config, ProviderConfig, Secret, secrets_in
from worker.settings import DEFAULT_PATH, PATH_VARIABLE, load_settings, read_provider

Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The file that ``load_settings`` reads: ``here`` finds it. ``is_there`` says that it was."""

    place: Path
    is_there: bool
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)  # may hold secrets

    @classmethod
    def here(cls, path: str | None = None, environ: Mapping[str, str] = os.environ) -> Self:
        """The file that a flag names, the variable, or the usual one."""
        named = path or environ.get(PATH_VARIABLE, "").strip()
        place = Path(named or DEFAULT_PATH).absolute()
        return cls(place, bool(named) or place.exists(), environ)

    @property
    def name(self) -> str:
        """Its path for people; empty where there is none."""
        return str(self.place) if self.is_there else ""

    def load(self) -> Config:
        """The configuration as it is now, a provider whose secrets cannot be read ``locked``. Raises ``ConfigError``,
        also where the file is gone: one that was there is not taken for an empty one."""
        return load_settings(str(self.place) if self.is_there else None, self.environ, needs_secrets=False)

    def stamp(self) -> Stamp:
        """What changes with the file; ``None`` while it cannot be seen."""
        return stamp_of(self.place)

    def renewed(self, known: ProviderConfig) -> ProviderConfig:
        """The same settings with the secrets as they are now. What else the file says of the provider by now is not
        taken. Raises ``ConfigError`` where a secret cannot be read, or is none."""
        read = read_provider(str(self.place), known.name, self.environ)
        if read is None or read.kind != known.kind:
            return known
        secrets = {name: getattr(read.options, name) for name in secret_names(known)}
        if secrets == {name: getattr(known.options, name) for name in secrets}:
            _note_time(known, read)
            return known
        return msgspec.structs.replace(known, options=msgspec.structs.replace(known.options, **secrets))


def stamp_of(path: Path) -> Stamp:
    """Inode, size and time of a file; a link's are those of what it points to."""
    try:
        found = path.expanduser().stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def secret_names(config: ProviderConfig) -> list[str]:
    """The settings of a provider that hold secrets."""
    options = config.options
    return [name for name in getattr(options, "__struct_fields__", ()) if secrets_in(getattr(options, name))]


def secrets_of(config: ProviderConfig) -> dict[str, list[Secret]]:
    """Each setting of a provider that holds secrets, with these."""
    return {name: secrets_in(getattr(config.options, name)) for name in secret_names(config)}


def with_secrets_of(known: ProviderConfig, config: ProviderConfig) -> ProviderConfig:
    """The configuration with what was known of those secrets that cannot be read now; they are looked for where it
    names them."""
    before, found = secrets_of(known), {}
    for name, secrets in secrets_of(config).items():
        olds = before.get(name, [])
        if olds and any(one.missing for one in secrets):
            paired = zip(secrets, olds, strict=False)
            kept = [Secret(old.reveal(), one.origin, one.path) if one.missing else one for one, old in paired]
            kept = kept if len(olds) >= len(secrets) else olds
            found[name] = tuple(kept) if isinstance(getattr(config.options, name), tuple) else kept[0]
    return msgspec.structs.replace(config, options=msgspec.structs.replace(config.options, **found))


def told_secrets(config: ProviderConfig) -> str:
    """Which secrets a provider has, from where, and when they were read: never what they are. Empty where it has none
    that came from anywhere."""
    told = []
    for name, secrets in secrets_of(config).items():
        told += [f"{name} from {secret.told}" for secret in secrets if secret.told]
    return ", ".join(told)


def _note_time(known: ProviderConfig, read: ProviderConfig) -> None:
    for name, secrets in secrets_of(known).items():
        for secret, again in zip(secrets, secrets_in(getattr(read.options, name)), strict=True):
            secret.read_at = again.read_at
