"""A notice on paper and on the telephone: one numbering of fields for the screen, the printed form
and the script that an officer reads aloud in the other side's language.

Invariants: the same notice gives the same bytes; values are rounded outward; the marking stands
first and last; what is read back is shown in one notation beside the words.
"""
