"""Rows of first-N campaigns and their places ⇄ what they mean (L4). Pure."""

from __future__ import annotations

from server.domain.facts import FirstNOpened, FirstNTaken
from server.domain.state import FirstN
from server.ids import FirstNId
from server.ledger.bulk import Found, Row
from server.ledger.ports import CampaignStand

CAMPAIGN = ("id", "room", "title", "n", "points", "taken", "opened_ms", "closed_ms")
PLACE = ("campaign", "member", "place", "order_id", "at_ms")


def campaign_row(opened: FirstNOpened) -> Row:
    new = opened.campaign
    return (new.id, opened.room, new.title, new.n, new.points, 0, new.opened_ms, None)


def place_row(taken: FirstNTaken) -> Row:
    return (taken.campaign.id, taken.member, taken.place, taken.order, taken.at_ms)


def campaign_of(row: Found) -> CampaignStand:
    n, taken = row[3], row[5]
    campaign = FirstN(FirstNId(row[0]), row[2], n, row[4], row[6], full=taken == n)
    return CampaignStand(campaign, taken, row[7])
