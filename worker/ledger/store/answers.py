"""What a server says instead of an answer, as one of our errors: the one place where redis' errors become ours."""

from __future__ import annotations

import traceback

from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import InvalidResponse, RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from worker.errors import OrdercastError, StoreFull, StoreRefused, StoreUnreachable
from worker.ledger.store.silence import Place, silence
from worker.log import get as get_logger
from worker.log import trace_of

NONSENSE = (AttributeError, LookupError, TypeError, ValueError)
"""What reading an answer raises that is of another type than was asked for."""

_RIGHTS = (
    "Give the user that {setting} names the right to this with ACL SETUSER: it needs ~* &* +@all -@dangerous +info"
    " +config|get +function."
)
ADVICE = {
    "ASK": "It is a node of a cluster whose slots move: name a server that is none in {setting}.",
    "BUSY": "Wait until that script has ended, or end it with SCRIPT KILL or FUNCTION KILL.",
    "CLUSTERDOWN": "It is a node of a cluster that is not whole: bring its nodes back, or name a server that is none"
    " in {setting}.",
    "CROSSSLOT": "It is a node of a cluster: name a server that is none in {setting}.",
    "DENIED": "Give it a password, and put that into {setting}.",
    "LOADING": "It reads its files after a start: wait.",
    "MASTERDOWN": "It is a replica without its master: bring the master back, or name the new one in {setting}.",
    "MISCONF": "It takes no writes because it cannot save: make room on its disk, and read its log.",
    "MOVED": "It is a node of a cluster, and the keys are at another: name a server that is none in {setting}.",
    "NOAUTH": "Put its user and password into {setting}.",
    "NOPERM": _RIGHTS,
    "NOREPLICAS": "It has fewer replicas at work than min-replicas-to-write asks for: bring one back, or lower"
    " min-replicas-to-write.",
    "READONLY": "It is a replica: wait for the failover, or name the master in {setting}.",
    "TRYAGAIN": "It is a node of a cluster whose slots move: name a server that is none in {setting}.",
    "UNBLOCKED": "It became a replica: wait for the failover, or name the master in {setting}.",
    "WRONGPASS": "Correct the user and password in {setting}.",
}
"""What to do about each word that is the server's state or its settings. Any other is a defect of ours, or of whoever
wrote under our keys."""

ADVICE_OF_ERR = {
    "ACL failure in script": _RIGHTS,
    "The user executing the script can't": _RIGHTS,  # Redis 7.0
    "max number of clients": "Raise its maxclients, or end clients that nobody needs.",
    "unknown command": "Ordercast needs Redis 7.0 or Valkey 7.2 or later, with no command renamed.",
    "AUTH <password> called without": "Take the password out of {setting}: the server has none.",
    "DB index is out of range": "Name a database that it has in {setting}.",
    "SELECT is not allowed": "It is a node of a cluster: name a server that is none in {setting}.",
}
"""The same for those whose word is ERR, by how they go on."""

_SHORTER = {
    "DENIED": "DENIED: it is in protected mode, and takes connections from its own machine only.",
    "NOAUTH": "NOAUTH: it wants a password, and was given none.",
    "WRONGPASS": "WRONGPASS: the user or the password is wrong.",
}
"""What stands for a server's own sentence that tells its operator, or a program, how to speak to it."""

_MOST = 300
_FRAMES = 12
_CAUSED = " of pipeline caused error: "
_BECAUSE = "because of: "
_told: set[str] = set()


def ours(error: Exception, place: Place) -> OrdercastError:
    """An error of redis-py, or of reading an answer, as ``StoreFull``, ``StoreRefused`` or ``StoreUnreachable``."""
    if isinstance(error, InvalidResponse):
        message = f"{place.name} does not speak as Redis and Valkey do: correct {place.setting}."
        return StoreUnreachable(message, word="nonsense")
    word, said = _answered(error)
    if word == "OOM":
        drains = "Let what it holds be delivered, or raise its maxmemory."
        return StoreFull(f"{place.name} is out of memory; nothing was written. {drains}")
    if word:
        advice = _advice(word, said)
        if advice is None:
            return _refused(error, f"{place.name} answers: {said} {_DEFECT}", word)
        return StoreUnreachable(f"{place.name} answers: {said} {advice.format(setting=place.setting)}", word=word)
    if isinstance(error, NONSENSE) or not isinstance(error, NotConnected | NoAnswer | OSError):
        said = f"is not understood ({type(error).__name__}): correct {place.setting} where that is another program."
        return _refused(error, f"{place.name} {said} Else it is a defect of Ordercast: report it.", "nonsense")
    return StoreUnreachable(silence(error, place))


def _answered(error: Exception) -> tuple[str, str]:
    """The server's first word and its whole sentence, both empty where the error is none of the server's.

    Without what was asked: redis-py repeats commands of a pipeline with their arguments, and servers unknown ones.
    """
    word = error.status_code if isinstance(error, RedisError) else None
    if not word and not isinstance(error, ResponseError):
        return "", ""
    said = str(error.args[0]) if error.args else ""
    said = said.rpartition(_CAUSED)[2].partition(", with args")[0].partition(" script: ")[0].partition("\n")[0].strip()
    if word == "EXECABORT" and _BECAUSE in said:
        word, said = None, said.partition(_BECAUSE)[2]
    first = said.partition(" ")[0]
    if not word:
        word = first if first.isupper() else "ERR"
    if word in _SHORTER:
        return word, _SHORTER[word]
    whole = said if first == word else f"{word} {said}".strip()
    if len(whole) > _MOST:
        whole = whole[:_MOST].rpartition(". ")[0] or f"{whole[:_MOST]}…"
    return word, f"{whole.rstrip('.')}."


def _advice(word: str, said: str) -> str | None:
    if word != "ERR":
        return ADVICE.get(word)
    return next((advice for begun, advice in ADVICE_OF_ERR.items() if said.startswith(f"ERR {begun}")), None)


def _refused(error: Exception, message: str, word: str) -> StoreRefused:
    """A defect is in the log of each process once, with the way that led to it, whoever goes on without an answer."""
    if message not in _told:
        _told.add(message)
        trace = "".join([*traceback.format_stack(limit=_FRAMES), trace_of(error)])
        _log.error("store.refused", word=word, message=message, exception=trace)
    return StoreRefused(message, word=word)


_DEFECT = "That is a defect of Ordercast, or something else has written under its keys: report it."
_log = get_logger("ordercast.store")
