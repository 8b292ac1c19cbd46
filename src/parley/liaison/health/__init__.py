"""How the mechanism fares in a period, measured: from facts of the log and the journal, never
from prose. ``measure`` is the one way in; ``reconcile`` holds two parties' figures side by side.

Pure. May import rules and papers. A figure that cannot be measured has no value and says why;
it is never 0. Numbers stand beside each other; no verdict is made of them.
"""
