"""What is sent."""

from __future__ import annotations

import json
from dataclasses import replace

from server.ids import is_our_id
from server.ledger.hook_queue import Told
from server.webhooks.message import message_of

TOLD = Told(7, "tier.upgraded", "m1", None, 4, '{"member":"m1","version":4,"tier":"银"}', 1_760_000_000_123)


def test_HOK4_a_message_has_type_timestamp_and_data_with_the_members_version() -> None:
    assert json.loads(message_of(TOLD).body) == {
        "type": "tier.upgraded",
        "timestamp": "2025-10-09T08:53:20.123Z",
        "data": {"member": "m1", "version": 4, "tier": "银"},
    }


def test_HOK4_its_id_follows_from_it_and_is_nobody_elses() -> None:
    assert message_of(TOLD) == message_of(TOLD)
    others = (replace(TOLD, id=8), replace(TOLD, type="tier.downgraded"), replace(TOLD, at_ms=1))
    ids = {message_of(one).id for one in (TOLD, *others, replace(TOLD, body='{"member":"m2"}'))}
    assert len(ids) == 5
    assert all(is_our_id(one) for one in ids)
