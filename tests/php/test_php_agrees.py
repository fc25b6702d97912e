"""Our reading and writing of PHP's formats beside PHP itself."""

import json
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.providers import phpform, phpserial
from worker.sandbox.form import read_form
from worker.sandbox.retargeting import serialized

PHP = shutil.which("php")
pytestmark = pytest.mark.skipif(PHP is None, reason="no php on this machine")

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
NAMES = st.text("ab[]. _-0159é&=+%~", max_size=9)
FORMS = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.recursive(
        LEAVES,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("xyz ~.", min_size=1), below, max_size=3),
    ),
    max_size=5,
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
AS_OBJECT = "JSON_FORCE_OBJECT|JSON_UNESCAPED_UNICODE|JSON_INVALID_UTF8_SUBSTITUTE"


def php(code: str, *texts: bytes) -> list[bytes]:
    """What PHP prints for each text, which it finds in ``$text``: one process for all of them."""
    loop = f'foreach (json_decode(stream_get_contents(STDIN)) as $hex) {{ $text = hex2bin($hex); ob_start(); {code} echo bin2hex(ob_get_clean()), "\\n"; }}'
    ini = ("-d", "serialize_precision=-1", "-d", "max_input_vars=100000")
    lines = json.dumps([text.hex() for text in texts]).encode()
    done = subprocess.run([PHP, "-n", *ini, "-r", loop], input=lines, capture_output=True, check=True, timeout=60)
    return [bytes.fromhex(line) for line in done.stdout.decode().split("\n")[:-1]]


@FEW
@given(st.lists(FORMS, min_size=1, max_size=20))
def test_a_form_is_written_byte_for_byte_as_http_build_query_writes_it(forms):
    written = php("echo http_build_query(json_decode($text, true));", *(json.dumps(form).encode() for form in forms))
    assert [phpform.encode(form) for form in forms] == written


@FEW
@given(st.lists(st.lists(st.tuples(NAMES, TEXTS), max_size=6), min_size=1, max_size=20))
def test_a_form_is_read_as_parse_str_reads_it(forms):
    bodies = [
        "&".join(f"{name}={phpform.encode({'v': text})[2:].decode()}" for name, text in form).encode() for form in forms
    ]
    read = php(f"parse_str($text, $form); echo json_encode((object) $form, {AS_OBJECT});", *bodies)
    assert [read_form(body) for body in bodies] == [json.loads(text) for text in read]


@FEW
@given(
    st.lists(
        st.recursive(
            LEAVES | st.floats(allow_nan=False, allow_infinity=False),
            lambda below: st.dictionaries(st.text("xyz", min_size=1), below, max_size=4),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_php_serializes_is_read(trees):
    serials = php("echo serialize(json_decode($text, true));", *(json.dumps(tree).encode() for tree in trees))
    assert [phpserial.loads(serial) for serial in serials] == trees


def test_the_sandbox_serializes_as_php_does():
    tree = {"version": "1.0", "status": 200, "message": "grüße", "data": {"success": True}}
    assert php("echo serialize(json_decode($text, true));", json.dumps(tree).encode()) == [serialized(tree).encode()]


@pytest.mark.parametrize("serial", [b'O:8:"stdClass":0:{}', b"a:1:{i:0;i:1;", b"i:1", b's:2:"a";', b"x", b""])
def test_what_php_does_not_read_as_a_plain_value_is_refused(serial):
    shown = php("echo var_export(@unserialize($text, ['allowed_classes' => false]), true);", serial)[0]
    assert shown == b"false" or b"__PHP_Incomplete_Class" in shown
    with pytest.raises(phpserial.NotSerial):
        phpserial.loads(serial)
