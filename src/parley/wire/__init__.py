"""How it is written down: bytes and text to the domain and back, a file or a room a format.

May import rules, ledger, space and errors. Pure: no I/O, no clock, no randomness. Feet, time
zones and lon/lat order die here. Whatever bytes come in, only errors of the tree in
``parley.errors`` come out: MalformedError for a party's statement, InputError (GeometryError,
FormatError) for a file or a form, each with its author, its place and what would be right.
"""
