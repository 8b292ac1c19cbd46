"""What a party does: post, receive, acknowledge, observe, find, audit; and the ports it needs.

May import wire, rules, ledger, space and errors; owns no socket, no file, no clock. Durable
before acknowledged: what a call returned for is in the log. State is derived from the log.
"""
