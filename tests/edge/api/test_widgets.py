"""Broadcast widgets over HTTP: a secret shown once, tickets it buys, and answers that tell a guesser nothing."""

from sqlalchemy import text

from server.api.widgets import TICKETS_A_MINUTE
from server.ledger.widget_book import MOST_WIDGETS
from tests.edge.api.under_test import ORIGIN, Api, Json

ROOM = "/v1/rooms/demo"


async def made(api: Api, **body: object) -> Json:
    answer = await api.http.post(f"{ROOM}/widgets", json=body, headers=api.token("host", "h1", ["demo"]))
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def buy(api: Api, widget: str, secret: str) -> tuple[int, Json]:
    answer = await api.http.post("/v1/overlay-tickets", json={"widget": widget, "secret": secret})
    return answer.status_code, answer.json()


async def test_R10_a_secret_is_shown_once_and_kept_as_a_digest(api: Api) -> None:
    await api.open_room()
    widget = await made(api, name="OBS 主画面")
    assert widget["path"] == f"/overlay/demo#widget={widget['id']}&secret={widget['secret']}"
    listed = await api.http.get(f"{ROOM}/widgets", headers=api.token("operator"))
    assert listed.json()["widgets"] == [
        {
            "id": widget["id"],
            "name": "OBS 主画面",
            "made_ms": api.clock.now_ms(),
            "secret_ms": api.clock.now_ms(),
        }
    ]
    assert widget["secret"] not in listed.text
    found = await api.widgets.widget(widget["id"])
    assert found is not None
    assert widget["secret"] not in found.digest


async def test_R10_the_secret_buys_tickets_that_work_once(api: Api) -> None:
    await api.open_room()
    widget = await made(api)
    status, ticket = await buy(api, widget["id"], widget["secret"])
    assert (status, ticket["expires_ms"]) == (200, api.clock.now_ms() + 60_000)
    overlay = await api.office.redeem(ticket["ticket"])
    assert overlay is not None
    assert (overlay.widget, overlay.room) == (widget["id"], "demo")
    assert await api.office.redeem(ticket["ticket"]) is None


async def test_R10_a_wrong_secret_and_an_unknown_widget_are_answered_alike(api: Api) -> None:
    await api.open_room()
    widget = await made(api)
    wrong = await buy(api, widget["id"], "lrw_guessed")
    unknown = await buy(api, "w000000000000", widget["secret"])
    assert wrong == unknown
    assert (wrong[0], wrong[1]["code"]) == (401, "secret_invalid")


async def test_R8_tickets_are_limited_by_the_name_asked_for_whether_it_exists_or_not(api: Api) -> None:
    await api.open_room()
    widget = await made(api)
    for name in (widget["id"], "w000000000000"):
        answers = [await buy(api, name, "lrw_guessed") for _ in range(TICKETS_A_MINUTE + 1)]
        assert [status for status, _ in answers] == [401] * TICKETS_A_MINUTE + [429]
    bought = [await buy(api, widget["id"], widget["secret"]) for _ in range(TICKETS_A_MINUTE + 1)]
    assert [status for status, _ in bought] == [200] * TICKETS_A_MINUTE + [429], (
        "strangers take none of the owner's"
    )
    api.clock.advance(60_000)
    assert (await buy(api, widget["id"], widget["secret"]))[0] == 200


async def test_R10_another_secret_ends_the_old_one(api: Api) -> None:
    await api.open_room()
    widget = await made(api)
    _, old = await buy(api, widget["id"], widget["secret"])
    host = api.token("host", "h1", ["demo"])
    again = await api.http.post(f"{ROOM}/widgets/{widget['id']}/secret", headers=host)
    assert again.status_code == 200, again.text
    assert again.json()["secret"] != widget["secret"]
    assert await api.office.redeem(old["ticket"]) is None
    assert (await buy(api, widget["id"], widget["secret"]))[0] == 401
    assert (await buy(api, widget["id"], again.json()["secret"]))[0] == 200
    assert (await api.http.delete(f"{ROOM}/widgets/{widget['id']}", headers=host)).status_code == 204
    assert (await api.http.delete(f"{ROOM}/widgets/{widget['id']}", headers=host)).status_code == 404
    assert (await buy(api, widget["id"], again.json()["secret"]))[0] == 401


async def test_R10_widgets_belong_to_the_hosts_of_their_room(api: Api) -> None:
    await api.open_room()
    await api.open_room("other")
    widget = await made(api)
    theirs = api.token("host", "h2", ["other"])
    for method, path in (
        ("GET", f"{ROOM}/widgets"),
        ("POST", f"{ROOM}/widgets"),
        ("POST", f"{ROOM}/widgets/{widget['id']}/secret"),
        ("DELETE", f"{ROOM}/widgets/{widget['id']}"),
    ):
        body: Json | None = {} if path.endswith("/widgets") and method == "POST" else None
        for who, code in ((theirs, "room_not_allowed"), (api.token("viewer"), "role_not_allowed")):
            answer = await api.http.request(method, path, headers=who, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, code), (method, path)
    across = await api.http.post(f"/v1/rooms/other/widgets/{widget['id']}/secret", headers=theirs)
    assert across.status_code == 404, "a widget of another room"
    nowhere = await api.http.post("/v1/rooms/none/widgets", json={}, headers=api.token("operator"))
    assert nowhere.status_code == 404


async def test_R8_a_room_has_so_many_widgets_and_no_more(api: Api) -> None:
    await api.open_room()
    for _ in range(MOST_WIDGETS):
        await made(api)
    over = await api.http.post(f"{ROOM}/widgets", json={}, headers=api.token("operator"))
    assert (over.status_code, over.json()["code"]) == (409, "limit_reached")


async def test_X7_who_made_and_renewed_a_widget_is_in_the_audit(api: Api) -> None:
    await api.open_room()
    widget = await made(api, name="主画面")
    host = api.token("host", "h1", ["demo"])
    await api.http.post(f"{ROOM}/widgets/{widget['id']}/secret", headers=host)
    await api.http.delete(f"{ROOM}/widgets/{widget['id']}", headers=host)
    async with api.engines.read() as connection:
        wanted = text(
            "SELECT kind, room, ref, actor, data FROM changes WHERE kind LIKE 'widget%' ORDER BY id"
        )
        lines = [tuple(row) for row in (await connection.execute(wanted)).all()]
    assert [line[:4] for line in lines] == [
        (kind, "demo", widget["id"], "host:h1")
        for kind in ("widget_made", "widget_secret_renewed", "widget_removed")
    ]
    assert all(widget["secret"] not in line[4] for line in lines)


async def test_R10_pages_of_other_origins_buy_tickets_only_when_they_are_on_the_list(api: Api) -> None:
    await api.open_room()
    widget = await made(api)
    body = {"widget": widget["id"], "secret": widget["secret"]}
    for origin, granted in ((ORIGIN, ORIGIN), ("https://elsewhere.example", None)):
        answer = await api.http.post("/v1/overlay-tickets", json=body, headers={"origin": origin})
        assert answer.headers.get("access-control-allow-origin") == granted


async def test_R5_without_redis_no_ticket_is_promised(api: Api) -> None:
    await api.open_room()
    widget = await made(api)
    api.hot.away = True
    answer = await api.http.post(
        "/v1/overlay-tickets", json={"widget": widget["id"], "secret": widget["secret"]}
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
