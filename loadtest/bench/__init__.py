"""Benchmarks of the parts, beside their floor and their peers in one run."""
