"""Work that falls due: a module per kind."""
