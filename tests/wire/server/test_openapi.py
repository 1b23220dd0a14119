"""The document says what the server does: it is asked, at random but seeded, everything the document offers."""

from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from tests.support.liveroom_process import StartLiveroom

EXAMPLES = 15
# What is judged otherwise: who may ask is told per role in tests/edge/api (every request here carries a proof that
# holds), and an id of printable characters cannot be said exactly in JSON Schema.
NOT_HERE = [checks.ignored_auth, checks.positive_data_acceptance]


Operation = APIOperation[Any, Any, Any, Any]


def ask_everything_of(operation: Operation, proof: str) -> None:
    """Send what the document allows and what it forbids; every answer must be one that it names."""

    @seed(20261121)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(
            excluded_checks=NOT_HERE, headers={"authorization": f"Bearer {proof}"}, timeout=60
        )

    ask()


@pytest.mark.timeout(400)
def test_DOC1_HTT2_the_server_does_what_its_document_says(start_liveroom: StartLiveroom) -> None:
    # Without jobs: made-up webhook addresses must not be sent to.
    server = start_liveroom("--roles", "gateway,api")
    key, operator = server.api_key(), server.token("operator", "o1")
    document = httpx2.get(f"{server.url}/openapi.json", timeout=60, trust_env=False).json()
    assert document["openapi"].startswith("3.1")
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    asked = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        ask_everything_of(operation, operator if operation.path.startswith("/v1/rooms") else key)
        asked.append(operation.label)
    assert len(asked) == sum(len(path) for path in document["paths"].values()) >= 16
    assert "api.fault" not in server.logged()
