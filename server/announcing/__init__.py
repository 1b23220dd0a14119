"""What rooms are told of a commit, when, and what hosts do to it: records, frames, pacing, shout-outs (DESIGN §3, steps 7–9)."""
