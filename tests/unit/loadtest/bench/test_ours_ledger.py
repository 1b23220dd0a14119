from itertools import cycle, islice

from loadtest.bench.filled_ledger import member_id
from loadtest.bench.ledger_mix import Sender
from loadtest.bench.ours_ledger import SENDERS, senders_of
from server.domain.commands import ById, HoldPoints, Like, PostComment, RecordPaidOrder, RecordWatched
from server.ids import MemberId


def met(senders: list[Sender], events: int) -> list[MemberId]:
    """Whom they act on, one after the other; who captures points has held them before."""
    commands = (sender.next(0) for sender in cycle(senders))
    drawn = (
        command.who.member
        for command in commands
        if isinstance(command, RecordWatched | PostComment | Like | RecordPaidOrder | HoldPoints)
        and isinstance(command.who, ById)
    )
    return list(islice(drawn, events))


def test_BEN13_who_comes_once_is_not_met_again_before_everybody_was() -> None:
    everybody = {member_id(number * 3) for number in range(50)}
    twice = met(senders_of(50, 3, once=True), 100)
    assert set(twice[:50]) == set(twice[50:]) == everybody
    assert twice[:50] != sorted(everybody), "in no order of the table's"
    drawn = met(senders_of(50, 3, once=False), 50)
    assert len(set(drawn)) < 50
    assert set(drawn) <= everybody
    assert len(senders_of(50, 3, once=False)) == SENDERS
