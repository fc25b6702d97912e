"""Two terminals in which a page's commands are typed, one after the other, and what they show is held against the page."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path

from tests.fakes.pages import Block
from tests.fakes.program import Program
from tests.fakes.terminal import Terminal, all_shown
from tests.fakes.waiting import wait_until

COLUMNS = 100
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
VARIES = re.compile(
    r"(?P<address>127\.0\.0\.1:\d{5})|(?P<id>\bd(?=[a-z]*[2-7])[a-z2-7]{7}\b)|(?P<time>\d\d:\d\d:\d\d)|(?P<any>…)"
)
"""What a page shows of one run: a port, a delivery's id, the time of day. The next commands get those of this run."""
SHAPES = {"address": r"127\.0\.0\.1:\d+", "id": r"d[a-z2-7]{7}", "time": r"\d\d:\d\d:\d\d", "any": ".*?"}
LOOKS = re.compile(r"ordercast (status|order|deliveries|dead|refusals|log|link|check|providers$)|^cat |^\. ")
"""What only looks: a page says to say it again until it shows what it should, and so does the typist."""


class Typist:
    """Types blocks in a folder. What one command exports the next one has, as in one terminal."""

    def __init__(self, program: Program, kept: Path) -> None:
        self.program = program
        self.kept = kept / "exported"
        self.first: Terminal | None = None
        self.met: dict[str, str] = {}

    def type(self, block: Block) -> None:
        """One block of a page. Raises ``AssertionError`` where a command fails, or shows something else."""
        if block.name and block.language != "console":
            (self.program.directory / block.name).write_text(block.text)
            return
        for shown, expected in parts(block.text):
            command = self._as_met(shown)
            if block.name == "first":
                self._in_first(command, expected)
            else:
                self._in_second(command, expected)

    def end(self) -> None:
        """Nothing runs in the first terminal any more."""
        if self.first is not None:
            self.first.__exit__()
            self.first = None

    def _in_first(self, command: str, expected: list[str]) -> None:
        if command == "^C":
            assert self.first is not None
            self.first.interrupt()
            self.first.until(expected[-1].partition("…")[0], 60)
            self.end()
            return
        self.first = Terminal(self.program, command=["sh", "-c", self._shell(f"exec {command}")])
        fcntl.ioctl(self.first.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
        said = self.first.until(expected[-1].partition("…")[0], 90)
        assert self._agrees(said, expected), difference(command, expected, said)

    def _in_second(self, command: str, expected: list[str]) -> None:
        told = [0, ""]

        def shows_it() -> bool:
            told[:] = self.ran(command)
            return told[0] == 0 and self._agrees(str(told[1]), expected)

        try:
            wait_until(shows_it, 40 if LOOKS.search(command) else 0, 0.5)
        except AssertionError:
            raise AssertionError(difference(f"{command} (exit code {told[0]})", expected, str(told[1]))) from None

    def ran(self, command: str) -> tuple[int, str]:
        """Its exit code, and all that it showed on a terminal of 100 columns."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
        running = subprocess.Popen(
            ["sh", "-c", self._shell(command)],
            cwd=self.program.directory,
            env=self.program.environ | {"TERM": "xterm", "NO_COLOR": "1", "COLUMNS": str(COLUMNS)},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = all_shown(ours)
        return running.wait(60), shown.replace("\r\n", "\n")

    def _as_met(self, command: str) -> str:
        """The command with the ids and addresses of this run for those of the page."""
        for shown, real in self.met.items():
            command = command.replace(shown, real)
        return command

    def _agrees(self, shown: str, expected: list[str]) -> bool:
        """Whether the lines shown are these, but for what varies and the width of blanks."""
        lines = [" ".join(line.split()) for line in ESCAPES.sub("", shown).splitlines()]
        wanted, groups = pattern(expected, self.met)
        found = re.fullmatch(wanted, "".join(f"{line}\n" for line in lines if line))
        if found is None:
            return False
        met = self.met | {text: found[name] for name, text in groups.items()}
        if len({*met.values()}) < len(met):  # two ids of the page are one here
            return False
        self.met = met
        return True

    def _shell(self, command: str) -> str:
        return f'[ -e "{self.kept}" ] && . "{self.kept}"\n{command}\nended=$?\nexport -p >"{self.kept}"\nexit $ended'


def parts(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console, each with the lines below it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ ") or line == "^C":
            found.append((line.removeprefix("$ "), []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (f"{found[-1][0]}\n{line}", [])
        elif line.strip():
            found[-1][1].append(line)
    return found


def pattern(expected: list[str], met: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The lines as a regular expression, and by the name of each group in it what stands there on the page. ``met`` is
    what stands here for the ids and addresses that were on the page before."""
    groups: dict[str, str] = {}

    def varied(found: re.Match[str]) -> str:
        shape = SHAPES[str(found.lastgroup)]
        if found.lastgroup not in ("address", "id"):
            return shape
        if found[0] in met:
            return re.escape(met[found[0]])
        for name, text in groups.items():
            if text == found[0]:
                return f"(?P={name})"
        name = f"met{len(groups)}"
        groups[name] = found[0]
        return f"(?P<{name}>{shape})"

    def word(text: str) -> str:
        ends = [0, *(at for one in VARIES.finditer(text) for at in one.span()), len(text)]
        plain = [re.escape(text[begin:end]) for begin, end in zip(ends[::2], ends[1::2], strict=True)]
        found = [varied(one) for one in VARIES.finditer(text)]
        return "".join(part for pair in zip(plain, [*found, ""], strict=True) for part in pair)

    lines = [r"(?:.*\n)*?" if line.strip() == "…" else " ".join(map(word, line.split())) + r"\n" for line in expected]
    return "".join(lines), groups


def difference(command: str, expected: list[str], shown: str) -> str:
    return "\n".join([f"typed: {command}", "the page says:", *expected, "but it shows:", ESCAPES.sub("", shown)])
