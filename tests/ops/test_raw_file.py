"""Events out of files as people have them."""

from __future__ import annotations

import gzip
import io
import json

import pytest

from worker.ops.desk import raw_file as rawfile
from worker.ops.desk.raw_file import Unreadable, raw_events

ONE, TWO = {"id": "1", "name": 'Ærø, "]}'}, {"id": "2", "deep": [{"a": [1, 2]}]}


def found(content: bytes) -> list[tuple[int, object]]:
    return [(raw.line, json.loads(raw.body)) for raw in raw_events(io.BytesIO(content))]


def lines(*documents: object) -> bytes:
    return b"".join(json.dumps(document, ensure_ascii=False).encode() + b"\n" for document in documents)


def test_json_lines_come_with_their_numbers_and_blank_ones_count():
    assert found(b"\n" + lines(ONE) + b"  \n" + lines(TWO)) == [(2, ONE), (4, TWO)]


def test_the_last_line_needs_no_end():
    assert found(lines(ONE, TWO).rstrip()) == [(1, ONE), (2, TWO)]


def test_one_document_may_go_over_many_lines():
    assert found(json.dumps(ONE, indent=2).encode()) == [(1, ONE)]


def test_an_array_gives_its_elements_with_the_lines_they_begin_on():
    assert found(json.dumps([ONE, TWO], indent=1).encode()) == [(2, ONE), (6, TWO)]


def test_an_array_on_one_line_is_an_array():
    assert found(b"[" + b",".join([json.dumps(ONE).encode()] * 3) + b"]\n") == [(1, ONE)] * 3


def test_an_array_longer_than_a_piece_comes_out_whole(monkeypatch):
    monkeypatch.setattr(rawfile, "CHUNK_BYTES", 7)
    assert found(json.dumps([ONE, TWO] * 20, ensure_ascii=False).encode()) == [(1, ONE), (1, TWO)] * 20


@pytest.mark.parametrize("content", [lines(ONE, TWO), json.dumps([ONE, TWO]).encode()])
def test_a_packed_file_is_the_same_as_a_plain_one(content):
    assert found(gzip.compress(content)) == found(content)


def test_a_byte_order_mark_is_passed_over():
    assert found(b"\xef\xbb\xbf" + lines(ONE)) == [(1, ONE)]


@pytest.mark.parametrize("content", [b"", b" \n\n", gzip.compress(b"", mtime=0), b"[]", b" [ ] \n"])
def test_nothing_comes_of_nothing(content):
    assert found(content) == []


def test_a_broken_line_comes_as_it_is_and_the_others_after_it():
    bodies = [(raw.line, raw.body) for raw in raw_events(io.BytesIO(b'{"id":\nnonsense\n' + lines(ONE)))]
    assert bodies == [(1, b'{"id":'), (2, b"nonsense"), (3, lines(ONE).strip())]


def test_bytes_that_are_no_text_come_out_as_they_went_in():
    [raw] = raw_events(io.BytesIO(b'["\xff\xfe"]'))
    assert raw.body == b'"\xff\xfe"'


def test_a_broken_element_ends_the_array_with_all_that_follows():
    bodies = [raw.body for raw in raw_events(io.BytesIO(b'[{"id": 1}, {"id" 2}, {"id": 3}]'))]
    assert bodies == [b'{"id": 1}', b'{"id" 2}, {"id": 3}]']


def test_what_follows_an_array_is_not_lost_silently():
    bodies = [raw.body for raw in raw_events(io.BytesIO(b'[{"id": 1}]\n{"id": 2}'))]
    assert bodies == [b'{"id": 1}', b'{"id": 2}']


def test_an_array_that_was_cut_short_is_an_error_after_what_is_there():
    events = raw_events(io.BytesIO(b'[{"id": 1},\n'))
    assert next(events).body == b'{"id": 1}'
    with pytest.raises(Unreadable, match="cut short at line 2"):
        next(events)


def test_a_packed_file_that_was_cut_short_is_an_error():
    packed = gzip.compress(lines(*[{"id": str(n)} for n in range(5000)]))
    with pytest.raises(Unreadable, match="damaged"):
        list(raw_events(io.BytesIO(packed[: len(packed) // 2])))


def test_a_line_without_end_is_cut_and_the_next_ones_are_read(monkeypatch):
    monkeypatch.setattr(rawfile, "MAX_BYTES", 10)
    bodies = [raw.body for raw in raw_events(io.BytesIO(b'"a"\n"' + b"x" * 35 + b'"\n"b"\n'))]
    assert bodies == [b'"a"', b'"' + b"x" * 9, b'"b"']
