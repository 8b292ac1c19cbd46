"""Parley: deconfliction between parties that share an airspace and do not trust each other.

The rooms, from the ground up (ARCHITECTURE.md has the drawing):
errors; space and ledger (where, and what was said); rules; wire; node;
store, peers and web; cli; testing. A room imports what stands below it, never the reverse.
"""

__version__ = "0.1.0"
