"""The live watch as a service of the node: an intake for feeds, the beat, what becomes durable.

Stands on watch and on the node's units of work. Invariants: feeds cannot make memory grow; what
the stream tells is durable; a store that fails stops no sweep.
"""
