"""Drafts that wait for their release: one person writes, another releases.

Stands beside the node and imports it; what it says is said through it. Invariants: a draft is
released once, though the node dies between saying and marking; who comes second is told what the
first did; what waits is durable before it is acknowledged.
"""
