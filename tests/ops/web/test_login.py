"""Coming in: by invitation once, by password, and not by guessing."""

from __future__ import annotations

import pytest

from schemas.principal import Face, Principal, Role
from tests.fakes.ledger import Ledger
from tests.fakes.site import PASSWORD, ROOT, Site
from worker.ops.desk.access import FAILURES_OF_NAME
from worker.ops.desk.advice import BadRequest
from worker.ops.web.serving import first_link

MIA = Principal("mia", Role.ADMIN, Face.WEB)


def test_whoever_is_not_logged_in_is_sent_to_the_log_in_and_back(site: Site) -> None:
    stranger = site.stranger()
    turned_away = stranger.get("/deliveries?provider=desk")
    assert turned_away.status_code == 302
    assert turned_away.headers["Location"] == "/login?to=/deliveries?provider%3Ddesk"
    site.join(Role.VIEWER)
    came = stranger.post("/login", page="/login", name="a-viewer", password=PASSWORD, to="/deliveries?provider=desk")
    assert (came.status_code, came.headers["Location"]) == (302, "/deliveries?provider=desk")
    assert "Deliveries" in stranger.text("/deliveries?provider=desk")


@pytest.mark.parametrize("to", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"])
def test_the_log_in_sends_nobody_to_another_site(site: Site, to: str) -> None:
    site.join(Role.VIEWER)
    came = site.stranger().post("/login", page="/login", name="a-viewer", password=PASSWORD, to=to)
    assert came.headers["Location"] == "/"


def test_an_invitation_is_good_once(site: Site) -> None:
    code = site.access.add_user("mia", Role.ADMIN, by=ROOT)
    first, second = site.stranger(), site.stranger()
    assert "Welcome, mia" in first.text(f"/welcome/{code}")
    assert first.post(f"/welcome/{code}", page=f"/welcome/{code}", password=PASSWORD, again=PASSWORD).status_code == 302
    late = second.get(f"/welcome/{code}")
    assert late.status_code == 410
    assert "used already" in late.get_data(as_text=True)


def test_an_invitation_is_over_after_a_day(site: Site, ledger: Ledger) -> None:
    code = site.access.add_user("mia", Role.ADMIN, by=ROOT)
    [key] = ledger.store.client.keys(ledger.store.keys.key("invitation", digest="*"))
    assert 86_000 < ledger.store.client.ttl(key) <= 86_400
    ledger.store.client.delete(key)
    assert site.stranger().get(f"/welcome/{code}").status_code == 410


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [("too short", "too short", "12 to 256"), ("long enough a one", "another long one", "differ")],
)
def test_a_password_that_will_not_do_leaves_the_invitation_good(
    site: Site, password: str, again: str, says: str
) -> None:
    code = site.access.add_user("mia", Role.ADMIN, by=ROOT)
    page = f"/welcome/{code}"
    refused = site.stranger().post(page, page=page, password=password, again=again)
    assert refused.status_code == 400
    assert says in refused.get_data(as_text=True)
    assert site.stranger().post(page, page=page, password=PASSWORD, again=PASSWORD).status_code == 302


@pytest.mark.parametrize("name", ["a-viewer", "nobody", "no name at all!"])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(site: Site, name: str) -> None:
    site.join(Role.VIEWER)
    refused = site.stranger().post("/login", page="/login", name=name, password="not the password")
    assert refused.status_code == 403
    assert "do not belong together" in refused.get_data(as_text=True)


def test_after_ten_wrong_passwords_the_right_one_waits_a_quarter_of_an_hour(site: Site, ledger: Ledger) -> None:
    site.join(Role.VIEWER)
    for _ in range(FAILURES_OF_NAME):
        assert site.stranger().post("/login", page="/login", name="a-viewer", password="wrong").status_code == 403
    stopped = site.stranger().post("/login", page="/login", name="a-viewer", password=PASSWORD)
    assert stopped.status_code == 429
    for key in ledger.store.client.keys(ledger.store.keys.key("login_failures", digest="*")):
        assert 0 < ledger.store.client.ttl(key) <= 900
        ledger.store.client.delete(key)  # the quarter of an hour is over
    assert site.stranger().post("/login", page="/login", name="a-viewer", password=PASSWORD).status_code == 302


def test_a_log_out_ends_the_session_and_not_only_the_cookie(site: Site) -> None:
    viewer = site.browser(Role.VIEWER)
    cookie = viewer.client.get_cookie("ordercast")
    assert cookie is not None
    assert viewer.post("/logout").status_code == 302
    viewer.client.set_cookie("ordercast", cookie.value)
    assert viewer.get("/").status_code == 302


def test_a_new_password_a_removal_or_an_hour_of_days_ends_every_session(site: Site, ledger: Ledger) -> None:
    site.browser(Role.ADMIN)
    viewer, operator = site.browser(Role.VIEWER), site.browser(Role.OPERATOR)
    code = site.access.invite_again("a-viewer", by=ROOT)
    page = f"/welcome/{code}"
    assert site.stranger().post(page, page=page, password=PASSWORD, again=PASSWORD).status_code == 302
    assert viewer.get("/").status_code == 302
    site.access.remove_user("a-operator", by=ROOT)
    assert operator.get("/").status_code == 302
    admin = site.browser(Role.ADMIN)
    assert admin.get("/").status_code == 200
    ledger.advance(8 * 86_400)
    assert admin.get("/").status_code == 302


def test_a_role_that_was_taken_away_is_gone_with_the_next_click(site: Site) -> None:
    site.browser(Role.ADMIN)
    operator = site.browser(Role.OPERATOR)
    site.access.change_role("a-operator", Role.VIEWER, by=ROOT)
    assert operator.post("/providers/desk/pause", why="x").status_code == 403


def test_the_last_admin_cannot_be_removed_or_made_less(site: Site) -> None:
    site.browser(Role.ADMIN)
    for deed in (
        lambda: site.access.remove_user("a-admin", by=ROOT),
        lambda: site.access.change_role("a-admin", Role.VIEWER, by=ROOT),
    ):
        with pytest.raises(BadRequest, match="the only admin"):
            deed()


def test_a_form_without_its_token_changes_nothing(site: Site, ledger: Ledger) -> None:
    operator = site.browser(Role.OPERATOR)
    forged = operator.client.post("/providers/desk/pause", data={"why": "forged"})
    assert forged.status_code == 400
    assert "too old, or comes from elsewhere" in forged.get_data(as_text=True)
    assert ledger.row("desk").gate.state == "open"


def test_the_store_keeps_nothing_that_opens_a_door(site: Site, ledger: Ledger) -> None:
    browser, token = site.browser(Role.ADMIN), site.token(Role.ADMIN)
    cookie = browser.client.get_cookie("ordercast")
    assert cookie is not None
    code = site.access.add_user("ben", Role.VIEWER, by=ROOT)
    client = ledger.store.client
    kept = b"".join(key + client.dump(key) for key in client.scan_iter("*"))
    for secret in (PASSWORD, token, cookie.value, code):
        assert secret.encode() not in kept


def test_the_first_link_is_there_until_somebody_can_log_in(site: Site) -> None:
    link = first_link(site.access, "http://desk.example")
    assert link is not None
    assert link.startswith("http://desk.example/welcome/")
    again = first_link(site.access, "http://desk.example")
    assert again not in (None, link)
    page = "/welcome/" + str(again).rpartition("/")[2]
    assert site.stranger().post(page, page=page, password=PASSWORD, again=PASSWORD).status_code == 302
    assert first_link(site.access, "http://desk.example") is None


def test_over_tls_the_cookie_is_bound_to_this_host(ledger: Ledger) -> None:
    from schemas.config import WebConfig  # noqa: PLC0415

    site = Site(ledger, web=WebConfig(url="https://desk.example"))
    code = site.access.add_user("mia", Role.ADMIN, by=ROOT)
    client = site.app.test_client()
    base = "https://desk.example"
    page = client.get(f"/welcome/{code}", base_url=base).get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    came = client.post(
        f"/welcome/{code}",
        base_url=base,
        data={"csrf_token": token, "password": PASSWORD, "again": PASSWORD},
        headers={"Referer": f"{base}/welcome/{code}", "X-Forwarded-Proto": "https"},
    )
    [cookie] = [one for one in came.headers.getlist("Set-Cookie") if one.startswith("__Host-ordercast=")]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert client.get("/login", base_url="https://other.example").status_code == 400


def test_a_token_and_a_user_never_have_one_name(site: Site) -> None:
    site.access.add_user("mia", Role.ADMIN, by=ROOT)
    site.access.create_token("shop", Role.VIEWER, by=ROOT)
    with pytest.raises(BadRequest, match="Give the token another name: the record could not tell the two apart"):
        site.access.create_token("mia", Role.OPERATOR, by=ROOT)
    with pytest.raises(BadRequest, match="There is a token shop"):
        site.access.add_user("shop", Role.VIEWER, by=ROOT)
