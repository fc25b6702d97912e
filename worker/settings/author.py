"""Who changes what all processes share: a person or a worker, on which host, by which release and configuration."""

from __future__ import annotations

import getpass
import os
import socket
from importlib.metadata import PackageNotFoundError, version

import msgspec


class Author(msgspec.Struct, frozen=True):
    """``who`` is ``user@host``. ``file`` is the path of the configuration file, empty where there is none."""

    who: str = ""
    release: str = ""
    file: str = ""
    why: str = ""


def author(why: str, file: str = "") -> Author:
    """This process as an author."""
    return Author(f"{user()}@{socket.gethostname()}", release(), file, why)


def user() -> str:
    """The name of whoever runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def release() -> str:
    """The version of the software."""
    try:
        return version("ordercast")
    except PackageNotFoundError:
        return "0"
