"""Messages, phrases, calls, comms checks and the state of each line."""
