"""Lists over HTTP are told to their end, and what cannot be meant is refused where it stands."""

from __future__ import annotations

import pytest

from schemas.principal import Face, Principal, Role
from tests.fakes.site import Site

MIA = Principal("mia", Role.ADMIN, Face.WEB)


def test_jobs_and_the_record_are_told_a_page_at_a_time_to_their_end(site: Site) -> None:
    for number in range(5):
        site.desk.pause("desk", by=MIA, why=f"{number}")
        site.desk.resume("desk", by=MIA, why=f"{number}")
    for provider in ("desk", "ads"):
        asked = {"kind": "replay", "filter": {"provider": provider}, "why": "w"}
        assert site.ask(Role.OPERATOR, "POST", "/v1/jobs", json=asked).status_code == 202
    for path, key in (("/v1/audit", "at"), ("/v1/jobs", "id")):
        told, cursor = [], "0"
        while cursor is not None:
            page = site.ask(Role.VIEWER, "GET", f"{path}?limit=2&cursor={cursor}").get_json()
            told, cursor = [*told, *page["items"]], page["next"]
        assert told == site.ask(Role.VIEWER, "GET", f"{path}?limit=500").get_json()["items"]
        assert [one[key] for one in told] == sorted((one[key] for one in told), reverse=True)
        assert len(told) > 1


def test_a_replay_at_a_provider_that_nobody_knows_is_refused_with_those_that_are(site: Site) -> None:
    asked = {"kind": "replay", "filter": {"provider": "dekk"}, "why": "w"}
    refused = site.ask(Role.OPERATOR, "POST", "/v1/jobs", json=asked)
    assert (refused.status_code, refused.get_json()["field"]) == (400, "provider")
    assert refused.get_json()["detail"] == "There is no provider 'dekk' in the ledger: there is desk, ads."


@pytest.mark.parametrize("body", ['{"why": "\\ud800"}', "[" * 100_000, '{"matched": ' + "9" * 5_000 + "}"])
def test_a_body_that_only_some_readers_take_is_refused(site: Site, body: str) -> None:
    for path in ("/v1/jobs", "/v1/providers/desk/pause"):
        refused = site.ask(Role.ADMIN, "POST", path, data=body, content_type="application/json")
        assert (refused.status_code, refused.json["detail"]) == (400, "The body cannot be read as JSON.")


@pytest.mark.parametrize("path", ["/v1/audit?since=9999-12-31T23:59:59-23:59", "/v1/deliveries?until=9999-12-31T23:59:59-23:59",
                                  f"/v1/export/deliveries?limit={2**63}"])  # fmt: skip
def test_a_number_or_an_instant_past_all_bounds_is_refused(site: Site, path: str) -> None:
    assert site.ask(Role.ADMIN, "GET", path).status_code == 422
