"""Pages of documentation as their code blocks. How a block is fenced says what a test does with it:

- ```console``` is typed in the second terminal: a line behind ``$ `` is a command, the lines below it are what one sees.
  ``…`` stands for what differs from run to run: within a line, or alone on one for any number of lines.
- ```console first``` is typed in the first terminal, where it stays; ``^C`` is Ctrl-C.
- ```python NAME``` (or any language with a file's name behind it) is a file that the reader saves.
- ```sh``` is for the reader's own servers: a test looks only whether each ``ordercast`` command and option exists.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.ops.local.supervisor import ROOT

DOCS = ROOT / "docs"
FENCED = re.compile(r"^```(?P<language>\w*) *(?P<name>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(ordercast [^`\n]+)`")
PIECE = re.compile(r"(?<!-u )\bordercast (?!up\.env)[a-z][^|;&>\n]*")
PLACES = re.compile(r"(?<= )[A-Z]{2,}(?= |$)")


@dataclass(frozen=True)
class Block:
    """One code block: ``name`` is what stands behind the language, empty where nothing does."""

    language: str
    name: str
    text: str


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def blocks(text: str, *languages: str) -> list[Block]:
    """The blocks of these languages in their order; of all where none is named."""
    found = [Block(one["language"], one["name"], one["text"]) for one in FENCED.finditer(text)]
    return [one for one in found if not languages or one.language in languages]


def section(text: str, heading: str) -> str:
    """What stands below a heading of any level, up to the next one of its level or above."""
    [found] = re.finditer(rf"^(?P<marks>#+) {re.escape(heading)}$", text, re.MULTILINE)
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found['marks'])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def ordercast_commands(text: str) -> list[list[str]]:
    """Every call of ``ordercast`` on a page, in blocks and in the running text, as words behind the program's name."""
    whole = text.replace("\\\n", " ")
    lines = [line for block in blocks(whole, "console", "sh", "ini") for line in block.text.splitlines()]
    typed = [line.split("#")[0] for line in lines if block_line_is_typed(line, whole)]
    inline = INLINE.findall(FENCED.sub("", text))
    pieces = [piece for line in [*typed, *inline] for piece in PIECE.findall(line)]
    return [words[1:] for piece in pieces if len(words := shlex.split(piece.replace("…", "TEXT"))) > 1]


def block_line_is_typed(line: str, text: str) -> bool:
    """Whether a line of a block is a command and no output: in a console it has a prompt before it."""
    consoles = {one for block in blocks(text, "console") for one in block.text.splitlines()}
    return line.startswith("$ ") or line not in consoles


def targets(text: str) -> Iterator[tuple[str, str]]:
    """The pages of ours that a page links to, each with the heading's anchor, which may be empty."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", FENCED.sub("", text)):
        path, _, anchor = target.partition("#")
        yield path, anchor


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", FENCED.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
