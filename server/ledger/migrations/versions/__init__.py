"""One file per step, numbered. A step that has been released is never edited."""
