"""ASTERIX categories 021, 048 and 062 to reports: `decoder` is the door; tables of item lengths for
each edition, one loop that walks them, and what each category means."""
