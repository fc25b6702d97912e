import math

import phpserialize
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.providers import phpserial

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
KEYS = st.integers(-(2**31), 2**31) | st.text(max_size=8)
TREES = st.recursive(SCALARS, lambda below: st.dictionaries(KEYS, below, max_size=5), max_leaves=30)


@given(TREES)
def test_what_the_oracle_writes_is_read(tree):
    serial = phpserialize.dumps(tree)
    assert phpserial.loads(serial) == tree == phpserialize.loads(serial, decode_strings=True)


@given(TREES, st.integers(min_value=1))
def test_a_byte_too_few_or_too_many_is_refused(tree, cut):
    serial = phpserialize.dumps(tree)
    for broken in (serial[: -1 - cut % len(serial)], serial + b";"):
        with pytest.raises(phpserial.NotSerial):
            phpserial.loads(broken)


@given(st.binary(max_size=80) | st.text('abdiNsOCrR:;{}"0123456789-.E', max_size=40).map(str.encode))
@example(b'a:2:{i:0;b:1;s:1:"a";d:1.5;}')
@example(b"N;")
def test_what_is_read_of_anything_is_plain_and_what_is_not_is_the_one_error(serial):
    try:
        read = phpserial.loads(serial)
    except phpserial.NotSerial:
        return
    assert is_plain(read)
    if not math.isnan(read if isinstance(read, float) else 0):
        assert phpserial.loads(phpserialize.dumps(read)) == read


def is_plain(tree):
    if isinstance(tree, dict):
        return all(type(key) in (int, str) and is_plain(value) for key, value in tree.items())
    return tree is None or type(tree) in (bool, int, float, str)


@pytest.mark.parametrize(
    "serial",
    [
        b'O:8:"stdClass":0:{}',
        b'C:3:"Foo":0:{}',
        b"a:2:{i:0;i:1;i:1;R:2;}",
        b"a:2:{i:0;i:1;i:1;r:1;}",
        b'E:7:"Suit:Up";',
        b"a:1:{a:0:{}i:1;}",
        b"a:1:{b:1;i:1;}",
        b"a:2:{i:0;i:1;}",
        b"a:0:{",
        b"a:-1:{}",
        b's:3:"ab";',
        b's:1:"ab";',
        b's:99:"ab";',
        b's:01:"a";',
        b"i:+1;",
        b"i:1_0;",
        b"i: 1;",
        b"i:01;",
        b"b:2;",
        b"b:true;",
        b"d:1,5;",
        b"d:;",
        b"n;",
        b"",
        b"N;N;",
        " i:\u0661;".encode(),
        "i:\u0661;".encode(),
    ],
)
def test_what_is_no_plain_value_is_refused(serial):
    with pytest.raises(phpserial.NotSerial):
        phpserial.loads(serial)


def test_text_is_measured_in_bytes():
    assert phpserial.loads('s:6:"grüße";'.encode("latin-1").replace(b"6", b"5")) == "gr\ufffd\ufffde"
    assert phpserial.loads('s:7:"grüße";'.encode()) == "grüße"


def test_the_floats_that_json_lacks_are_read():
    assert phpserial.loads(b"d:-INF;") == -math.inf
    assert math.isnan(phpserial.loads(b"d:NAN;"))
    assert phpserial.loads(b"d:1.0E+25;") == 1e25


def test_size_depth_and_count_are_capped():
    deep = b"a:1:{i:0;" * 33 + b"N;" + b"}" * 33
    with pytest.raises(phpserial.NotSerial, match="32 levels"):
        phpserial.loads(deep)
    assert phpserial.loads(deep.removeprefix(b"a:1:{i:0;").removesuffix(b"}"))
    with pytest.raises(phpserial.NotSerial, match="10000 entries"):
        phpserial.loads(b"a:2:{i:0;a:9998:{" + b"".join(b"i:%d;N;" % n for n in range(9998)) + b"}i:1;a:1:{i:0;N;}}")
    with pytest.raises(phpserial.NotSerial, match="bytes"):
        phpserial.loads(b's:300000:"' + b"x" * 300_000 + b'";')
