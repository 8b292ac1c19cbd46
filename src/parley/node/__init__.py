"""What a party does: post, receive, acknowledge, observe, find, audit; and the ports it needs.

`engine` is the machine, `officer` and `counterpart` stand on it, `node` is all of it together;
`proofs` (logs that hold each other to their word), `recovery` and `byhand` are rooms inside.
May import wire, rules, ledger, space and errors; owns no socket, no clock, and no file but the
memory in which `pins` hands a private key to TLS. Durable before acknowledged: what a call
returned for is in the log, but for STOP and DISTRESS that float. State is derived from the log.
"""
