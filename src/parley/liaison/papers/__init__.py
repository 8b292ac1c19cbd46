"""What all papers have in common: forms of values, times as people say them, markings, the paper
itself, replies, and the record that follows from both. Knows no kind of paper by name."""
