"""What parties owe each other: agreement, notice, life cycle, conflict, hazard, answers, findings.

May import ledger, space and errors. Pure and deterministic: ``now_ms`` is an argument, there is
no ``if by == self`` anywhere, nothing depends on the order of arrival, and a finding is a value
of strings and integers. Two nodes given the same agreement and statements find the same.
"""
