"""Incidents, claims, objections, communiques; what is agreed and what is disputed."""
