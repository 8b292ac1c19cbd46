"""Who may have what: markings judged, consents, the register of releases."""
