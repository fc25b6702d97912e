"""The configuration: where it comes from, what is refused, and that everything wrong is said at once."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from schemas import providers as kinds
from schemas.config import Config, Rate, Secret, Timeout
from worker.errors import ConfigError
from worker.settings import config_digest, load_settings

ROOT = Path(__file__).parents[2]
DESK = """
[providers.desk]
kind = "orderdesk"
store_id = { env = "DESK_STORE" }
api_key = { env = "DESK_KEY" }
"""
KEYS = {"DESK_STORE": "77", "DESK_KEY": "planted-key"}


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str, environ: dict[str, str] | None = None, **options: object) -> Config:
    Path("ordercast.toml").write_text(text)
    return load_settings(environ=KEYS if environ is None else environ, **options)


def problems(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text, environ)
    return caught.value.problems


def test_without_a_file_everything_has_its_default() -> None:
    assert load_settings(environ={}) == Config()


def test_a_named_file_must_be_there() -> None:
    for found in ({"path": "other.toml"}, {"environ": {"ORDERCAST_CONFIG": "other.toml"}}):
        with pytest.raises(ConfigError, match=r"other\.toml: cannot be read"):
            load_settings(**{"environ": {}, **found})


def test_a_file_that_is_not_toml_is_named_with_its_line() -> None:
    assert "line 2" in problems("[store]\nurl = = 1")[0]


def test_a_provider_has_the_defaults_of_its_kind() -> None:
    desk = load(DESK).providers["desk"]
    assert desk.base_url == "https://app.orderdesk.me/api/v2"
    assert desk.rate == Rate(per_second=3, burst=18)
    assert desk.max_in_flight == 3
    assert desk.timeout == Timeout(connect_s=3, read_s=20, total_s=45)
    assert desk.options.api_key.reveal() == "planted-key"


def test_what_the_file_says_beats_the_defaults_of_the_kind() -> None:
    more = """
        base_url = "https://desk.example/api/v2/"
        rate = { per_second = 1.5, burst = 2 }
        max_in_flight = 1
        sources = ["shop/*"]
        timeout = { total_s = 30 }
    """
    desk = load(DESK + more).providers["desk"]
    assert desk.base_url == "https://desk.example/api/v2"
    assert desk.rate == Rate(per_second=1.5, burst=2)
    assert desk.max_in_flight == 1
    assert desk.sources == ("shop/*",)
    assert desk.timeout == Timeout(total_s=30)


@pytest.mark.parametrize(
    ("environ", "flags", "expected"),
    [
        ({}, {}, "redis://file:1"),
        ({"REDIS_URL": "redis://last:1"}, {}, "redis://file:1"),
        ({"REDIS_URL": "redis://last:1", "ORDERCAST_STORE_URL": "redis://own:1"}, {}, "redis://own:1"),
        ({"ORDERCAST_STORE_URL": "redis://own:1"}, {"store.url": "redis://flag:1"}, "redis://flag:1"),
        ({"ORDERCAST_STORE_URL": "  "}, {}, "redis://file:1"),
    ],
)
def test_a_flag_beats_a_variable_beats_the_file(environ: dict, flags: dict, expected: str) -> None:
    assert load('[store]\nurl = "redis://file:1"', environ, flags=flags).store.url == expected


def test_the_variables_of_other_software_count_where_nothing_else_is_said() -> None:
    environ = {"REDIS_URL": "redis://r:1/0", "CELERY_BROKER_URL": "amqp://b"}
    store = load_settings(environ=environ).store
    assert (store.url, store.broker_url) == ("redis://r:1/0", "amqp://b")


@pytest.mark.parametrize("key", ["url", "broker_url"])
def test_a_certificate_that_is_not_there_is_named(key: str) -> None:
    Path("ca.pem").write_text("")
    url = "rediss://:hunter2@h:1/0?ssl_ca_certs=ca.pem"
    assert getattr(load(f'[store]\n{key} = "{url}"').store, key) == url
    assert problems(f'[store]\n{key} = "{url}&ssl_keyfile=key.pem"') == [
        f"store.{key}: ssl_keyfile names a file that is not there (key.pem)"
    ]


def test_an_address_that_is_none_is_one_sentence_without_its_password() -> None:
    assert problems("", {"CELERY_BROKER_URL": "kafka://:hunter2@h:1"}) == [
        "CELERY_BROKER_URL: must be an address such as redis://127.0.0.1:6379/0"
    ]
    (problem,) = problems('[store]\nurl = "amqp://u:hunter2@h"')
    known = "redis://, rediss://, sentinel://, unix://, redis+socket://"
    assert problem == f"store.url: must be an address that starts with {known}, such as redis://127.0.0.1:6379/0"


def test_a_variable_becomes_the_type_of_its_setting() -> None:
    environ = {"ORDERCAST_LIMITS_MAX_PENDING": "5000", "ORDERCAST_LIMITS_TOTALS": "off"}
    limits = load_settings(environ=environ).limits
    assert (limits.max_pending, limits.totals) == (5000, "off")


@pytest.mark.parametrize("text", ["1_000", "1e3", "-5", "5.0", "\u0665", "x"])
def test_a_variable_that_is_no_number_is_named(text: str) -> None:
    assert problems("", {"ORDERCAST_LIMITS_MAX_PENDING": text}) == [
        "ORDERCAST_LIMITS_MAX_PENDING: must be a whole number from 1 on"
    ]


def test_a_misspelt_variable_is_an_error_with_the_right_name() -> None:
    assert problems("", {"ORDERCAST_STORE_ULR": "x"}) == [
        "ORDERCAST_STORE_ULR: is not a setting; did you mean ORDERCAST_STORE_URL?"
    ]


def test_a_variable_may_name_a_file() -> None:
    Path("url").write_text("redis://:secret@r:1/0\n")
    assert load_settings(environ={"REDIS_URL_FILE": "url"}).store.url == "redis://:secret@r:1/0"
    assert problems("", {"ORDERCAST_STORE_URL_FILE": "none"}) == [
        "ORDERCAST_STORE_URL_FILE: the file none cannot be read"
    ]


def test_secrets_come_from_variables_and_files() -> None:
    Path("key").write_text("from a file\n")
    options = load(DESK.replace('{ env = "DESK_KEY" }', '{ file = "key" }')).providers["desk"].options
    assert options.api_key.reveal() == "from a file"


def test_a_secret_in_plain_text_is_refused_without_being_shown() -> None:
    (problem,) = problems(DESK.replace('{ env = "DESK_KEY" }', '"planted-key"'))
    assert problem.startswith("providers.desk.api_key: is a secret")
    assert '{ env = "NAME" } or { file = "PATH" }' in problem
    assert "planted" not in problem


def test_a_secret_that_is_not_there_is_one_problem() -> None:
    assert problems(DESK, {"DESK_STORE": "77", "DESK_KEY": " "}) == [
        "providers.desk.api_key: the variable DESK_KEY is not set"
    ]


def test_a_webhook_takes_several_secrets_and_keeps_its_address_to_the_letter() -> None:
    text = """
        [providers.hook]
        kind = "webhook"
        base_url = "https://hooks.example/in/?a=b"
        secret = [{ env = "NEW" }, { env = "OLD" }]
    """
    hook = load(text, {"NEW": "bmV3", "OLD": "b2xk"}).providers["hook"]
    assert [secret.reveal() for secret in hook.options.secret] == ["bmV3", "b2xk"]
    assert hook.base_url == "https://hooks.example/in/?a=b"


def test_every_problem_is_listed_at_once() -> None:
    text = """
        [stor]
        [store]
        durability = "disc"
        [retention]
        delivered_days = 500
        [providers.Desk]
        kind = "orderdesk"
        api_kee = "x"
        store_id = { env = "NONE" }
        rate = { per_sec = 3, burst = 1 }
        folders = { payd = 3 }
        [providers.other]
        kind = "orderdsk"
        [providers.third]
    """
    assert [problem.split(":")[0] for problem in problems(text, {"ORDERCAST_WEB_LISTEN": "here"})] == [
        "stor",
        "store.durability",
        "retention.dedupe_days",
        "ORDERCAST_WEB_LISTEN",
        "providers.Desk",
        "providers.Desk.rate.per_second",
        "providers.Desk.rate.per_sec",
        "providers.Desk.store_id",
        "providers.Desk.api_key",
        "providers.Desk.folders.payd",
        "providers.Desk.api_kee",
        "providers.other.kind",
        "providers.third.kind",
    ]


def test_no_secret_shows_in_a_configuration() -> None:
    config = load(DESK)
    assert "planted" not in repr(config)
    assert "planted" not in str(msgspec.to_builtins(config, enc_hook=repr))


def test_the_digest_changes_with_what_processes_must_agree_on_and_with_nothing_else() -> None:
    digest = config_digest(load(DESK))
    assert digest == config_digest(load(DESK))
    assert digest == config_digest(load(DESK, KEYS | {"DESK_KEY": "another"}))
    assert digest == config_digest(load(DESK, KEYS | {"REDIS_URL": "redis://elsewhere"}))
    assert digest != config_digest(load(DESK + 'sources = ["shop/*"]'))
    assert digest != config_digest(load(DESK + "folders = { paid = 7 }"))
    assert digest != config_digest(load(DESK, KEYS | {"ORDERCAST_LIMITS_BODY_BYTES": "2048"}))


def example(text: str) -> Config:
    """What this text of the example comes to, with every variable of .env.example set and with no other."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    environ = {line.split("=")[0]: line.split("=")[1] or "c2VjcmV0" for line in lines if re.match("[A-Z_]+=", line)}
    return load(text, environ)


def test_the_example_is_a_whole_configuration() -> None:
    config = example((ROOT / "ordercast.example.toml").read_text())
    assert {provider.kind for provider in config.providers.values()} == set(kinds.OPTIONS)


def test_what_the_example_has_commented_out_is_the_default_or_says_that_there_is_none() -> None:
    lines = (ROOT / "ordercast.example.toml").read_text().splitlines()
    shown = [re.sub(r"^# (?=\[|[a-z_]+ = )", "", line) for line in lines if "none by default" not in line]
    assert sum(map(str.__ne__, shown, (line for line in lines if "none by default" not in line))) > 40
    said, unsaid = (msgspec.structs.replace(example("\n".join(one)), origins={}) for one in (shown, lines))
    assert said == unsaid


def test_whoever_copies_the_example_books_no_ids_that_a_shop_has_not_kept_free() -> None:
    assert example((ROOT / "ordercast.example.toml").read_text()).providers["box"].options.order_id_offset is None


def test_a_secret_is_equal_by_its_value_and_silent_about_it() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert str(Secret("planted")) == repr(Secret("planted")) == "Secret('***')"


@pytest.mark.parametrize(
    ("listen", "place"),
    [
        ("127.0.0.1:6390", ("127.0.0.1", 6390)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]:7", ("::1", 7)),
        ("off", None),
    ],
)
def test_where_the_embedded_store_listens_is_a_loopback_address_and_a_port_or_nowhere(
    listen: str, place: object
) -> None:
    assert load(f'[store]\nlisten = "{listen}"').store.listen_at == place
    assert load("", {"ORDERCAST_STORE_LISTEN": listen}).store.listen_at == place


def test_where_nothing_is_said_the_embedded_store_takes_any_free_port() -> None:
    assert load("").store.listen_at == ("127.0.0.1", 0)


@pytest.mark.parametrize("listen", ["0.0.0.0:6390", "10.0.0.1:6390", "shop.example:6390", "localhost:6390", "[::]:1"])
def test_where_other_machines_could_reach_it_the_embedded_store_does_not_listen(listen: str) -> None:
    [said] = problems(f'[store]\nlisten = "{listen}"')
    assert said.startswith("store.listen: must be an address that only this machine reaches")
    assert "[store] url" in said


@pytest.mark.parametrize("listen", ["6390", "127.0.0.1", "127.0.0.1:99999", "a b:1", "user@127.0.0.1:1", ":1", ""])
def test_what_is_no_place_to_listen_at_is_named(listen: str) -> None:
    assert problems(f'[store]\nlisten = "{listen}"') == [
        'store.listen: must be "127.0.0.1:PORT", where port 0 is any free one, or "off"'
    ]
