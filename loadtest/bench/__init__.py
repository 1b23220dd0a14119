"""Benchmarks of what the product promises to be fast at, each in one run with the floor and with our peers."""
