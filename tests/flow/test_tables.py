"""Hosts of several configurations on one ledger: no provider is lost, and a change is taken up by all without restart."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fakes.hosts import HERE, Hosts, replace_file
from tests.fakes.house import real_events
from tests.fakes.waiting import wait_until

TWO = ("retargeting", "orderdesk")


def test_a_host_with_yesterdays_file_loses_nobody_a_provider_and_is_told_so(tmp_path: Path) -> None:
    with Hosts(tmp_path, "orderdesk") as house:
        house.configure("b", "orderdesk")  # yesterday's, which is never touched again
        house.configure(HERE, *TWO)
        assert house.ordercast(HERE, "check", "--apply").returncode == 0
        wait_until(lambda: house.works_by(HERE) == 2, 5)
        house.begin("b")
        assert house.live() == ["orderdesk", "retargeting"]
        assert house.table().version == 2
        [older] = house.said("b", "config.older")
        assert (older["version"], older["table"]) == (1, 2)
        assert "applied 20" in older["message"]
        assert "@" in older["message"]
        [kept] = house.said("b", "table.kept")
        assert kept["provider"] == "retargeting"
        assert "Add it to this configuration" in kept["message"]
        assert house.works_by("b") in (0, 1)
        wait_until(lambda: house.works_by("b") == 1)
        house.send(*real_events(4)).get(timeout=20)
        house.settled(4)


def test_two_workers_of_two_configurations_deliver_to_the_providers_of_both(tmp_path: Path) -> None:
    with Hosts(tmp_path, "orderdesk", "retargeting") as house:
        house.configure("b", "orderdesk", "webhook")
        house.begin("b")
        assert house.live() == ["orderdesk", "retargeting", "webhook"]
        assert [(line["provider"], line["wanted"][:7]) for line in house.said("b", "table.kept")] == [
            ("retargeting", "removes")
        ]
        wait_until(lambda: house.said(HERE, "table.kept"), 5)
        assert [line["provider"] for line in house.said(HERE, "table.kept")] == ["webhook"]
        assert [(line["what"], line["version"]) for line in house.said(HERE, "table.changed")] == [
            ("adds orderdesk (orderdesk); adds retargeting (retargeting)", 1),
            ("adds webhook (webhook)", 2),
        ]
        house.send(*real_events(6)).get(timeout=20)
        house.settled(6)
        assert all(house.rows()[name].delivered for name in house.live())
        told = house.ordercast(HERE, "status").stderr
        assert "workers: 2 (" in told
        assert "of provider table 1 (1) and 2 (1)" in told


def test_what_is_applied_on_one_host_is_taken_up_by_all_workers_within_five_seconds(tmp_path: Path) -> None:
    with Hosts(tmp_path, "orderdesk") as house:
        house.configure("b", "orderdesk")
        house.begin("b")
        house.fault("orderdesk", do="delay", delay_s=0.05, times=None)
        house.send(*real_events(30))
        for host in (HERE, "b"):
            house.configure(host, *TWO)
        assert house.ordercast("b", "check", "--apply").returncode == 0
        wait_until(lambda: house.works_by(HERE) == house.works_by("b") == house.table().version == 2, 5)
        for host in (HERE, "b"):
            [said] = [line for line in house.said(host, "table.changed") if line["version"] == 2]
            assert said["what"] == "adds retargeting (retargeting)"
            assert "@" in said["by"]
        house.workers[0].terminate()  # the other one alone delivers to the new provider
        house.workers[0].wait(20)
        house.send(*real_events(40)[30:]).get(timeout=30)
        wait_until(lambda: house.rows()["retargeting"].delivered > 0, 20)
        wait_until(lambda: not sum(row.pending + row.attempting + row.parked for row in house.rows().values()), 40)
        assert house.lost_attempts() == []
        assert all(row.dead == 0 for row in house.rows().values())


def test_a_wiped_file_and_one_that_cannot_be_read_change_nothing_until_it_is_over(tmp_path: Path) -> None:
    with Hosts(tmp_path, *TWO) as house:
        good = house.config(HERE).read_text()
        replace_file(house.config(HERE), f'[store]\ndir = "{tmp_path / "var"}"\n')
        applied = house.ordercast(HERE, "check", "--apply", "--yes")
        assert applied.returncode == 78
        assert "`ordercast providers remove NAME`" in applied.stderr
        assert house.live() == list(TWO)
        house.configure("b")
        house.begin("b")
        assert {line["provider"] for line in house.said("b", "table.kept")} == set(TWO)
        assert house.live() == list(TWO)

        replace_file(house.config(HERE), "[providers.retargeting\n")
        house.configure("c", *TWO, more="after_dead = 'continue'\n")
        assert house.ordercast("c", "check", "--apply").returncode == 0
        wait_until(lambda: house.said(HERE, "config.unread"), 10)
        house.send(*real_events(4)).get(timeout=20)
        house.settled(4)
        [said] = house.said(HERE, "config.unread")
        assert "ordercast.toml: is not TOML" in said["message"]
        replace_file(house.config(HERE), house.config("c").read_text())
        wait_until(lambda: house.works_by(HERE) == house.table().version, 10)
        assert good != house.config(HERE).read_text()


def test_a_provider_is_removed_by_name_and_a_restart_does_not_bring_it_back(tmp_path: Path) -> None:
    with Hosts(tmp_path, *TWO) as house:
        refused = house.ordercast(HERE, "providers", "remove", "retargeting", "--why", "the contract has ended")
        assert refused.returncode == 2
        assert "add --yes" in refused.stderr
        assert house.live() == list(TWO)
        removed = house.ordercast(
            HERE, "providers", "remove", "retargeting", "--yes", "--why", "the contract has ended"
        )
        assert removed.returncode == 0, removed.stderr
        assert house.live() == ["orderdesk"]
        house.begin(HERE)
        assert house.live() == ["orderdesk"]
        wait_until(lambda: house.works_by(HERE) == 2, 5)
        [change] = json.loads(house.ordercast(HERE, "providers", "diff", "--json").stdout)["changes"]
        assert (change["provider"], change["does"]) == ("retargeting", "brings back")
        last = house.table().history[-1]
        assert (last.version, last.what) == (2, "removes retargeting")


def test_a_wiped_file_and_another_hosts_change_of_the_table_stop_no_delivery(tmp_path: Path) -> None:
    with Hosts(tmp_path, *TWO) as house:
        house.configure("b", *TWO, "webhook")
        assert house.ordercast("b", "check", "--apply").returncode == 0
        wait_until(lambda: house.said(HERE, "table.kept"), 10)
        why = "No worker works webhook (w0@test: its configuration has no [providers.webhook])."
        wait_until(lambda: why in house.ordercast(HERE, "status").stderr, 10)
        house.config(HERE).write_text("")
        assert house.ordercast("b", "providers", "remove", "webhook", "--yes", "--why", "x").returncode == 0
        wait_until(lambda: house.said(HERE, "config.unread"), 10)
        house.send(*real_events(4)).get(timeout=20)
        house.settled(4)
        assert all(house.rows()[name].delivered for name in TWO)
