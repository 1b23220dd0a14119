"""Members who stand on a tier that the ladder has no more are moved to the one in its place (X3, decision 0073).

Nobody waits for it: cards, prices and gates go by the new ladder from the first moment on, and whoever does something
is moved with it. The job writes it down for all others, so that the shop's own system hears of everybody.
"""

from __future__ import annotations

from collections.abc import Callable

from server.domain.commands import ById, KeepTime, Origin
from server.domain.rulebook import Rulebook
from server.ids import MemberId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import DueWork
from server.ledger.rulebooks import FIRST

EVERY_S = 1.0
AT_ONCE = 100


def tiers_moved(due: DueWork, submit: Submits, rulebook_at: Callable[[int], Rulebook]) -> Job:
    """Return the job. Walks the members in the order of their ids after rules with a `tier_map` took force, and once
    more until nobody is found: another process may have died over what it claimed."""
    done, under, after, met = FIRST, FIRST, "", 0

    async def work(now_ms: int) -> int:
        nonlocal done, under, after, met
        rulebook = rulebook_at(now_ms)
        if rulebook.version == done:
            return 0
        if rulebook.version != under:
            under, after, met = rulebook.version, "", 0
        if not rulebook.former:
            done = rulebook.version
            return 0
        found, looked = await due.on_tiers(rulebook.former.keys(), after, AT_ONCE)
        if found:
            ours = await due.claim(f"tiers of {rulebook.version}", found, now_ms)
            await submit([_told(member, rulebook.version, now_ms) for member in ours])
        met += len(found)
        if looked is not None:
            after = looked
            return len(found) or 1
        if not met:
            done = rulebook.version
        after, met = "", 0
        return 0

    return Job("tiers moved", EVERY_S, work)


def _told(member: MemberId, version: int, now_ms: int) -> KeepTime:
    origin = Origin(
        source="jobs",
        event=f"tier_moved:{version}:{member}",
        content="moved",
        received_ms=now_ms,
        actor="jobs",
    )
    return KeepTime(origin, ById(member))
