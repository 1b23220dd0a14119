"""Load testers: people over the public contract, raw swarms, and benchmarks beside the floor and our peers."""
