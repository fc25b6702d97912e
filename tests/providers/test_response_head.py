"""Which class reads the heads of answers."""

from __future__ import annotations

import http.client

import pytest

from worker.providers import response_head
from worker.providers.response_head import LibraryHead, WholeHead, head_class


def test_ours_reads_heads_on_this_python() -> None:
    assert head_class() is WholeHead


@pytest.mark.parametrize("name", ["_read_status", "_check_close", "_read_next_chunk_size"])
def test_a_python_without_what_ours_stands_on_gets_the_librarys_own(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(http.client.HTTPResponse, name)
    assert head_class() is LibraryHead


def test_a_variable_switches_to_the_librarys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(response_head.SWITCH, "library")
    assert head_class() is LibraryHead
