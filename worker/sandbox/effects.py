"""What each fault does to a call, to the vendor and to the connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from worker.sandbox.base import VendorAnswer, VendorCall
from worker.sandbox.connection import Connection
from worker.sandbox.faults import InjectedFault
from worker.sandbox.stage import Stage

GARBAGE = "<html>\x00\ufffd{{{ not what was asked for"
HUGE_BYTES = 8_388_608
ELSEWHERE = "/_sandbox/elsewhere"


@dataclass(frozen=True, slots=True)
class Scene:
    """One call that a fault befalls."""

    fault: InjectedFault
    stage: Stage
    call: VendorCall
    connection: Connection
    stopping: threading.Event

    def wait_s(self, default_s: float) -> float:
        return default_s if self.fault.delay_s is None else self.fault.delay_s

    def note(self, answer: VendorAnswer | None = None) -> None:
        status, size_bytes = (answer.status, len(answer.body)) if answer else (None, 0)
        self.stage.note(self.call, status, size_bytes, self.fault.do)

    def act(self) -> VendorAnswer:
        answer = self.stage.act(self.call)
        self.note(answer)
        return answer

    def say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """An answer that is not the vendor's; the fault's own status, body and headers come first."""
        fault = self.fault
        said = VendorAnswer(
            fault.status or status, body if fault.body is None else fault.body.encode(), {**headers, **fault.headers}
        )
        self.note(said)
        self.connection.send(said)


def befall(scene: Scene) -> bool:
    """Let the fault befall the call. Whether the connection lives on; raises ``OSError`` where the client is gone."""
    return _EFFECTS[scene.fault.do](scene)


def _status(scene: Scene) -> bool:
    """The vendor does not act."""
    scene.say(503, b"", {"Content-Type": "text/plain"})
    return True


def _delay(scene: Scene) -> bool:
    """The vendor acts and answers, but late."""
    scene.stopping.wait(scene.wait_s(1))
    scene.connection.send(scene.act())
    return True


def _hang(scene: Scene) -> bool:
    """The vendor does not act, and nothing is ever answered."""
    scene.note()
    scene.connection.wait_until_gone(scene.stopping, scene.wait_s(3600))
    return False


def _reset_before(scene: Scene) -> bool:
    scene.note()
    scene.connection.reset()
    return False


def _reset_after(scene: Scene) -> bool:
    """The vendor acts, but its answer is lost."""
    scene.stage.act(scene.call)
    scene.note()
    scene.connection.reset()
    return False


def _commit_late(scene: Scene) -> bool:
    """The connection is lost at once, and the vendor acts all the same, later."""
    scene.stage.act_late(scene.call, scene.wait_s(1))
    scene.note()
    scene.connection.reset()
    return False


def _index_late(scene: Scene) -> bool:
    """The vendor acts and answers; from now on new orders are found only after a while."""
    scene.stage.hide_new(scene.wait_s(5))
    scene.connection.send(scene.act())
    return True


def _half(scene: Scene) -> bool:
    scene.connection.send_half(scene.act())
    return False


def _garbage(scene: Scene) -> bool:
    """The vendor acts, and what comes back cannot be read."""
    scene.stage.act(scene.call)
    scene.say(200, GARBAGE.encode(), {"Content-Type": "text/html"})
    return True


def _redirect(scene: Scene) -> bool:
    """The vendor does not act: the call belongs elsewhere, and nothing is there."""
    scene.say(302, b"", {"Location": ELSEWHERE})
    return True


def _huge(scene: Scene) -> bool:
    """The vendor acts, and its answer does not end for 8 MiB."""
    scene.stage.act(scene.call)
    scene.say(200, b'{"padding":"' + b"x" * HUGE_BYTES + b'"}', {"Content-Type": "application/json"})
    return True


def _slow(scene: Scene) -> bool:
    """The vendor acts, and its answer comes a byte at a time."""
    scene.connection.drip(scene.act(), scene.wait_s(30), scene.stopping)
    return True


_EFFECTS: dict[str, Callable[[Scene], bool]] = {
    "status": _status,
    "delay": _delay,
    "hang": _hang,
    "reset_before": _reset_before,
    "reset_after": _reset_after,
    "commit_late": _commit_late,
    "index_late": _index_late,
    "half": _half,
    "garbage": _garbage,
    "redirect": _redirect,
    "huge": _huge,
    "slow": _slow,
}
