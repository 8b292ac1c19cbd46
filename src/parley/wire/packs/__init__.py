"""Packs for a working group as values, and as what they are printed from: HTML, CSV, typst text.

Pure: builds text and bytes; the engines that draw and typeset stand in ``outlets``. May import
liaison and what stands below it. Whatever a party wrote prints as itself: it is escaped for each
form, signs that steer are shown by their number, and nothing of it is ever run.
"""
