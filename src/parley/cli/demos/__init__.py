"""`parley demo`: the night of 17 September 2018, and what followed it, on real nodes."""
