"""What the node serves to the people at its console: its pages, log-in, routes of its rooms.

May import what web may, and of web what its routes stand on (face, views, problems); never app,
gate or late. Invariants: a session may do what the table of permits gives to its person's roles,
and what has no row it may not; no answer carries a secret that outlives the shift.
"""
