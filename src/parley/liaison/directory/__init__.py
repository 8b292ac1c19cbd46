"""Persons, their offices and names, duplicates and merges."""
