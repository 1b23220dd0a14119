"""Names in Redis."""

import re

from redis.crc import key_slot

from broadcaster.keys import Keys

KEYS = Keys("liveroom")


def test_BUS1_all_keys_of_a_room_and_its_channel_share_one_hash_slot() -> None:
    for room in ("demo", "直播间", "a.b:c-d_e"):
        names = KEYS.room(room)
        every = [
            names.meta,
            names.items,
            names.log,
            names.pulses,
            names.comments,
            names.presence,
            names.channel,
            names.operation("abc"),
        ]
        assert len({key_slot(name.encode()) for name in every}) == 1
        assert len(set(every)) == len(every)


def test_BUS9_rooms_spread_over_all_partitions_and_always_the_same_way() -> None:
    partitions = [KEYS.partition_of(f"room{n}") for n in range(5_000)]
    assert set(partitions) == set(range(64))
    assert KEYS.partition_of("demo") == Keys("other").partition_of("demo")
    assert all(re.search(r"\{p\d\d\}", KEYS.channel(partition)) for partition in partitions)


def test_BUS9_namespaces_never_meet() -> None:
    assert KEYS.room("demo").meta != Keys("other").room("demo").meta
    assert KEYS.mailbox("m1") != Keys("other").mailbox("m1")
    assert KEYS.node_channel("n1") != Keys("other").node_channel("n1")
    assert KEYS.partition_count != Keys("other").partition_count
