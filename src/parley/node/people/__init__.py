"""Who may sit at the console: persons, their roles and sessions, and what each of them did.

May import what stands below node; no clock and no randomness of its own. Invariants: of a
password only its Argon2id hash is kept, of a session only the SHA-256 of its token; a session
ends at the instant that was set when it began; what was done is appended, never changed.
Nothing in here is a statement to others: the log knows duty roles, this room knows who sat there.
An attacker who can read the store can guess at weak passwords, and act as nobody; one who can
write it can make himself a person of any role, and so do at this console what that role may.
"""
