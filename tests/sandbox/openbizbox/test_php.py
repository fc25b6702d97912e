"""How the played OpenBizBox reads a body, beside PHP itself."""

import json
import shutil
import subprocess
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.sandbox.openbizbox.php import is_true, read_fields, read_json

PHP = shutil.which("php")
with_php = pytest.mark.skipif(PHP is None, reason="no php on this machine")

READ = """
foreach (json_decode(stream_get_contents(STDIN)) as $hex) {
    $read = json_decode(hex2bin($hex), true);
    $code = JSON_FORCE_OBJECT | JSON_UNESCAPED_UNICODE;
    echo json_last_error() ? 'null' : json_encode([$read], $code), "\\n";
}
"""
KEYS = st.sampled_from(
    ["0", "1", "2", "01", "-1", "-0", "+1", "1.0", "", "a", "9223372036854775807", "92233720368547758080"]
)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"]))
)
TREES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=4), max_leaves=8
)


def php(*bodies):
    """What PHP makes of each body, its arrays as objects; ``None`` where it reads nothing."""
    sent = json.dumps([body.hex() for body in bodies])
    done = subprocess.run([PHP, "-n", "-r", READ], input=sent, capture_output=True, check=True, timeout=60, text=True)
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


def shown(body):
    """The same of our own reader."""
    try:
        return {"0": json.loads(json.dumps(read_json(body), default=float))}
    except ValueError:
        return None


@with_php
@settings(max_examples=20, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=20))
def test_a_body_is_read_as_php_reads_it(trees):
    """4 quirk 3 [ran]."""
    bodies = [json.dumps(tree).encode() for tree in trees]
    assert [shown(body) for body in bodies] == php(*bodies)


@with_php
def test_what_php_does_not_read_is_not_read():
    bodies = [b"{", b"", b"NaN", b"[1,]", b"\xff", b'"\xff"', b"\xef\xbb\xbf{}", b'"\\ud800"', b'{"\\udfff":1}', b"'a'"]
    assert [shown(body) for body in bodies] == php(*bodies) == [None] * len(bodies)


@with_php
def test_the_last_of_two_equal_keys_counts():
    bodies = [b'{"a":1,"a":2}', b'{"1":{"p":1},"1":{}}']
    assert [shown(body) for body in bodies] == php(*bodies)


@pytest.mark.parametrize("body", [b"[]", b"{}"])
def test_an_empty_list_and_an_empty_object_are_the_same(body):
    """4 quirk 3 [ran]."""
    assert read_json(body) == {}


def test_an_object_with_keys_from_zero_is_a_list():
    """4 quirk 3 [ran]."""
    assert read_json(b'{"0":{"a":1},"1":{}}') == read_json(b'[{"a":1},[]]')


def test_numbers_are_exact_and_a_nest_without_an_end_is_no_body():
    assert read_json(b'{"price":0.10}') == {"price": Decimal("0.10")}
    assert isinstance(read_json(b"92233720368547758080"), Decimal)
    with pytest.raises(ValueError, match="depth"):
        read_json(b"[" * 100_000)


def test_a_form_has_numbers_and_texts_and_no_truth():
    """4 auth [docs: log of a5853be]."""
    read = read_fields(b"id=7&lines[products][0][price]=1.50&notify=false&zip=0&text=7+DK")
    assert read == {
        "id": 7,
        "lines": {"products": {0: {"price": Decimal("1.50")}}},
        "notify": "false",
        "zip": 0,
        "text": "7 DK",
    }


@pytest.mark.parametrize("value", [True, "false", 1, {0: 1}, "00"])
def test_php_takes_a_text_for_true_whatever_it_says(value):
    assert is_true(value)


@pytest.mark.parametrize("value", [False, "", "0", 0, None, {}, Decimal(0)])
def test_php_takes_what_is_empty_for_false(value):
    assert not is_true(value)
