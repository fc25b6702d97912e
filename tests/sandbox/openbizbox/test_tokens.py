"""The played OpenBizBox: tokens, and what they are good for."""

import json

import pytest

from tests.fakes.openbizbox_till import CREDENTIALS, ORDER, Till, three


@pytest.fixture
def till():
    return Till()


@pytest.mark.parametrize("as_json", [False, True], ids=["form, README [docs]", "JSON, get_token_guzzle.php [docs]"])
def test_a_token_is_given_for_a_form_or_its_json(till, as_json):
    """4 operations, token: the answer's four fields, and no refresh token."""
    answer = json.loads(till.ask_token(CREDENTIALS, as_json=as_json).body)
    assert len(answer.pop("access_token")) == 64
    assert answer == {"expires_in": 3600, "token_type": "bearer", "scope": "read write"}


def test_every_token_is_another_one_and_the_earlier_stays_good(till):
    """4 operations, token [docs]: whoever needs one asks again."""
    again = json.loads(till.ask_token(CREDENTIALS).body)["access_token"]
    assert again != till.token
    assert till.call("GET", "/api/v2/orders.json")[0] == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": "x"},
        {"client_id": "x"},
        {"grant_type": "password"},
        {"grant_type": "refresh_token"},
        {"grant_type": ""},
    ],
)
def test_no_token_is_given_for_other_credentials(till, wrong):
    assert till.ask_token(CREDENTIALS | wrong).status == 400


def test_a_token_ends_after_its_time():
    """4 recognisers, 401 [docs]."""
    till = Till(expires_in=10)
    assert till.call("GET", "/api/v2/orders.json")[0] == 200
    till.now += 10
    assert till.call("GET", "/api/v2/orders.json")[0] == 401


def test_tokens_can_be_made_stale_at_once(till):
    till.shop.tokens.expire()
    assert till.call("GET", "/api/v2/orders.json")[0] == 401


def test_a_token_counts_in_the_query_too(till):
    """4 auth, ``access_token`` in the query [docs: README]."""
    assert till.raw("GET", f"/api/v1/orders?access_token={till.token}&limit=2&from=2").status == 200
    assert till.raw("GET", f"/api/v2/orders.json?access_token={till.token}").status == 200
    assert till.raw("GET", "/api/v2/orders.json?access_token=x").status == 401
    assert till.raw("GET", "/api/v2/orders.json").status == 401


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("read write", 201), ("order_read order_write", 201)])
def test_version_three_is_written_with_a_scope_alone(scope, status):
    """4 auth, ``order_write`` [docs]; 4 recognisers, 403 [docs]."""
    till = Till(scope=scope)
    assert till.call("POST", "/api/v3/orders.json", ORDER)[0] == status
    assert till.call("GET", "/api/v3/orders.json")[0] == 200
    assert len(till.shop.orders()) == (status == 201)


@pytest.mark.parametrize("path", ["orders/{}/refunds.json", "orders/{}/invoice.json", "orders/{}/capture.json"])
def test_money_is_not_moved_in_version_three_without_the_scope(path):
    """4 recognisers, 403 [docs]."""
    till = Till(scope="read")
    order_id = three(till)
    assert till.call("POST", f"/api/v3/{path.format(order_id)}")[0] == 403
    assert till.shop.orders()[0]["moved"] == []


def test_no_answer_speaks_of_a_rate(till):
    """5, rate hint [docs]: none."""
    headers = {"authorization": f"Bearer {till.token}"}
    assert dict(till.raw("GET", "/api/v2/orders.json", headers=headers).headers) == {"Content-Type": "application/json"}


def test_a_reset_forgets_orders_and_tokens(till):
    till.create()
    till.shop.reset()
    assert till.shop.orders() == []
    assert till.call("GET", "/api/v2/orders.json")[0] == 401
