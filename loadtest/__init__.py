"""People, crowds and benches that load a server through its public contract; see README.md."""
