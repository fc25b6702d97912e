"""One handler, no secret in any line."""

from __future__ import annotations

import io
import json
import logging
import string
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from worker import log

WORDS = st.text(string.ascii_letters + string.digits + string.punctuation + " \u017f\u212a\u00e9\u00df", max_size=8)


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield io.StringIO()
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_an_event_is_one_json_object(out: io.StringIO):
    log.configure("INFO", as_json=True, stream=out)
    log.get("tests").info("delivery.parked", provider="desk", reason="throttled")
    line = json.loads(out.getvalue())
    assert line["event"] == "delivery.parked"
    assert (line["provider"], line["reason"], line["level"], line["logger"]) == ("desk", "throttled", "info", "tests")
    assert line["timestamp"].endswith("Z")


def test_records_of_others_come_out_the_same_way(out: io.StringIO):
    log.configure("INFO", as_json=True, stream=out)
    logging.getLogger("celery").warning("lost %s", "broker")
    line = json.loads(out.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("lost broker", "warning", "celery")


def test_a_level_below_the_configured_one_is_silent(out: io.StringIO):
    log.configure("WARNING", as_json=True, stream=out)
    log.get("tests").info("delivery.parked")
    assert out.getvalue() == ""


def test_configuring_twice_leaves_one_handler(out: io.StringIO):
    log.configure("INFO", as_json=True, stream=out)
    log.configure("INFO", as_json=False, stream=out)
    log.get("tests").info("worker.started")
    assert out.getvalue().count("worker.started") == 1


@pytest.mark.parametrize("as_json", [True, False])
def test_a_secret_is_stars_in_fields_messages_and_tracebacks(out: io.StringIO, as_json: bool):
    log.configure("DEBUG", as_json=as_json, stream=out)
    log.keep_secret("pl4nted m4rker", "", "other/marker")
    try:
        int("pl4nted m4rker")
    except ValueError:
        log.get("tests").exception("call.failed", url="https://x/?key=pl4nted+m4rker", nested={"a": ["other/marker"]})
        logging.getLogger("urllib3").debug("GET /?key=%s", "pl4nted%20m4rker", exc_info=True)
    text = out.getvalue()
    assert text.count("***") >= 5
    assert "m4rker" not in text
    assert "other" not in text
    assert "ValueError" in text


@given(
    secret=WORDS.filter(bool),
    before=WORDS,
    after=WORDS,
    said=st.sampled_from([str, str.upper, str.lower, str.swapcase]),
)
def test_the_quick_look_lets_no_line_pass_that_the_pattern_would_mask(secret, before, after, said) -> None:
    secrets = log._Secrets()
    secrets.add((secret,))
    line = before + said(secret) + after
    assert secrets.masked(line) == secrets.pattern.sub("***", line)


def test_a_library_says_the_same_once_a_minute(out: io.StringIO, monkeypatch: pytest.MonkeyPatch):
    now_s = [1000.0]
    monkeypatch.setattr(log.time, "monotonic", lambda: now_s[0])
    log.configure("INFO", as_json=True, stream=out)
    consumer = logging.getLogger("celery.worker.consumer")
    for at_s, word in ((1000.0, "here"), (1030.0, "here"), (1030.0, "there"), (1061.0, "here")):
        now_s[0] = at_s
        consumer.error("Cannot connect to %s", word)
        consumer.info("heard of %s", word)
    lines = [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    assert [line for line in lines if line.startswith("Cannot")] == [
        "Cannot connect to here",
        "Cannot connect to there",
        "Cannot connect to here",
    ]
    assert len(lines) == 3 + 4, "what is no warning is said each time"
