"""Which behaviours somebody has to prove before a rule can pay."""

from dataclasses import replace
from typing import get_args

from server.api.event_shapes import Event
from server.domain.proving import CAPABILITIES, evidence_for, unknown_capabilities
from server.domain.rulebook import COMMENT
from server.rulebooks.loading import load_preset

RULEBOOK = load_preset("jifen")


def test_X6_what_a_source_can_prove_are_the_events_there_are() -> None:
    types = {get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(Event)}
    assert types == CAPABILITIES


def test_X6_every_behaviour_in_force_says_what_proves_it() -> None:
    evidence = {one.rule: one for one in evidence_for(RULEBOOK)}
    assert evidence.keys() == {*RULEBOOK.behaviours, "order", "first_order"}
    assert {type_ for one in evidence.values() for type_ in one.types} <= CAPABILITIES
    assert all(one.ours or one.types for one in evidence.values())


def test_X6_a_behaviour_that_earns_nothing_needs_no_proof() -> None:
    behaviours = {rule: worth for rule, worth in RULEBOOK.behaviours.items() if rule != COMMENT}
    evidence = evidence_for(replace(RULEBOOK, behaviours=behaviours))
    assert COMMENT not in {one.rule for one in evidence}


def test_X6_what_is_no_event_type_is_named() -> None:
    assert unknown_capabilities(frozenset({"order", "liked", "shared"})) == ("order", "shared")
