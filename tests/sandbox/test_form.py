import pytest

from worker.sandbox.form import read_form


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"", {}),
        (b"&&a=1&&b", {"a": "1", "b": ""}),
        (b"0%5Border_no%5D=235&1%5B0%5D%5Bid%5D=307", {"0": {"order_no": "235"}, "1": {"0": {"id": "307"}}}),
        (b"0[order_no]=235&1[0][id]=307", {"0": {"order_no": "235"}, "1": {"0": {"id": "307"}}}),
        (b"u[5]=1&u[]=2&u[05]=3&u[x]=4&u[]=5", {"u": {"5": "1", "6": "2", "05": "3", "x": "4", "7": "5"}}),
        (b"j[ ]=6&j[ k]=7", {"j": {"0": "6", " k": "7"}}),
        (b"l.m[n.o]=8&++k=1", {"l_m": {"n.o": "8"}, "k": "1"}),
        (b"b[=2&p.q+r[s=9", {"b_": "2", "p_q_r_s": "9"}),
        (b"d[e][f=4&g[h]i=5&z[b]]c[d]=1", {"d": {"e": "4"}, "g": {"h": "5"}, "z": {"b": "1"}}),
        (b"a[[]=4&a[[b]]=5", {"a": {"[": "4", "[b": "5"}}),
        (b"[c]=3&[=1&=10&]=3", {"]": "3"}),
        (b"w=1&w[a]=2&x[a]=1&x=2", {"w": {"a": "2"}, "x": "2"}),
        (b"v=%c3%a9+%41%zz&y%00z=1&q=%ff", {"v": "é A%zz", "y": "1", "q": "\ufffd"}),
    ],
)
def test_a_form_is_read_as_php_reads_it(body, form):
    assert read_form(body) == form


def test_what_is_past_the_cap_is_cut_without_a_word():
    body = b"&".join(b"a%d=1" % n for n in range(1500))
    assert list(read_form(body))[-1] == "a1000"  # PHP counts after it registers
    assert len(read_form(body, max_input_vars=10)) == 11


def test_a_variable_nested_too_deep_is_dropped():
    assert read_form(b"a" + b"[b]" * 65 + b"=1&c=2") == {"c": "2"}
    assert read_form(b"a" + b"[b]" * 64 + b"=1").keys() == {"a"}
