from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import FormatError, ParleyError
from parley.ledger.checkpoint import Cosignature, open_checkpoint, sign_checkpoint
from parley.ledger.cosignature import cosign, witnesses_of
from parley.ledger.keys import ED25519_COSIGNER, MLDSA44_COSIGNER, SigningKey
from parley.ledger.note import add_signatures
from parley.ledger.treehead import Checkpoint

IL = SigningKey("il.example", b"\x01" * 32)
IL_PQ = SigningKey("il.example", b"\x11" * 32, MLDSA44_COSIGNER)
IL_TIMED = SigningKey("il.example", b"\x21" * 32, ED25519_COSIGNER)
RU_PQ = SigningKey("ru.example", b"\x12" * 32, MLDSA44_COSIGNER)
RU_TIMED = SigningKey("ru.example", b"\x22" * 32, ED25519_COSIGNER)
US_TIMED = SigningKey("us.example", b"\x23" * 32, ED25519_COSIGNER)
EVERY = [IL, IL_PQ, IL_TIMED, RU_PQ, RU_TIMED, US_TIMED]
KEYS = [key.verifier for key in EVERY]
HEAD = Checkpoint("il.example/log/1", 7, bytes(range(32)))
TEXT = HEAD.text()
SIGNED = sign_checkpoint(HEAD, IL, IL_PQ, at_s=100)


def test_a_party_counts_once_at_its_earliest_time() -> None:
    note = add_signatures(SIGNED, cosign(TEXT, 120, RU_PQ) + cosign(TEXT, 110, RU_TIMED))
    note = add_signatures(note, cosign(TEXT, 130, US_TIMED))
    opened = open_checkpoint(note, KEYS)
    assert witnesses_of(opened) == {"ru.example": 110, "us.example": 130}
    assert Cosignature(IL_PQ.verifier, 100) in opened.cosignatures


def test_the_logs_own_party_is_no_witness_of_its_log() -> None:
    note = add_signatures(SIGNED, cosign(TEXT, 120, IL_TIMED))
    assert witnesses_of(open_checkpoint(note, KEYS)) == {}


def test_the_logs_own_key_under_another_name_is_no_witness() -> None:
    disguised = SigningKey("us.example", b"\x01" * 32, ED25519_COSIGNER)
    note = add_signatures(SIGNED, cosign(TEXT, 120, disguised))
    opened = open_checkpoint(note, [*KEYS, disguised.verifier])
    assert len(opened.cosignatures) == 2
    assert witnesses_of(opened) == {}


def test_a_key_that_the_logs_party_holds_elsewhere_is_no_witness_under_another_name() -> None:
    borrowed = SigningKey("us.example", b"\x21" * 32, ED25519_COSIGNER)
    note = add_signatures(SIGNED, cosign(TEXT, 120, borrowed))
    opened = open_checkpoint(note, [*KEYS, borrowed.verifier])
    assert witnesses_of(opened) == {"us.example": 120}
    assert witnesses_of(opened, [IL_TIMED.verifier]) == {}


def test_a_cosignature_without_a_time_witnesses_nothing() -> None:
    note = sign_checkpoint(HEAD, IL, RU_PQ, at_s=0)
    opened = open_checkpoint(note, KEYS)
    assert [cosignature.at_s for cosignature in opened.cosignatures] == [0]
    assert witnesses_of(opened) == {}


@pytest.mark.parametrize(
    ("keys", "at_s"), [((IL,), 5), ((RU_PQ, IL), 5), ((), 5), ((RU_PQ,), 0), ((RU_PQ,), 2**63)]
)
def test_only_cosigner_keys_with_a_time_cosign(keys: tuple[SigningKey, ...], at_s: int) -> None:
    with pytest.raises(FormatError):
        cosign(TEXT, at_s, *keys)


@given(st.data())
@settings(max_examples=300)
def test_a_flipped_bit_is_refused_or_only_loses_a_signature(data: st.DataObject) -> None:
    """A changed name or key id makes a line a stranger's, which is ignored; all else is refused."""
    note = add_signatures(SIGNED, cosign(TEXT, 120, RU_PQ, US_TIMED))
    whole = open_checkpoint(note, KEYS)
    flipped = bytearray(note)
    line_starts = [at for at in range(len(note)) if note.startswith("\u2014 ".encode(), at)]
    near = st.sampled_from([0, *line_starts]).flatmap(lambda at: st.integers(at, at + 40))
    byte = data.draw(near | st.integers(0, len(note) - 1))
    flipped[byte] ^= 1 << data.draw(st.integers(0, 7))
    try:
        opened = open_checkpoint(bytes(flipped), KEYS)
    except ParleyError:
        return
    assert byte > len(TEXT)
    assert opened.checkpoint == HEAD
    assert set(opened.signers) < set(whole.signers)
    assert set(opened.cosignatures) < set(whole.cosignatures)
