"""What is sent."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

from server.ids import is_our_id
from server.ledger import outbox
from server.ledger.hook_queue import Told
from server.webhooks.message import HookType, message_of

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


def test_HOK1_what_can_be_subscribed_to_is_what_the_contract_names_and_what_is_told() -> None:
    types = set(get_args(HookType))
    contract = Path(__file__).parents[4] / "docs" / "protocol.md"
    [line] = [
        one for one in contract.read_text("utf-8").splitlines() if one.startswith("- outbound webhooks")
    ]
    assert set(re.findall(r"`([a-z]+\.[a-z_]+)`", line)) == types
    assert set(re.findall(r'"([a-z]+\.[a-z_]+)"', Path(outbox.__file__).read_text("utf-8"))) == types
