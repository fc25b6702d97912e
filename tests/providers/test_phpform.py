from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.providers import phpform
from worker.sandbox.form import read_form

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
TREES = st.recursive(
    TEXTS, lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text("abc123", min_size=1), below, max_size=4)
)


@pytest.mark.parametrize(
    ("tree", "body"),
    [
        ({"a": True, "b": False}, b"a=1&b=0"),
        ({"a": None, "b": [], "c": {}, "d": ""}, b"d="),
        ({"a": 1.0, "b": 1.5, "c": 7, "d": -0.25}, b"a=1&b=1.5&c=7&d=-0.25"),
        ({"a": Decimal("0.10"), "b": Decimal("1E+3")}, b"a=0.10&b=1000"),
        (
            {"0": {"order_no": "235", "discount_code": ["X", "Y"]}},
            b"0%5Border_no%5D=235&0%5Bdiscount_code%5D%5B0%5D=X&0%5Bdiscount_code%5D%5B1%5D=Y",
        ),
        ({"1": [{"id": "307"}, {"id": "105"}]}, b"1%5B0%5D%5Bid%5D=307&1%5B1%5D%5Bid%5D=105"),
        ({"a b": "c&d=é~+"}, b"a+b=c%26d%3D%C3%A9%7E%2B"),
    ],
)
def test_a_form_is_written_as_php_writes_it(tree, body):
    assert phpform.encode(tree) == body


def test_what_no_form_can_carry_is_refused():
    with pytest.raises(TypeError, match="a form cannot carry object"):
        phpform.encode({"a": object()})


@given(st.dictionaries(st.text("abc", min_size=1), TREES, max_size=5))
def test_the_count_is_that_of_the_variables_sent(tree):
    body = phpform.encode(tree)
    assert phpform.count(tree) == (body.count(b"&") + 1 if body else 0)


@given(st.dictionaries(st.text("abc", min_size=1), TREES, max_size=5))
def test_what_is_written_is_read_back_by_php_rules(tree):
    assert read_form(phpform.encode(tree)) == _as_php(tree)


def _as_php(tree):
    """Lists as maps, and what is empty gone."""
    if isinstance(tree, str):
        return tree
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    read = {str(key): _as_php(leaf) for key, leaf in pairs}
    return {key: leaf for key, leaf in read.items() if leaf != {}}
