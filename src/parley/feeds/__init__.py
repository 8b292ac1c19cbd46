"""Live sockets and recorded files: bytes in, reports to the node, how each feed fares.

May import node, wire, watch and what stands below. Invariants: memory is bounded whatever a feed
sends; what does not parse is counted by name and the feed goes on; a feed that ends is tried
again and its silence is a state that people see.
"""
