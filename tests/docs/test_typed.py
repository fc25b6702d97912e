"""What the pages say to type is typed, in two terminals, and shows what they say."""

from __future__ import annotations

import pytest

from tests.fakes.pages import blocks, page
from tests.fakes.typist import Typist

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("name", ["quick-start"])
def test_a_page_that_begins_with_nothing_shows_what_it_says(typist: Typist, name: str) -> None:
    for block in blocks(page(name)):
        if block.language == "console" or block.name:
            typist.type(block)
