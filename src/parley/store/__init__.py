"""Where a node keeps what it knows: the port ``Store`` of node/ports.py, in memory and in SQLite.

May import node and what stands below it; only ``sqlite.py`` and what it uses knows sqlite3.
Invariants: a write is durable when its await ends, or nothing of it is kept; threads never show;
rows of the 4-D index are rounded outward, so a search returns rows too many, never one too few;
nothing is pruned. One suite, parley.testing.store_suite, holds every backend to this.
An attacker who can modify the database can at most make this node forget or misremember: every
statement in the log is signed, and a changed log no longer verifies against its checkpoints.
"""
