"""What import-linter's contracts in pyproject.toml cannot say (design, section 2)."""

from tests.architecture.sources import PACKAGES, imports, sources

# Adapters to one product. Whoever else wants what they do asks for the port.
ADAPTERS = (
    "broadcaster.bus_redis",
    "broadcaster.mailbox",
    "member_cache.redis_cache",
    "server.hot.redis_hot",
)
COMPOSITION_ROOT = "server.bootstrap"
# What an outside program may know of the wire.
PUBLIC_WIRE = ("broadcaster.frames", "broadcaster.codec")


def test_only_the_composition_root_names_concrete_adapters() -> None:
    named = [
        f"{source.path}:{line}: {imported}"
        for source in sources(*PACKAGES)
        for imported, line in imports(source)
        for adapter in ADAPTERS
        if imported == adapter or imported.startswith(f"{adapter}.")
        if not f"{source.module}.".startswith(f"{COMPOSITION_ROOT}.")
        and not source.module.startswith((f"{adapter.rpartition('.')[0]}.", "loadtest.bench."))
    ]
    assert named == []


def test_the_people_and_the_swarm_know_no_more_of_the_broadcaster_than_its_wire() -> None:
    known = [
        f"{source.path}:{line}: {imported}"
        for source in sources("loadtest")
        if not source.module.startswith("loadtest.bench")
        for imported, line in imports(source)
        if imported.startswith(("broadcaster", "member_cache"))
        and not any(imported == public or imported.startswith(f"{public}.") for public in PUBLIC_WIRE)
    ]
    assert known == []
