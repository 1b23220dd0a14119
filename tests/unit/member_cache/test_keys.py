from member_cache.keys import (
    ABSENT_TTL_MS,
    BUCKETS,
    JITTER,
    RECORD_TTL_MS,
    bucket_of,
    by_bucket,
    lifetime_ms,
    record_key,
)
from member_cache.ports import Record

MANY = [f"m_{i:04}" for i in range(1_000)]


def test_MEM8_members_of_one_bucket_share_its_hash_tag() -> None:
    tags = {record_key("liveroom", member).split("}")[0].split("{")[1] for member in MANY}
    assert tags == {f"c{number:02d}" for number in range(BUCKETS)}
    for group in by_bucket(MANY):
        assert len({record_key("liveroom", member).split("}")[0] for member in group}) == 1


def test_MEM8_grouping_loses_nobody_and_keeps_the_order_within_a_bucket() -> None:
    groups = by_bucket(MANY)
    assert sorted(member for group in groups for member in group) == MANY
    for group in groups:
        assert group == sorted(group)
        assert {bucket_of(member) for member in group} == {bucket_of(group[0])}


def test_MEM8_two_namespaces_never_share_a_key() -> None:
    assert record_key("a", "m1") != record_key("b", "m1")


def test_MEM3_luck_shortens_a_lifetime_by_at_most_the_jitter() -> None:
    record = Record("m1", 4, b"x")
    assert lifetime_ms(record, 0.0) == RECORD_TTL_MS
    assert RECORD_TTL_MS * (1 - JITTER) <= lifetime_ms(record, 0.999) < RECORD_TTL_MS


def test_MEM2_known_not_to_exist_is_short_lived() -> None:
    assert lifetime_ms(Record("m1", 0, b""), 0.0) == ABSENT_TTL_MS < RECORD_TTL_MS
