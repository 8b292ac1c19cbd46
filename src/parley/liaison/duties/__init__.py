"""Obligations with their texts, requests for a notice, adherence."""
