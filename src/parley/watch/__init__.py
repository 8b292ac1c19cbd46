"""What is seen: tracks as arrays, the sweep over them, what it finds, and the alarms.

`watch` is the whole; `tracking` makes the picture of reports, `pairs` finds who comes too close,
`against` holds tracks against what was declared, `alarms` says what needs somebody. May import
rules, space and errors; the only room that knows numba. Pure: ``now_ms`` is an argument, threads
are lent by the caller. Invariants: a finding is the same whichever of two tracks is asked first;
what cannot be is counted and named, and the sweep goes on; a track that is no longer reported
coasts with a growing circle and never just vanishes.
"""
