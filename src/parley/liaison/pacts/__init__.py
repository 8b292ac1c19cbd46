"""Amendments, signatures, participation and postures: how an agreement changes."""
