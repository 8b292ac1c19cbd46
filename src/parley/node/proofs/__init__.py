"""Logs that hold each other to their word: our heads, cosignatures, copies of others' logs, faults.

All of it may fail without stopping a message: it has a store of its own, and what it misses it
catches up with. May import what the node imports. Invariants: nothing is signed before it is kept;
no two heads of one size; an accusation rests on the accused's own signatures.
"""
