"""A link to a TAK server or group: `link` is the door; in to the intake, out behind the journal."""
