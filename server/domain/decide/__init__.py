"""The decisions, a module per subject: a command, a world and the time in; facts out."""
