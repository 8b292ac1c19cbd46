"""NOTAM text, drafted from a notice and read back into a draft (ICAO Annex 15; Doc 8126; PANS-AIM
Doc 10066, Appendix 3): qcodes, drawn shapes, writing, parsing, reading.

Invariants: what is written holds the notice's area, heights and times, outward; what is read is
placed with assumptions that are said, or refused with what is missing.
"""
