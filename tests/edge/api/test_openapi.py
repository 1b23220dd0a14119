"""The OpenAPI document, as far as it can be read."""

from typing import Any

from tests.edge.api.under_test import Api


async def fetched(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = (await api.http.get("/openapi.json")).json()
    return found


async def test_DOC1_every_route_that_answers_is_in_the_document(api: Api) -> None:
    paths = (await fetched(api))["paths"]
    for path, operations in paths.items():
        for method in operations:
            concrete = path.replace("{room}", "r").replace("{show}", "s").replace("{id}", "m1")
            answer = await api.http.request(method, concrete)
            assert answer.status_code not in (405,), (method, path)
            assert answer.json().get("code") != "not_found" or "{" in path, (method, path)
    assert {"/v1/events", "/v1/members/{id}", "/v1/rooms/{room}/snapshot", "/livez", "/metrics"} <= set(paths)
    assert "/demo/token" not in paths, "only `liveroom demo` serves it"


async def test_DOC1_every_operation_names_who_may_ask_and_each_way_it_says_no(api: Api) -> None:
    paths = (await fetched(api))["paths"]
    events = paths["/v1/events"]["post"]
    assert events["security"] == [{"apiKey": []}, {"signature": []}]
    assert set(events["responses"]) == {"200", "400", "401", "403", "409", "413", "415", "422", "500", "503"}
    assert "`empty_batch`" in events["responses"]["422"]["description"]
    assert set(events["requestBody"]["content"]) == {
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    }
    assert paths["/v1/rooms/{room}/snapshot"]["get"]["security"] == []
    assert "`show_live`" in paths["/v1/rooms/{room}/shows/{show}"]["patch"]["responses"]["409"]["description"]
    names = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert len(names) == len(set(names))


async def test_DOC1_every_reference_leads_somewhere(api: Api) -> None:
    whole = await fetched(api)
    schemas = whole["components"]["schemas"]

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [one for value in node.values() for one in references(value)]
        if isinstance(node, list):
            return [one for value in node for one in references(value)]
        return []

    found = references(whole)
    assert len(found) > 20
    assert {one.removeprefix("#/components/schemas/") for one in found} <= set(schemas)
