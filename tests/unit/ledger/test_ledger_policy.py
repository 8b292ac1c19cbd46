from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import ForgedError, FormatError, InputError, ParleyError
from parley.ledger.checkpoint import OpenedCheckpoint, open_checkpoint, sign_checkpoint
from parley.ledger.cosignature import cosign
from parley.ledger.keys import ED25519_COSIGNER, MLDSA44_COSIGNER, SigningKey, VerifyKey
from parley.ledger.note import add_signatures
from parley.ledger.policy import (
    Policy,
    PolicyGroup,
    PolicyLog,
    PolicyWitness,
    party_policy,
)
from parley.ledger.treehead import Checkpoint

IL = SigningKey("il.example", b"\x01" * 32)
IL_PQ = SigningKey("il.example", b"\x11" * 32, MLDSA44_COSIGNER)
HEAD = Checkpoint("il.example/log/1", 7, bytes(range(32)))
SIGNED = sign_checkpoint(HEAD, IL, IL_PQ, at_s=100)
W = [SigningKey(f"w{n}.example", bytes([n + 40]) * 32, ED25519_COSIGNER) for n in range(6)]
LINES = [cosign(HEAD.text(), 100 + n, key) for n, key in enumerate(W)]
LOG_LINE = f"log {IL.verifier.to_vkey()}\n"
# C2SP tlog-policy, "Example policy", with keys of our own.
EXAMPLE = LOG_LINE + "".join(
    [
        *(f"witness X{n + 1} {W[n].verifier.to_vkey()}\n" for n in range(3)),
        "group X-witnesses 2 X1 X2 X3\n\n",
        *(f"witness Y{n - 2} {W[n].verifier.to_vkey()}\n" for n in range(3, 6)),
        "group Y-witnesses any Y1 Y2 Y3\n\n",
        "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
    ]
)


def opened_with(*numbers: int, keys: tuple[VerifyKey, ...] = ()) -> OpenedCheckpoint:
    note = SIGNED
    for number in numbers:
        note = add_signatures(note, LINES[number])
    known = dict.fromkeys((IL.verifier, IL_PQ.verifier, *(w.verifier for w in W), *keys))
    return open_checkpoint(note, known.keys())


def vkey(number: int) -> str:
    return W[number].verifier.to_vkey()


@given(st.sets(st.integers(0, 5)))
def test_the_example_of_the_specification(numbers: set[int]) -> None:
    policy = Policy.parse(EXAMPLE.encode())
    wanted = len(numbers & {0, 1, 2}) >= 2 and bool(numbers & {3, 4, 5})
    if wanted:
        counted = policy.check(opened_with(*numbers))
        names = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
        assert counted == {names[n]: 100 + n for n in sorted(numbers)}
    else:
        with pytest.raises(ForgedError, match="the quorum X-and-Y is missing"):
            policy.check(opened_with(*numbers))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any forest of groups over six witnesses, each name a member once at most."""
    free = draw(st.permutations([f"w{n}" for n in range(6)]))
    witnesses = tuple(PolicyWitness(f"w{n}", W[n].verifier) for n in range(6))
    groups: list[PolicyGroup] = []
    for number in range(draw(st.integers(0, 4))):
        if not free:
            break
        take = draw(st.integers(1, len(free)))
        members, free = tuple(free[:take]), free[take:]
        name = f"g{number}"
        groups.append(PolicyGroup(name, draw(st.integers(1, take)), members))
        free = draw(st.permutations([*free, name]))
    names = [*(f"w{n}" for n in range(6)), *(group.name for group in groups)]
    return Policy((PolicyLog(IL.verifier),), witnesses, tuple(groups), draw(st.sampled_from(names)))


def oracle(policy: Policy, name: str, signed: set[str]) -> bool:
    group = next((group for group in policy.groups if group.name == name), None)
    if group is None:
        return name in signed
    return sum(oracle(policy, member, signed) for member in group.members) >= group.k


@given(policies(), st.sets(st.integers(0, 5)))
@settings(max_examples=300)
def test_a_quorum_is_what_the_definition_says(policy: Policy, numbers: set[int]) -> None:
    signed = {f"w{n}" for n in numbers}
    if oracle(policy, policy.quorum, signed):
        counted = set(policy.check(opened_with(*numbers)))
        assert counted <= signed
        assert oracle(policy, policy.quorum, counted)
        for extra in signed - counted:
            assert oracle(policy, policy.quorum, signed - {extra})
    else:
        with pytest.raises(ForgedError, match="quorum"):
            policy.check(opened_with(*numbers))


@given(policies())
def test_a_policy_round_trips(policy: Policy) -> None:
    assert Policy.parse(policy.to_bytes()) == policy


@given(policies(), st.data())
@settings(max_examples=200)
def test_a_flipped_bit_never_makes_a_key(policy: Policy, data: st.DataObject) -> None:
    """A policy is not signed: its names and numbers may change, its keys are self-checking."""
    spelled = bytearray(policy.to_bytes())
    bit = data.draw(st.integers(0, 8 * len(spelled) - 1))
    spelled[bit // 8] ^= 1 << bit % 8
    try:
        changed = Policy.parse(bytes(spelled))
    except InputError:
        return
    assert set(changed.keys) <= set(policy.keys)


def test_quorum_none_asks_for_the_log_only() -> None:
    policy = Policy.parse(f"{LOG_LINE}quorum none\n".encode())
    assert policy.check(opened_with()) == {}
    another = Policy((PolicyLog(SigningKey("il.example", b"\x09" * 32).verifier),), (), (), "none")
    with pytest.raises(ForgedError, match="not in the policy"):
        another.check(opened_with())


def test_a_policy_without_logs_takes_any_log_that_was_opened() -> None:
    assert Policy.parse(b"quorum none\n").check(opened_with()) == {}


def test_a_log_key_may_carry_the_origin_or_the_party_but_no_other_name() -> None:
    for name, good in (("il.example/log/1", True), ("il.example", True), ("ru.example", False)):
        key = SigningKey(name, b"\x31" * 32)
        head = open_checkpoint(sign_checkpoint(HEAD, IL, key), [IL.verifier, key.verifier])
        policy = Policy((PolicyLog(key.verifier),), (), (), "none")
        if good:
            policy.check(head)
        else:
            with pytest.raises(ForgedError, match="not in the policy"):
                policy.check(head)


def test_a_log_may_be_listed_by_its_ml_dsa_key() -> None:
    policy = Policy.parse(f"log {IL_PQ.verifier.to_vkey()}\nquorum none\n".encode())
    policy.check(opened_with())
    with pytest.raises(ForgedError, match="not in the policy"):
        policy.check(open_checkpoint(sign_checkpoint(HEAD, IL), [IL.verifier, *policy.keys]))


def test_the_logs_own_party_counts_as_no_witness() -> None:
    own = SigningKey("il.example", b"\x21" * 32, ED25519_COSIGNER)
    for key in (IL_PQ, own):
        policy = Policy((), (PolicyWitness("W", key.verifier),), (), "W")
        note = sign_checkpoint(HEAD, IL, IL_PQ, own, at_s=5)
        with pytest.raises(ForgedError, match="by no witness"):
            policy.check(open_checkpoint(note, [IL.verifier, *policy.keys]))


def test_a_cosignature_without_a_time_does_not_count() -> None:
    policy = Policy((), (PolicyWitness("W", W[0].verifier),), (), "W")
    note = sign_checkpoint(HEAD, IL, W[0], at_s=0)
    with pytest.raises(ForgedError, match="quorum W"):
        policy.check(open_checkpoint(note, [IL.verifier, *policy.keys]))


def test_spaces_tabs_comments_empty_lines_and_urls_are_allowed() -> None:
    text = (
        f"# a comment \xe9\n\t # another\n\n \t\n\tlog \t{IL.verifier.to_vkey()} "
        "https://il.example/ \n"
        f"quorum none\nwitness \xe9\u00a0z {vkey(0)}\thttps://w.example/x\n"
    )
    policy = Policy.parse(text.encode())
    assert policy.logs == (PolicyLog(IL.verifier, "https://il.example/"),)
    assert policy.witnesses == (PolicyWitness("\xe9\u00a0z", W[0].verifier, "https://w.example/x"),)
    assert Policy.parse(policy.to_bytes()) == policy


def test_names_are_octets() -> None:
    raw = b"witness \xff " + vkey(0).encode() + b"\nwitness K " + vkey(1).encode()
    raw += b"\nwitness \xe2\x84\xaa " + vkey(2).encode() + b"\nquorum \xff\n"
    policy = Policy.parse(raw)
    assert policy.to_bytes() == raw
    assert list(policy.check(opened_with(0))) == [policy.quorum]


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "quorum none", "quorum none\nquorum none\n", "quorum A\n", "quorum\n",
        "quorum none x\n",
        "quorum none\r\n", "quorum none\x00\n", "quorum none\x7f\n", "quorum\u00a0none\n",
        "Quorum none\n",
        "log\nquorum none\n", "log x\nquorum none\n", "log {log} u v\nquorum none\n",
        "log {w0}\nquorum none\n", "log {log}\nlog {log}\nquorum none\n",
        "witness A\nquorum none\n", "witness A {log}\nquorum none\n",
        "witness none {w0}\nquorum none\n",
        "witness A {w0} u v\nquorum none\n", "witness A {w0}\nwitness B {w0}\nquorum none\n",
        "witness A {w0}\nwitness A {w1}\nquorum none\n",
        "witness A {w0}\ngroup A any A\nquorum none\n",
        "quorum A\nwitness A {w0}\n", "group G any A\nwitness A {w0}\nquorum G\n",
        "witness A {w0}\ngroup G any\nquorum none\n", "witness A {w0}\ngroup G any A A\nquorum G\n",
        "witness A {w0}\ngroup G any A\ngroup H any A\nquorum G\n", "group G any G\nquorum G\n",
        "witness A {w0}\ngroup G any none A\nquorum G\n", "witness A {w0}\ngroup G 0 A\nquorum G\n",
        "witness A {w0}\ngroup G 2 A\nquorum G\n", "witness A {w0}\ngroup G 01 A\nquorum G\n",
        "witness A {w0}\ngroup G -1 A\nquorum G\n", "witness A {w0}\ngroup G Any A\nquorum G\n",
        "witness A {w0}\ngroup G ١ A\nquorum G\n",
        "witness A {w0}\ngroup none any A\nquorum none\n",
        "mirror A {w0}\nquorum none\n",
    ],
)  # fmt: skip
def test_other_policies_are_refused(text: str) -> None:
    keys = {"log": IL.verifier.to_vkey(), "w0": vkey(0), "w1": vkey(1)}
    with pytest.raises(InputError):
        Policy.parse(text.format(**keys).encode())


def test_a_refused_line_is_named() -> None:
    with pytest.raises(FormatError) as refused:
        Policy.parse(b"# fine\n\ngroup G any A\nquorum none\n")
    assert refused.value.where == "line 3"


def test_one_public_key_under_two_names_is_a_duplicate() -> None:
    again = SigningKey("other.example", b"\x28" * 32, ED25519_COSIGNER)
    assert again.verifier.public == W[0].verifier.public
    with pytest.raises(FormatError, match="another witness"):
        Policy((), (PolicyWitness("A", W[0].verifier), PolicyWitness("B", again.verifier)), (), "A")


def test_at_least_thirty_two_lines_of_each_kind_are_taken() -> None:
    def policy(count: int) -> Policy:
        logs = [SigningKey("il.example", bytes([n, 1] * 16)).verifier for n in range(count)]
        seen = [
            PolicyWitness(f"w{n}", SigningKey("w", bytes([n, 2] * 16), MLDSA44_COSIGNER).verifier)
            for n in range(count)
        ]
        groups = [PolicyGroup(f"g{n}", 1, (f"w{n}",)) for n in range(count)]
        return Policy(tuple(PolicyLog(key) for key in logs), tuple(seen), tuple(groups), "g0")

    assert Policy.parse(policy(64).to_bytes()) == policy(64)
    with pytest.raises(FormatError, match="65"):
        policy(65)
    with pytest.raises(FormatError, match="bytes"):
        Policy.parse(b"#" * 524288 + b"\n")


@pytest.mark.parametrize(
    "name", ["", "a b", "a\tb", "a\n", "\x1f", "\x7f", "\ud800", "\udcc3\udca9"]
)
def test_names_and_urls_that_would_not_read_back_are_refused(name: str) -> None:
    with pytest.raises(FormatError):
        Policy((), (PolicyWitness(name, W[0].verifier),), (), "none")
    if name:
        with pytest.raises(FormatError):
            Policy((), (PolicyWitness("a", W[0].verifier, name),), (), "none")


@given(st.binary(max_size=80) | st.text(max_size=60).map(lambda t: f"quorum none\n{t}\n".encode()))
def test_hostile_policies_stay_inside_the_error_tree(data: bytes) -> None:
    try:
        policy = Policy.parse(data)
    except ParleyError:
        return
    assert policy.quorum == "none"


RU = [
    SigningKey("ru.example", b"\x12" * 32, MLDSA44_COSIGNER),
    SigningKey("ru.example", b"\x22" * 32, 4),
]
US = [
    SigningKey("us.example", b"\x13" * 32, MLDSA44_COSIGNER),
    SigningKey("us.example", b"\x23" * 32, 4),
]


@pytest.mark.parametrize("k", [0, 1, 2])
def test_k_of_the_parties_each_by_any_of_its_keys(k: int) -> None:
    parties = {
        "ru.example": [key.verifier for key in RU],
        "us.example": [key.verifier for key in US],
    }
    policy = party_policy([IL.verifier, IL_PQ.verifier], parties, k)
    assert Policy.parse(policy.to_bytes()) == policy
    for signers in ([], [RU[0]], [RU[0], RU[1]], [RU[1], US[0]], [*RU, *US]):
        note = add_signatures(SIGNED, cosign(HEAD.text(), 9, *signers)) if signers else SIGNED
        opened = open_checkpoint(note, policy.keys)
        if len({key.name for key in signers}) >= k:
            counted = policy.check(opened)
            wanted = {f"{key.name}/{key.key_id.hex()}": 9 for key in signers} if k else {}
            assert counted == wanted
        else:
            with pytest.raises(ForgedError, match=r"ru\.example, us\.example"):
                policy.check(opened)


def test_a_party_policy_refuses_what_cannot_be_met() -> None:
    keys = {"ru.example": [RU[0].verifier]}
    for parties, k in ((keys, 2), (keys, -1), ({"ru.example": []}, 1), ({}, 1)):
        with pytest.raises(FormatError):
            party_policy([IL.verifier], parties, k)
    with pytest.raises(FormatError, match="algorithm 01"):
        party_policy([], {"ru.example": [SigningKey("ru.example", b"\x01" * 32).verifier]}, 1)
    assert party_policy([IL.verifier], {}, 0).check(opened_with()) == {}
