"""Bytes to many viewers. Knows nothing of members' content, orders or SQL; see SPEC.md."""
