"""The same Idempotency-Key gets the first answer."""

import asyncio

import pytest

from server.api.idempotency import Unfreed
from server.ledger.errors import LedgerUnavailable
from tests.edge.api.under_test import Api

SHOWS = "/v1/rooms/demo/shows"


async def test_IDM1_the_same_key_and_body_repeat_the_first_answer(api: Api) -> None:
    await api.open_room()
    headers = {**await api.key(), "idempotency-key": "k-1"}
    first = await api.http.post(SHOWS, json={"title": "一"}, headers=headers)
    again = await api.http.post(SHOWS, json={"title": "一"}, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


async def test_IDM1_another_body_or_path_is_key_reused_and_another_sender_is_another_key(api: Api) -> None:
    await api.open_room()
    headers = {**await api.key(), "idempotency-key": "k-1"}
    await api.http.post(SHOWS, json={"title": "一"}, headers=headers)
    for path, body in ((SHOWS, {"title": "二"}), ("/v1/rooms/other/shows", {"title": "一"})):
        reused = await api.http.post(path, json=body, headers=headers)
        assert (reused.status_code, reused.json()["code"]) == (409, "key_reused")
    someone_else = {**await api.key(), "idempotency-key": "k-1"}
    assert (await api.http.post(SHOWS, json={"title": "二"}, headers=someone_else)).status_code == 201


async def test_IDM1_a_refusal_is_repeated_too(api: Api) -> None:
    headers = {**await api.key(), "idempotency-key": "k-1"}
    first = await api.http.post(SHOWS, json={"title": "一"}, headers=headers)
    assert first.status_code == 404
    await api.open_room()
    again = await api.http.post(SHOWS, json={"title": "一"}, headers=headers)
    assert (again.status_code, again.content) == (404, first.content)


async def test_IDM1_while_the_first_runs_the_second_is_in_progress(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.open_room()
    headers = {**await api.key(), "idempotency-key": "k-1"}
    gate, entered = asyncio.Event(), asyncio.Event()
    store = api.queries.store_answer

    async def slowly(*given: object) -> None:
        entered.set()
        await gate.wait()
        await store(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(api.queries, "store_answer", slowly)
    first = asyncio.create_task(api.http.post(SHOWS, json={"title": "一"}, headers=headers))
    await entered.wait()
    second = await api.http.post(SHOWS, json={"title": "一"}, headers=headers)
    assert (second.status_code, second.json()["code"]) == (409, "in_progress")
    gate.set()
    assert (await first).status_code == 201


async def test_IDM2_R2_an_answer_lost_on_our_side_frees_the_key_and_the_write_happens_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.open_room()
    headers = {**await api.key(), "idempotency-key": "k-1"}
    show = api.queries.show

    async def away(_show: object) -> None:
        raise LedgerUnavailable("after the commit, before the answer")

    made = await api.http.post(SHOWS, json={"title": "一"}, headers={**headers, "idempotency-key": "k-0"})
    path = f"{SHOWS}/{made.json()['id']}"
    monkeypatch.setattr(api.queries, "show", away)
    lost = await api.http.patch(path, json={"status": "live"}, headers=headers)
    assert lost.status_code == 503
    monkeypatch.setattr(api.queries, "show", show)
    again = await api.http.patch(path, json={"status": "live"}, headers=headers)
    assert (again.status_code, again.json()["status"]) == (200, "live")
    assert "idempotency-replayed" not in again.headers


@pytest.mark.parametrize("fails", ["show", "store_answer"])
async def test_IDM2_R2_a_key_that_could_not_be_freed_is_free_when_the_ledger_is_back(
    api: Api, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    await api.open_room()
    headers = {**await api.key(), "idempotency-key": "k-1"}
    made = await api.http.post(SHOWS, json={"title": "一"}, headers={**headers, "idempotency-key": "k-0"})
    path = f"{SHOWS}/{made.json()['id']}"

    async def away(*_given: object) -> None:
        raise LedgerUnavailable("after the commit, and still when the key is let go of")

    with monkeypatch.context() as gone:
        gone.setattr(api.queries, fails, away)
        gone.setattr(api.queries, "drop_answer", away)
        for _ in range(2):
            assert (await api.http.patch(path, json={"status": "live"}, headers=headers)).status_code == 503
    again = await api.http.patch(path, json={"status": "live"}, headers=headers)
    assert (again.status_code, again.json()["status"]) == (200, "live")
    assert "idempotency-replayed" not in again.headers
    third = await api.http.patch(path, json={"status": "live"}, headers=headers)
    assert (third.content, third.headers["idempotency-replayed"]) == (again.content, "true")


async def test_IDM2_a_key_that_was_being_freed_when_the_one_who_asked_was_cancelled_is_freed_by_the_next(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfreed, drop, claimed_ms = Unfreed(), api.queries.drop_answer, api.clock.now_ms()
    await api.queries.claim_answer("key-1", "k-1", "digest", claimed_ms)

    async def away(*_given: object) -> None:
        raise LedgerUnavailable("away")

    monkeypatch.setattr(api.queries, "drop_answer", away)
    await unfreed.add(api.queries, "key-1", "k-1", claimed_ms)

    async def never(*_given: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(api.queries, "drop_answer", never)
    with pytest.raises(asyncio.CancelledError):
        await unfreed.free(api.queries)
    monkeypatch.setattr(api.queries, "drop_answer", drop)
    await unfreed.free(api.queries)
    assert await api.queries.claim_answer("key-1", "k-1", "digest", claimed_ms) is None


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_IDM1_a_key_that_cannot_be_kept_is_named(api: Api, key: str) -> None:
    headers = {**await api.key(), "idempotency-key": key}
    answer = await api.http.post(SHOWS, json={"title": "一"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "header.idempotency-key"
