"""The rulebook as a document: its model, its presets, how it is read."""
