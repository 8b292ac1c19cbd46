"""What is talked about: the hotline, meetings, duties, releases, relays, people, incidents, pacts.

All of it is said on *papers*: signed statements with a marking, kept like notices (``papers``).
Every other room holds the contents of some kinds of papers and the rules about them; ``kinds``
is the one table that joins them. Pure: no I/O, no clock, no randomness. May import rules, ledger,
space and errors, and is a stranger to ``watch``. It computes no intent and takes no side: what a
party says is a claim with a claimant.
"""
