"""Whoever types the pages sees where they are wrong."""

from __future__ import annotations

import pytest

from tests.fakes.pages import Block, ordercast_commands
from tests.fakes.typist import Typist


def typed(typist: Typist, text: str) -> None:
    typist.type(Block("console", "", text))


@pytest.mark.parametrize(
    "text",
    [
        "$ echo one\ntwo\n",
        "$ echo one two\none\n",
        "$ printf 'one\\ntwo\\n'\none\n",
        "$ echo one\n",
        "$ true\none\n",
        "$ false\n",
        "$ echo delivery\nd3k7q2m4\n$ echo d3k7q2m4\nd7777777\n",
    ],
)
def test_what_shows_something_else_or_fails_is_seen(typist: Typist, text: str) -> None:
    with pytest.raises(AssertionError, match="the page says"):
        typed(typist, text)


def test_what_varies_may_differ_and_is_known_again(typist: Typist) -> None:
    typed(typist, "$ echo at 11:59:58 dabcdef7 of 3\nat 09:30:00 d3k7q2m4 …\n$ echo d3k7q2m4\nd3k7q2m4\n")
    assert typist.ran("echo ok") == (0, "ok\n")
    assert typist.met == {"d3k7q2m4": "dabcdef7"}
    typed(typist, "$ printf '1\\n2\\n3\\n'\n…\n3\n")


def test_what_one_command_exports_the_next_one_has_and_a_named_block_is_a_file(typist: Typist) -> None:
    typist.type(Block("sh", "hello.sh", "echo hello $NAME\n"))
    typed(typist, "$ export NAME=Ida\n$ sh hello.sh\nhello Ida\n")


def test_commands_are_found_in_blocks_and_in_the_text_and_output_is_none() -> None:
    text = """
Say `ordercast status --watch`.

```console
$ ordercast dead
ordercast nonsense
```

```sh
cat one | ordercast enqueue - --wait   # ordercast comment
```
"""
    assert ordercast_commands(text) == [["dead"], ["enqueue", "-", "--wait"], ["status", "--watch"]]
