"""Consultations, briefings, minutes and commitments."""
