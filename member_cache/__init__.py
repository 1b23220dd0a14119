"""The hot, throw-away copy of member records; see SPEC.md."""
