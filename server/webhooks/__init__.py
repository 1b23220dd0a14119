"""Hooks out to the shop's servers."""
