import json

import pytest

from worker.sandbox.base import VendorCall
from worker.sandbox.faults import BadFault, Faults, InjectedFault, Match, read_fault


def call(method="POST", path="/orders", body=b""):
    return VendorCall(method, path, "", {}, body, 0.0)


def test_a_fault_is_read_with_all_it_can_say():
    wanted = {
        "do": "status",
        "times": 3,
        "match": {"method": "post", "path": "/or*", "body_contains": "é", "every": 2, "mutating": True},
        "status": 429,
        "delay_s": 0.5,
        "body": "busy",
        "headers": {"Retry-After": "3"},
    }
    assert read_fault(json.dumps(wanted).encode()) == InjectedFault(
        do="status",
        times=3,
        match=Match(method="post", path="/or*", body_contains="é", every=2, mutating=True),
        status=429,
        delay_s=0.5,
        body="busy",
        headers={"Retry-After": "3"},
    )


def test_a_fault_comes_once_unless_it_says_how_often():
    assert read_fault(b'{"do": "hang"}').times == 1
    assert read_fault(b'{"do": "hang", "times": null}').times is None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "A fault is a JSON object."),
        (b"\xff", "A fault is a JSON object."),
        (b"[]", "A fault is a JSON object."),
        (b"{}", "do is one of"),
        (b'{"do": "explode"}', "do is one of"),
        (b'{"do": ["hang"]}', "do is text."),
        (b'{"do": "hang", "time": 1}', "A fault has no field time"),
        (b'{"do": "hang", "times": 0}', "times is a whole number from 1 up."),
        (b'{"do": "hang", "times": true}', "times is a whole number from 1 up."),
        (b'{"do": "status", "status": 99}', "status is a whole number from 200 to 599."),
        (b'{"do": "delay", "delay_s": -1}', "delay_s is a number of seconds"),
        (b'{"do": "delay", "delay_s": NaN}', "delay_s is a number of seconds"),
        (b'{"do": "delay", "delay_s": "1"}', "delay_s is a number of seconds"),
        (b'{"do": "status", "body": {}}', "body is text."),
        (b'{"do": "status", "headers": ["a"]}', "headers is a JSON object of texts."),
        (b'{"do": "status", "headers": {"a": "b\\r\\nc: d"}}', "headers hold no line breaks."),
        (b'{"do": "hang", "match": "POST"}', "match is a JSON object."),
        (b'{"do": "hang", "match": {"url": "x"}}', "match has no field url"),
        (b'{"do": "hang", "match": {"every": 0}}', "every is a whole number from 1 up."),
        (b'{"do": "hang", "match": {"mutating": 1}}', "mutating is true or false."),
    ],
)
def test_a_fault_that_is_none_is_refused_with_a_sentence(body, sentence):
    with pytest.raises(BadFault) as refused:
        read_fault(body)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("match", "of", "fits"),
    [
        (Match(), call(), True),
        (Match(method="post"), call(), True),
        (Match(method="PUT"), call(), False),
        (Match(path="/orders/*"), call(path="/orders/7"), True),
        (Match(path="/orders/*"), call(path="/orders"), False),
        (Match(body_contains="1001"), call(body=b"order_no=1001"), True),
        (Match(body_contains="1001"), call(body=b"order_no=1002"), False),
        (Match(mutating=True), call(), True),
        (Match(mutating=True), call(method="GET"), False),
        (Match(mutating=True), call(path="/oauth/v2/token"), False),
        (Match(mutating=False), call(path="/api/v3/products/mapping.json"), True),
        (Match(method="POST", body_contains="x"), call(), False),
    ],
)
def test_a_fault_befalls_only_the_calls_it_is_for(match, of, fits):
    assert match.fits(of) is fits


def test_the_oldest_fault_that_fits_wins_until_it_is_used_up():
    faults = Faults()
    assert [faults.add(InjectedFault(do="hang", times=2)), faults.add(InjectedFault(do="half", times=None))] == [1, 2]
    assert [faults.take(call()).do for _ in range(4)] == ["hang", "hang", "half", "half"]


def test_every_third_call_is_every_third():
    faults = Faults()
    faults.add(InjectedFault(do="status", times=2, match=Match(method="POST", every=3)))
    taken = [
        faults.take(call(method))
        for method in ("POST", "GET", "POST", "POST", "POST", "POST", "POST", "POST", "POST", "POST")
    ]
    assert [bool(fault) for fault in taken] == [False, False, False, True, False, False, True, False, False, False]


def test_faults_that_are_cleared_befall_nothing_and_their_numbers_are_not_used_again():
    faults = Faults()
    faults.add(InjectedFault(do="hang", times=None))
    faults.clear()
    assert faults.take(call()) is None
    assert faults.listed() == []
    assert faults.add(InjectedFault(do="hang")) == 2
