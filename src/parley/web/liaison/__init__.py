"""Routes of liaison: papers of every kind, and what each room shows besides lists of them."""
