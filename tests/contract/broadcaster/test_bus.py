"""What `RoomBus` and `Mailboxes` promise, on memory and on real Redis."""

from __future__ import annotations

from broadcaster.codec import encoded
from broadcaster.frames import CardRecord, Comment, Notice, Position, Pulse
from broadcaster.keys import MAILBOX_TTL_MS
from broadcaster.testing import text_item
from tests.contract.broadcaster.conftest import NOW, Place, some_items


def notice(name: str) -> Notice:
    return Notice(name, NOW + 1_000, encoded({"id": name}))


async def test_BUS1_what_is_published_is_heard_in_order_with_its_positions(place: Place) -> None:
    store = place.store()
    bus, ear = await place.bus("n1")
    start = (await store.rebuild("demo", some_items(), NOW)).position
    await bus.follow("demo")
    for rev in range(2, 12):
        await store.publish("demo", [text_item("name", rev, str(rev)), Pulse("likes", encoded(rev))], NOW)
    await ear.until(lambda: len(ear.publishes) == 10)
    assert [position for _, position, _, _ in ear.publishes] == [
        Position(start.epoch, n) for n in range(1, 11)
    ]
    _, _, numbered, passing = ear.publishes[3]
    assert [(one.offset, one.frame, one.sent_ms) for one in numbered] == [(4, text_item("name", 5, "5"), NOW)]
    assert list(passing) == [Pulse("likes", encoded(5))]


async def test_BUS1_all_nodes_hear_and_only_followed_rooms_count(place: Place) -> None:
    store = place.store()
    await store.rebuild("demo", some_items(), NOW)
    (one, one_ear), (two, two_ear) = await place.bus("n1"), await place.bus("n2")
    await one.follow("demo")
    await two.follow("demo")
    await store.publish("demo", [text_item("name", 2, "x")], NOW)
    await one_ear.until(lambda: len(one_ear.publishes) == 1)
    await two_ear.until(lambda: len(two_ear.publishes) == 1)
    await two.unfollow("demo")
    await store.publish("demo", [text_item("name", 3, "y")], NOW)
    await one_ear.until(lambda: len(one_ear.publishes) == 2)
    await two.canary()  # whatever was under way to node two has arrived
    assert len(two_ear.publishes) == 1


async def test_BUS4_passing_frames_of_a_room_without_hot_state_are_heard_without_a_position(
    place: Place,
) -> None:
    store = place.store()
    bus, ear = await place.bus("n1")
    await bus.follow("demo")
    comment = Comment("c1", "a", encoded({"id": "c1"}))
    await store.publish("demo", [comment, text_item("name", 2, "x")], NOW)
    await ear.until(lambda: len(ear.publishes) == 1)
    room, position, numbered, passing = ear.publishes[0]
    assert (room, position, list(numbered), list(passing)) == ("demo", Position("", 0), [], [comment])


async def test_BUS7_a_canary_comes_back(place: Place) -> None:
    bus, _ = await place.bus("n1")
    assert 0 <= await bus.canary() < 2


async def test_BUS8_mail_reaches_all_nodes_of_a_member_in_order(place: Place) -> None:
    mailboxes = place.mailboxes()
    ears = [(await place.bus(node)) for node in ("n1", "n2", "n3")]
    for bus, _ in ears:
        await bus.canary()  # they listen
    await mailboxes.register(["m1", "m2"], "n1")
    await mailboxes.register(["m1"], "n2")
    await mailboxes.send(
        [
            ("m1", CardRecord(1, b"\x00card")),
            ("m2", notice("a")),
            ("m1", notice("b")),
            ("nobody", notice("c")),
        ]
    )
    await mailboxes.send([("m1", CardRecord(2, b"later"))])
    first, second = ears[0][1], ears[1][1]
    await first.until(lambda: len(first.letters) == 4)
    await second.until(lambda: len(second.letters) == 3)
    to_m1 = [("m1", CardRecord(1, b"\x00card")), ("m1", notice("b")), ("m1", CardRecord(2, b"later"))]
    assert [letter for letter in first.letters if letter[0] == "m1"] == to_m1
    assert second.letters == to_m1
    assert ("m2", notice("a")) in first.letters
    assert ears[2][1].letters == []


async def test_BUS8_of_very_many_members_each_gets_their_own_mail_and_nobody_elses(place: Place) -> None:
    mailboxes = place.mailboxes()
    bus, ear = await place.bus("n1")
    await bus.canary()
    members = [f"m{n}" for n in range(1_200)]
    await mailboxes.register(members[::3], "n1")
    await mailboxes.register(members[1::3], "n2")
    await mailboxes.send([(member, notice(member)) for member in members])
    await ear.until(lambda: len(ear.letters) == 400)
    assert ear.letters == [(member, notice(member)) for member in members[::3]]


async def test_BUS8_who_left_or_was_not_renewed_gets_no_mail(place: Place) -> None:
    mailboxes = place.mailboxes()
    bus, ear = await place.bus("n1")
    await bus.canary()
    await mailboxes.register(["m1", "m2", "m3"], "n1")
    await mailboxes.unregister(["m1"], "n1")
    place.clock.advance(MAILBOX_TTL_MS - 1)
    await mailboxes.register(["m3"], "n1")
    place.clock.advance(2)
    await mailboxes.send([("m1", notice("a")), ("m2", notice("b")), ("m3", notice("c"))])
    await ear.until(lambda: len(ear.letters) == 1)
    await bus.canary()
    assert ear.letters == [("m3", notice("c"))]


async def test_BUS8_nothing_to_send_is_nothing_to_do(place: Place) -> None:
    mailboxes = place.mailboxes()
    await mailboxes.send([])
    await mailboxes.register([], "n1")
    await mailboxes.unregister([], "n1")
    await mailboxes.send([("nobody", notice("a"))])
