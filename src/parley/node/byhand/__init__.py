"""Statements, receipts, heads and rosters by file, taken in exactly as by network.

May import what the node imports. Invariant: the same file twice, or files in another order, change
nothing.
"""
