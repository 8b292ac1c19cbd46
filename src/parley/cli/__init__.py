"""The command line: the composition root, where a node is put together and people talk to it.

May import every room below. The only room that owns a clock (``time.time_ns``) and randomness
(``secrets``), and hands both down. Invariants: what an officer reads and what a program reads
(``--json``) come from the same values; whatever fails is told as what, where, who and what would
be right, with exit status 2 and no traceback; text of other parties reaches a terminal only
without control characters; heavy rooms are imported inside the commands that need them.
An attacker who can modify the node directory can speak as this party: the seed is in it.
"""
