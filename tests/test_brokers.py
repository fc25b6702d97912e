"""Celery's settings from our addresses, and a RabbitMQ that speaks TLS."""

from __future__ import annotations

import ssl

import pytest
from celery import Celery

from schemas.address import read_address
from schemas.config import Config, StoreConfig
from tests.fakes.rabbit import IS_HERE, Rabbit
from tests.fakes.servers import CERTIFICATE
from worker.app import build
from worker.brokers import celery_address, celery_settings, connection_to, queues
from worker.errors import StoreUnreachable

SENTINELS = read_address("sentinel://u:p@a:1,b:2/mymaster/3?sentinel_password=s")
RABBIT = read_address("amqp://u:p@a,b:3/v")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://:p%40@h/2", "redis://:p%40@h:6379/2"),
        ("rediss://h:1/0?ssl_ca_certs=/ca.pem", "rediss://h:1/0"),
        ("unix:///a%20b.sock", "redis+socket:///a%20b.sock"),
        ("unix:///s.sock?db=2", "redis+socket:///s.sock?virtual_host=2"),
        ("sentinel://u:p@a:1,b:2/m/3", "sentinel://u:p@a:1/3;sentinel://u:p@b:2/3"),
        ("amqp://u:p@a,b:3/v", "amqp://u:p@a:5672/v;amqp://u:p@b:3/v"),
        ("pyamqp://guest@h//", "amqp://guest@h:5672//"),
    ],
)
def test_an_address_is_told_to_celery_in_its_own_form(url: str, address: str) -> None:
    assert celery_address(read_address(url)) == address


def test_a_secure_store_is_checked_by_celery_too() -> None:
    store = read_address("rediss://h:1/0?ssl_ca_certs=/ca.pem")
    wanted = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True, "ssl_ca_certs": "/ca.pem"}
    settings = celery_settings(store, store)
    assert settings["broker_use_ssl"] == settings["redis_backend_use_ssl"] == wanted
    assert celery_settings(RABBIT, RABBIT)["broker_use_ssl"] is None


def test_the_sentinels_are_asked_for_their_service_with_their_own_password() -> None:
    for options in ("broker_transport_options", "result_backend_transport_options"):
        told = celery_settings(SENTINELS, SENTINELS)[options]
        assert told["master_name"] == "mymaster"
        assert told["sentinel_kwargs"]["password"] == "s"


def test_the_environment_of_other_software_does_not_beat_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere:1/0")
    app = build(Config(store=StoreConfig(url="redis://store:1/0", broker_url="amqp://rabbit:1/v")))
    for connection in (app.connection_for_read(), app.connection_for_write()):
        assert (connection.hostname, connection.port, connection.virtual_host) == ("rabbit", 1, "v")
    assert isinstance(app, Celery)


def test_nobody_acknowledges_a_call_of_a_runner() -> None:
    """On Redis a full store would refuse the note of it, and end the worker."""
    assert [queue.no_ack for queue in queues(["q"], RABBIT)] == [True]


def test_a_redis_that_refuses_is_waited_for_and_a_queue_that_rabbitmq_refuses_ends_the_worker() -> None:
    redis = read_address("redis://store:6379/0")
    assert celery_settings(redis, redis)["broker_channel_error_retry"] is True
    assert celery_settings(redis, RABBIT)["broker_channel_error_retry"] is False


@pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")
def test_a_rabbitmq_is_spoken_to_through_tls_where_its_certificate_is_trusted(rabbit: Rabbit) -> None:
    place = f"amqps://guest:guest@localhost:{rabbit.tls_port}//"
    with connection_to(read_address(f"{place}?ssl_ca_certs={CERTIFICATE}")) as connection:
        assert connection.connected
    for untrusted, why in (
        (place, "self-signed certificate"),
        (f"amqps://guest:guest@127.0.0.1:{rabbit.tls_port}//?ssl_ca_certs={CERTIFICATE}", "IP address mismatch"),
    ):
        with (
            pytest.raises(StoreUnreachable, match=rf"its certificate cannot be trusted \({why}") as caught,
            connection_to(read_address(untrusted)),
        ):
            pass
        assert "guest" not in str(caught.value)


@pytest.mark.skipif(not IS_HERE, reason="needs Debian's rabbitmq-server")
def test_what_a_rabbitmq_refuses_is_told_with_what_to_do_and_without_the_user(rabbit: Rabbit) -> None:
    for login, vhost, said in (
        (
            "guest:hunter2",
            "/",
            (
                "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN."
                " Correct the user and password in [store] broker_url."
            ),
        ),
        (
            "guest:guest",
            "none",
            (
                "NOT_ALLOWED - vhost none not found. Correct what stands behind the host in [store] broker_url, or make"
                " it with rabbitmqctl add_vhost."
            ),
        ),
    ):
        with (
            pytest.raises(StoreUnreachable) as caught,
            connection_to(read_address(f"amqp://{login}@127.0.0.1:{rabbit.port}/{vhost}")),
        ):
            pass
        assert str(caught.value) == f"The broker at amqp://127.0.0.1:{rabbit.port}/{vhost} answers: {said}"
