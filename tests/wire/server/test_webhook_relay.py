"""From the outbox to real receivers, on both databases: signed, in order, again when it failed, nobody held up."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.clock import ManualClock, SystemClock
from server.credentials.keys import Seal
from server.jobs.relaying import relaying
from server.ledger.hook_queue import LEASE_MS
from server.metrics import Metrics
from server.webhooks import relay as relay_module, sending
from server.webhooks.backoff import GIVE_UP_MS, LONGEST_MS
from server.webhooks.relay import Relay
from server.webhooks.sending import AT_ONCE, Attempt, Sender
from server.webhooks.signing import new_secret
from tests.support.databases import sqlite_url
from tests.support.hooks import Hooks, by
from tests.support.ledger import Ledger, on_database, paid
from tests.support.receiver import OK, Got, Receiver, status

SEAL = Seal(b"a secret of thirty-two bytes or more")
SECRET = new_secret()


async def leads_home(_host: str, _port: int) -> tuple[str, ...]:
    return ("127.0.0.1",)


class Site:
    """A ledger and this process's relay on it."""

    def __init__(self, ledger: Ledger, clock: ManualClock, seal: Seal = SEAL) -> None:
        assert ledger.engines is not None
        self.ledger = ledger
        self.clock = clock
        self.hooks = Hooks(ledger.engines)
        self.metrics = Metrics()
        context = ssl.create_default_context()
        self.relay = Relay(
            self.hooks.queue,
            self.hooks.book,
            seal,
            lambda: Sender(leads_home, context, allow_private=True),
            self.metrics,
            clock,
            luck=lambda: 0.5,
        )

    async def tell(self, endpoint: str, receiver: Receiver, *types: str) -> None:
        await self.hooks.add(endpoint, *types, url=receiver.url, secret=SEAL.close(SECRET))

    async def look(self) -> None:
        """Start what is due."""
        while await self.relay.work(self.clock.now_ms()):
            pass

    async def round(self) -> None:
        """Send all that is due."""
        await self.look()
        await self.relay.idle()

    def counted(self, outcome: str) -> float:
        line = f'liveroom_webhooks_total{{outcome="{outcome}"}} '
        found = [one for one in self.metrics.exposition().decode().splitlines() if one.startswith(line)]
        return float(found[0].removeprefix(line)) if found else 0


@asynccontextmanager
async def a_site(url: str, clock: ManualClock, seal: Seal = SEAL) -> AsyncIterator[Site]:
    async with on_database(url) as ledger:
        site = Site(ledger, clock, seal)
        yield site
        await site.relay.stop()


@pytest.fixture
def clock() -> ManualClock:
    """Receivers compare with the real time."""
    return ManualClock(SystemClock().now_ms())


@pytest.fixture
async def site(database_url: str, clock: ManualClock) -> AsyncIterator[Site]:
    async with a_site(database_url, clock) as made:
        yield made


async def test_HOK4_HOK1_what_happened_arrives_signed_with_the_members_version(site: Site) -> None:
    async with Receiver() as receiver:
        await site.tell("we_1", receiver, "tier.upgraded", "points.changed")
        await site.ledger.apply(paid("e1", "m1", "o1", 300))
        await site.round()
        tier, points = receiver.got
        assert tier.verified(SECRET)["type"] == "tier.upgraded"
        assert tier.said["data"]["tier"] == "silver"
        assert points.verified(SECRET)["type"] == "points.changed"
        assert tier.said["data"]["version"] == points.said["data"]["version"] == 1
        assert tier.id != points.id
    assert {one.state for one in await site.hooks.listed()} == {"delivered"}
    assert {one.last_status for one in await site.hooks.listed()} == {204}


async def test_HOK15_every_attempt_is_counted_by_its_outcome(site: Site) -> None:
    async with Receiver(status(500)) as receiver:
        await site.tell("we_1", receiver, "points.changed")
        await site.ledger.apply(paid("e1", "m1", "o1", 5))
        await site.round()
        receiver.reply = OK
        site.clock.advance(LONGEST_MS)
        await site.round()
    assert (site.counted("failed"), site.counted("delivered"), site.counted("dead")) == (1, 1, 0)
    assert b"liveroom_webhook_attempt_seconds_count 2.0" in site.metrics.exposition()


async def test_HOK5_HOK6_a_failing_receiver_is_tried_for_a_day_then_a_dead_letter_and_resent(
    site: Site,
) -> None:
    async with Receiver(status(500)) as receiver:
        await site.tell("we_1", receiver, "points.changed")
        await site.ledger.apply(paid("e1", "m1", "o1", 5))
        began = site.clock.now_ms()
        await site.round()
        while (await site.hooks.listed())[0].state == "waiting":
            [one] = await site.hooks.listed()
            site.clock.advance(one.due_ms - 1 - site.clock.now_ms())
            tried = len(receiver.got)
            await site.round()
            assert len(receiver.got) == tried, "not before its time"
            site.clock.advance(1)
            await site.round()
            assert len(receiver.got) == tried + 1
        assert site.clock.now_ms() == began + GIVE_UP_MS
        [letter] = await site.hooks.listed(state="dead")
        assert (letter.last_status, letter.last_error) == (500, "http_500")
        assert letter.attempts == len(receiver.got) > 15
        site.clock.advance(LONGEST_MS)
        await site.round()
        assert len(receiver.got) == letter.attempts, "a dead letter is not tried again"
        receiver.reply = OK
        assert await site.hooks.book.resend(letter.id, by(at_ms=site.clock.now_ms())) == "resent"
        await site.round()
        assert [one.state for one in await site.hooks.listed()] == ["delivered"]
        assert {got.id for got in receiver.got} == {letter.message}, "one id on every attempt"


async def test_HOK2_first_attempts_arrive_in_order_and_a_retry_comes_when_it_comes(site: Site) -> None:
    refused: list[str] = []

    async def refuses_tiers_once(got: Got) -> bytes:
        if got.said["type"] == "tier.upgraded" and not refused:
            refused.append(got.id)
            return status(503)
        return OK

    async with Receiver(refuses_tiers_once) as receiver:
        await site.tell("we_1", receiver, "tier.upgraded", "coupon.granted", "points.changed")
        await site.ledger.apply(paid("e1", "m1", "o1", 300))
        await site.round()
        site.clock.advance(60_000)
        await site.round()
        kinds = [got.said["type"] for got in receiver.got]
        assert kinds == ["tier.upgraded", "coupon.granted", "points.changed", "tier.upgraded"]
        assert receiver.got[0].id == receiver.got[3].id


async def test_HOK9_an_endpoint_that_hangs_delays_no_other_and_is_asked_8_at_a_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It hangs for as long as the others take on this machine.
    monkeypatch.setattr(sending, "TOTAL_S", 120.0)
    monkeypatch.setattr(sending, "_TIMEOUT", dict.fromkeys(sending._TIMEOUT, 120.0))
    let_go = asyncio.Event()

    async def hangs(_got: Got) -> bytes:
        await let_go.wait()
        return OK

    async with Receiver(hangs) as slow, Receiver() as fast:
        await site.tell("we_a_slow", slow, "points.changed")
        await site.tell("we_b_fast", fast, "points.changed")
        await site.ledger.apply(*(paid(f"e{n}", f"m{n}", f"o{n}", 5) for n in range(3 * AT_ONCE)))
        await site.look()
        await fast.until(3 * AT_ONCE)
        await slow.until(AT_ONCE)
        assert slow.open == slow.most_open == AT_ONCE
        assert await site.relay.work(site.clock.now_ms()) == 0, "looking again starts no second pump"
        let_go.set()
        await site.relay.idle()
        await site.round()
        assert len(slow.got) == 3 * AT_ONCE
        assert slow.most_open == AT_ONCE


async def test_HOK10_two_servers_send_everything_once(
    site: Site, database_url: str, clock: ManualClock
) -> None:
    async with a_site(database_url, clock) as other, Receiver() as receiver:
        await site.tell("we_1", receiver, "points.changed", "tier.upgraded")
        await site.ledger.apply(*(paid(f"e{n}", f"m{n}", f"o{n}", 300) for n in range(30)))
        for _ in range(3):
            await asyncio.gather(site.round(), other.round())
        ids = [got.id for got in receiver.got]
        assert len(ids) == len(set(ids)) == 60


async def test_HOK10_what_a_stopped_server_was_sending_is_sent_by_another_after_its_lease(
    site: Site, database_url: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "_STOP_S", 0.05)

    async def hangs(_got: Got) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with a_site(database_url, clock) as other, Receiver(hangs) as receiver:
        await site.tell("we_1", receiver, "points.changed")
        await site.ledger.apply(paid("e1", "m1", "o1", 5))
        await site.look()
        await receiver.until(1)
        await site.relay.stop()
        receiver.reply = OK
        await other.round()
        assert len(receiver.got) == 1, "the lease still stands"
        clock.advance(LEASE_MS)
        await other.round()
        assert len(receiver.got) == 2
        assert receiver.got[0].id == receiver.got[1].id
    assert [one.state for one in await site.hooks.listed()] == ["delivered"]


async def test_HOK14_a_receiver_that_is_gone_for_good_is_paused(site: Site) -> None:
    async with Receiver(status(410)) as receiver:
        await site.tell("we_1", receiver, "points.changed")
        await site.ledger.apply(paid("e1", "m1", "o1", 5))
        await site.round()
        found = await site.hooks.book.endpoint("we_1")
        assert found is not None
        assert found.paused_why == "gone"
        site.clock.advance(LONGEST_MS)
        await site.round()
        assert len(receiver.got) == 1
    assert ("jobs",) in await site.hooks.rows("SELECT actor FROM changes WHERE ref = 'we_1'")


async def test_HOK11_a_secret_sealed_under_another_token_secret_sends_nothing(
    database_url: str, clock: ManualClock
) -> None:
    async with a_site(database_url, clock, Seal(b"another secret of thirty-two bytes")) as site:
        async with Receiver() as receiver:
            await site.tell("we_1", receiver, "points.changed")
            await site.ledger.apply(paid("e1", "m1", "o1", 5))
            await site.round()
            assert receiver.got == []
        [one] = await site.hooks.listed()
        assert (one.state, one.last_error) == ("waiting", "secret_unreadable")


async def test_HOK1_the_jobs_send_what_is_wanted_and_let_go_of_the_rest(site: Site) -> None:
    sends, lets_go = relaying(site.relay, site.hooks.queue)
    async with Receiver() as receiver:
        await site.tell("we_1", receiver, "points.changed")
        await site.ledger.apply(paid("e1", "m1", "o1", 300))
        assert await sends.work(site.clock.now_ms()) == 1
        await site.relay.idle()
        assert [got.said["type"] for got in receiver.got] == ["points.changed"]
    assert await lets_go.work(site.clock.now_ms()) == 2
    assert await site.hooks.rows("SELECT type FROM outbox WHERE done_ms IS NULL") == []


async def test_HOK8_a_fault_of_ours_is_a_failed_attempt_and_no_queue_that_stands(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_anything: object) -> Attempt:
        raise ZeroDivisionError

    async with Receiver() as receiver:
        await site.tell("we_1", receiver, "points.changed")
        await site.ledger.apply(paid("e1", "m1", "o1", 5))
        with monkeypatch.context() as patched:
            patched.setattr(Sender, "send", breaks)
            await site.round()
        [one] = await site.hooks.listed()
        assert (one.state, one.last_error, one.attempts) == ("waiting", "fault", 1)
        site.clock.advance(LONGEST_MS)
        await site.round()
        assert [one.state for one in await site.hooks.listed()] == ["delivered"]


async def test_R5_HOK1_with_the_ledger_away_the_job_says_so_once_and_goes_on(
    tmp_path: Path, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_site(sqlite_url(tmp_path / "nowhere" / "ledger.db"), clock) as site:
        sends, _ = relaying(site.relay, site.hooks.queue)
        assert [await sends.work(clock.now_ms()) for _ in range(3)] == [0, 0, 0]
    assert "".join(capsys.readouterr()).count("ledger_away") == 1
