"""The conversation, the windows and the log arithmetic know neither a loop nor a Redis (design, section 2)."""

import grimp
import pytest

CORE = ("frames", "codec", "session", "window", "roomlog")
FORBIDDEN = ("asyncio", "redis", "uvloop", "socket", "threading", "time", "random")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("broadcaster", include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("name", CORE)
def test_a_core_module_reaches_no_loop_no_redis_no_clock_by_any_chain_of_imports(
    name: str, graph: grimp.ImportGraph
) -> None:
    module = f"broadcaster.{name}"
    assert module in graph.modules
    chains = [
        " → ".join(chain)
        for forbidden in FORBIDDEN
        if forbidden in graph.modules
        and (chain := graph.find_shortest_chain(importer=module, imported=forbidden)) is not None
    ]
    assert chains == []
