"""The live socket's application side: join, acts, watching."""
