"""Secrets that change while workers work: a key that is mended in its file flows by itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.fakes.hosts import HERE, Hosts, replace_file
from tests.fakes.house import ENVIRON, real_events
from tests.fakes.waiting import wait_until

WRONG = "a-key-that-was-revoked"


class Denied(Hosts):
    """Its key is a wrong one from the start."""

    def _write_config(self) -> None:
        super()._write_config()
        self.secret("ORDERDESK_KEY").write_text(WRONG)


def held(house: Hosts) -> bool:
    return house.rows()["orderdesk"].gate.state == "held"


def test_a_key_that_is_mended_in_its_file_flows_without_a_restart(tmp_path: Path) -> None:
    with Denied(tmp_path, "orderdesk", settings="gate = { probe_s = 20 }\n", workers=2) as house:
        house.names["b"] = "w1@test"
        house.send(*real_events(5)).get(timeout=20)
        wait_until(lambda: held(house), 20)
        gate = house.rows()["orderdesk"].gate
        key = house.secret("ORDERDESK_KEY")
        assert gate.last_message, (gate, house.logs()[-3000:])
        assert f"api_key from file {key}, read " in gate.last_message
        assert gate.last_message.endswith("; HTTP 401)")
        assert "restart" not in gate.last_message
        replace_file(key, ENVIRON["ORDERDESK_KEY"])
        house.settled(5, within_s=15)  # sooner than the next probe would have come
        assert len(house.orders("orderdesk")) == len({event["subject"] for event in real_events(5)})
        assert house.rows()["orderdesk"].dead == 0
        said = [line for host in (HERE, "b") for line in house.said(host, "secret.reread")]
        assert {(one["setting"], one["origin"], one["level"]) for one in said} == {
            ("api_key", f"file {key}", "warning")
        }
        assert ENVIRON["ORDERDESK_KEY"] not in house.logs()
        assert WRONG not in house.logs()
        assert all(worker.poll() is None for worker in house.workers)


def test_a_file_that_is_empty_while_it_is_written_leaves_the_old_key_at_work(tmp_path: Path) -> None:
    with Hosts(tmp_path, "orderdesk") as house:
        key = house.secret("ORDERDESK_KEY")
        key.write_text("")
        wait_until(lambda: house.said(HERE, "secret.unread"), 20)
        house.send(*real_events(3)).get(timeout=20)
        house.settled(3, within_s=20)
        [said] = house.said(HERE, "secret.unread")
        assert f"providers.orderdesk.api_key: the file {key} is empty" in said["message"]
        key.write_text(ENVIRON["ORDERDESK_KEY"] + "\n")
        house.send(*real_events(5)[3:]).get(timeout=20)
        house.settled(5, within_s=20)
        assert house.rows()["orderdesk"].gate.state == "open"


def test_a_hangup_has_the_secrets_read_again_and_ends_nobody(tmp_path: Path) -> None:
    with Hosts(tmp_path, "orderdesk") as house:
        key = house.secret("ORDERDESK_KEY")
        stamp = key.stat()
        key.write_text("another-key-as-long")
        os.utime(key, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        wait_until(lambda: house.worker(HERE), 20)
        house.workers[0].send_signal(signal.SIGHUP)
        wait_until(lambda: house.said(HERE, "secret.reread"), 20)
        assert house.workers[0].poll() is None
        house.send(*real_events(1)).get(timeout=20)
        wait_until(lambda: held(house), 20)


@pytest.mark.parametrize("name", ["ORDERDESK_KEY_FILE"])
def test_a_variables_file_is_read_again_too(tmp_path: Path, name: str) -> None:
    class ByVariable(Hosts):
        @property
        def environ(self) -> dict[str, str]:
            kept = {one: value for one, value in super().environ.items() if one != "ORDERDESK_KEY"}
            return {**kept, name: str(self.secret("ORDERDESK_KEY"))}

        def configure(self, host: str, *kinds: str, more: str = "") -> None:
            super().configure(host, *kinds, more=more)
            text = self.config(host).read_text()
            there = f'{{ file = "{self.secret("ORDERDESK_KEY")}" }}'
            replace_file(self.config(host), text.replace(there, '{ env = "ORDERDESK_KEY" }'))
            self.secret("ORDERDESK_KEY").write_text(WRONG)

    with ByVariable(tmp_path, "orderdesk") as house:
        house.send(*real_events(2)).get(timeout=20)
        wait_until(lambda: held(house), 20)
        replace_file(house.secret("ORDERDESK_KEY"), ENVIRON["ORDERDESK_KEY"])
        house.settled(2, within_s=20)


def test_a_worker_that_starts_without_one_secret_works_the_others_and_takes_it_up_when_it_is_there(
    tmp_path: Path,
) -> None:
    class Lacking(Hosts):
        def _write_config(self) -> None:
            super()._write_config()
            self.secret("ORDERDESK_KEY").write_text("")

    with Lacking(tmp_path, "orderdesk", "retargeting") as house:
        house.send(*real_events(3)).get(timeout=20)
        wait_until(lambda: house.rows()["retargeting"].delivered, 20)
        [said] = house.said(HERE, "secret.missing")
        assert (said["provider"], said["level"]) == ("orderdesk", "warning")
        place = house.secret("ORDERDESK_KEY")
        assert said["message"] == f"providers.orderdesk.api_key: the file {place} is empty."
        why = f"No worker works orderdesk (w0@test: providers.orderdesk.api_key: the file {place} is empty)"
        wait_until(lambda: why in house.ordercast(HERE, "status").stderr, 10)
        assert house.rows()["orderdesk"].delivered == 0
        replace_file(place, ENVIRON["ORDERDESK_KEY"])
        wait_until(lambda: house.rows()["orderdesk"].delivered, 10)
        house.settled(3, within_s=20)
        wait_until(lambda: "No worker works" not in house.ordercast(HERE, "status").stderr, 5)
