"""What a viewer sees of a room: its items, rendered from the room and the rulebook (PROTOCOL §1.3). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from server.domain.draw import Draw, Prize
from server.domain.gates import Gate
from server.domain.polls import Poll
from server.domain.pricing import member_prices
from server.domain.rulebook import Rulebook, Tier
from server.domain.state import Room, Show, Spotlight, Task

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""Plain data as it goes to the wire."""


def items_of(room: Room, rulebook: Rulebook, day_percent: int = 0) -> Mapping[str, Json]:
    """Return every item of the room's view by key; a key that is not there is not set. None contains null.

    An entry of a map by id is its own item (``tiers/silver``) with its `order`; its `rev` belongs to the
    ledger, which raises it under the room's lock, and is added where the view is put together. `day_percent` is what
    a member day takes off today (E11).
    """
    items: dict[str, Json] = {
        "id": room.id,
        "name": room.name,
        "writers": room.writers,
        "slow_s": room.slow_s,
        "theme": dict(room.theme),
    }
    if room.members_only is not None:
        items["members_only"] = rulebook.now_called(room.members_only)
    if room.show is not None:
        items["show"] = _show(room.show, rulebook)
    if room.spotlight is not None:
        items["spotlight"] = spotlight_json(room.spotlight, rulebook, room.show, day_percent)
    for order, campaign in enumerate(room.first_n):
        items[f"first_n/{campaign.id}"] = {
            "title": campaign.title,
            "n": campaign.n,
            "points": campaign.points,
            "state": "full" if campaign.full else "open",
            "order": order,
        }
    if room.pinned is not None:
        items["pinned"] = {"id": room.pinned.id, "text": room.pinned.text}
    if room.shouts.paused:  # the rest of it concerns the host alone
        items["shoutouts"] = {"paused": True}
    for poll in room.polls:
        items[f"polls/{poll.id}"] = _poll(poll)
    for order, gate in enumerate(room.gates):
        items[f"gates/{gate.id}"] = _gate(gate, order)
    for task in room.tasks:
        items[f"tasks/{task.id}"] = _task(task)
    for order, tier in enumerate(rulebook.ladder):
        items[f"tiers/{tier.id}"] = _tier(tier, order, rulebook)
    return items


def spotlight_json(shown: Spotlight, rulebook: Rulebook, show: Show | None, day_percent: int = 0) -> Json:
    """Return the product with both its prices: everybody's, and what each tier pays in this show today (B7, E11)."""
    prices: dict[str, Json] = dict(member_prices(shown.price, rulebook, show, day_percent).items())
    item: dict[str, Json] = {
        "sku": shown.sku,
        "title": shown.title,
        "price": shown.price,
        "member_prices": prices,
    }
    if shown.image is not None:
        item["image"] = shown.image
    return item


def draw_key(draw: Draw) -> str:
    return f"draws/{draw.id}"


def draw_item(draw: Draw) -> Json:
    """Return a draw as the room sees it; None when its view has it no more. Sealed seed and salt stay here."""
    if not draw.shown:
        return None
    item: dict[str, Json] = {
        "title": draw.title,
        "cost": draw.cost,
        "prizes": [prize_view(prize) for prize in draw.prizes],
        "ends_ms": draw.ends_ms,
        "commitment": draw.commitment,
        "state": draw.state,
        "order": draw.opened_ms,
    }
    if draw.list_hash is not None:
        item["entries"] = draw.entries
        item["list_hash"] = draw.list_hash
    if draw.seed is not None:
        item["winners"] = winners_view(draw)
    return item


def prize_view(prize: Prize) -> Json:
    view: dict[str, Json] = {"name": prize.name, "count": prize.count, "kind": prize.kind}
    if prize.kind == "points":
        view["points"] = prize.points
    elif prize.kind == "coupon":
        view["off"] = prize.off
        view["min"] = prize.min
    return view


def winners_view(draw: Draw) -> Json:
    """Return who won what: an empty name is somebody who does not want to be named."""
    return [{"prize": one.prize, "ticket": one.ticket, "name": one.name} for one in draw.winners]


def _show(show: Show, rulebook: Rulebook) -> Json:
    item: dict[str, Json] = {
        "id": show.id,
        "status": show.status,
        "title": show.title,
        # Of two tiers that have become one the better offer is shown, as it is the one that counts (B7).
        "offers": {
            rulebook.now_called(tier): {"percent": percent, "text": text}
            for tier, percent, text in sorted(show.offers, key=lambda offer: offer[1])
        },
    }
    if show.starts_ms is not None:
        item["starts_ms"] = show.starts_ms
    if show.replay_url is not None:
        item["replay_url"] = show.replay_url
    return item


def _poll(poll: Poll) -> Json:
    options: list[Json] = [{"id": option, "text": text} for option, text in poll.options]
    return {
        "question": poll.question,
        "options": options,
        "ends_ms": poll.ends_ms,
        "state": poll.state,
        "order": poll.order,
    }


def _gate(gate: Gate, order: int) -> Json:
    return {
        "sku": gate.sku,
        "title": gate.title,
        "price": gate.price,
        "opens_ms": dict(gate.opens),
        "public_ms": gate.public_ms,
        "stock": gate.stock,
        "state": gate.state,
        "order": order,
    }


def _task(task: Task) -> Json:
    item: dict[str, Json] = {
        "kind": task.kind,
        "title": task.title,
        "reward": task.reward,
        "target": task.target,
        "starts_ms": task.starts_ms,
        "ends_ms": task.ends_ms,
        "state": task.state,
        "budget": task.budget,
        "order": task.order,
    }
    if task.remaining_ms is not None:
        item["remaining_ms"] = task.remaining_ms
    return item


def _tier(tier: Tier, order: int, rulebook: Rulebook) -> Json:
    benefits: list[Json] = [
        {"kind": benefit.kind, "text": benefit.text} for benefit in rulebook.privileges[tier.id].benefits
    ]
    return {
        "name": tier.name,
        "color": tier.color,
        "growth": tier.entry.growth,
        "benefits": benefits,
        "order": order,
    }
