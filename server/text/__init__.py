"""What people read and write: the message catalogue, names and comments cleaned, graphemes counted."""
