"""A log that was set back gets its end back from the peers' copies, or begins a new epoch.

May import what the node imports. Invariant: no index is ever receipted with two different leaves.
"""
