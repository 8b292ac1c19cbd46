"""The 4-D picture at an instant, past and planned: what stood in force, as known now or as known
then. Derived from the log; nothing of it is kept.

May import what the rest of ``node`` may. Reads only.
"""
