"""Public vectors: RFC 6962 proofs, RFC 8785, Ed25519 and ML-DSA-44 (C2SP CCTV, Wycheproof)."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from nacl import bindings
from nacl.exceptions import BadSignatureError

from parley.errors import ForgedError, InputError, MalformedError
from parley.ledger import (
    MLDSA44_COSIGNER,
    VerifyKey,
    decode,
    encode,
    verify_consistency,
    verify_inclusion,
)

SHARED = Path(os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[2] / "../shared")
VECTORS = SHARED / "vectors"


def need(name: str) -> Path:
    path = VECTORS / name
    if not path.exists():
        pytest.skip(f"public vectors {name} are absent")
    return path


def cases(folder: str) -> list[dict[str, Any]]:
    found = []
    for path in sorted(need(folder).rglob("*.json")):
        case = json.loads(path.read_text())
        case["path"] = str(path.relative_to(VECTORS))
        found.append(case)
    assert len(found) == 98
    return found


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_all_inclusion_vectors_agree() -> None:
    wrong = []
    for case in cases("merkle-inclusion"):
        proof = [raw(step) for step in case["proof"] or []]
        try:
            verify_inclusion(
                case["leafIdx"], case["treeSize"], raw(case["leafHash"]), proof, raw(case["root"])
            )
            accepted = True
        except ForgedError:
            accepted = False
        if accepted is bool(case.get("wantErr")):
            wrong.append(case["path"])
    assert wrong == []


def test_all_consistency_vectors_agree() -> None:
    wrong = []
    for case in cases("merkle-consistency"):
        proof = [raw(step) for step in case["proof"] or []]
        try:
            verify_consistency(
                case["size1"], case["size2"], proof, raw(case["root1"]), raw(case["root2"])
            )
            accepted = True
        except ForgedError:
            accepted = False
        if accepted is bool(case.get("wantErr")):
            wrong.append(case["path"])
    assert wrong == []


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_canonical_json_vectors(name: str) -> None:
    folder = need("jcs")
    source = (folder / "input" / f"{name}.json").read_bytes()
    wanted = (folder / "output" / f"{name}.json").read_bytes()
    hexed = bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text())
    assert wanted == hexed
    with pytest.raises(MalformedError):
        decode(source)
    if name == "values":  # its output keeps fractions and exponents, which Parley refuses
        with pytest.raises(MalformedError):
            decode(wanted)
        return
    # structures: the input spells 56 as 56.0; its output is inside the domain.
    value = json.loads(source, parse_float=lambda text: int(float(text)))
    assert encode(value) == wanted
    assert decode(wanted) == value


def accepted_by_us(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey("vector", public).verify(message, signature)
    except (InputError, ForgedError):
        return False
    return True


def accepted_by_libsodium(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        bindings.crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def accepted_by_openssl(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (ValueError, InvalidSignature):
        return False
    return True


def test_cctv_ed25519_edge_cases() -> None:
    """The suite has flags, no verdicts. Parley accepts exactly the case without any flag.

    Disagreements, all on Parley's strict side. With libsodium's verification alone: keys of
    mixed order (low_order_component_A), which the check at enrolment refuses because no honest
    key generation makes one. With OpenSSL (`cryptography`): those, and small-order keys, the
    identity among them, and small-order R.
    """
    vectors = json.loads(need("cctv-ed25519.json").read_text())
    assert len(vectors) == 914
    sodium_only: set[str] = set()
    openssl_only: set[str] = set()
    for case in vectors:
        parts = bytes.fromhex(case["key"]), case["msg"].encode(), bytes.fromhex(case["sig"])
        flags = set(case["flags"] or ())
        ours = accepted_by_us(*parts)
        assert ours is (not flags), case["number"]
        if not ours and accepted_by_libsodium(*parts):
            assert "low_order_component_A" in flags, case["number"]
            sodium_only |= flags
        if not ours and accepted_by_openssl(*parts):
            openssl_only |= flags
    assert sodium_only == {"low_order_component_A", "low_order_component_R"}
    assert {"low_order_A", "low_order_R"} <= openssl_only


def test_wycheproof_ed25519() -> None:
    suite = json.loads(need("wycheproof-ed25519.json").read_text())
    wrong, seen = [], 0
    for group in suite["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            seen += 1
            good = accepted_by_us(public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            if good != (case["result"] == "valid"):
                wrong.append((case["tcId"], case["comment"]))
    assert seen == 151
    assert wrong == []


def mldsa_accepted_by_us(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey("vector", public, MLDSA44_COSIGNER).verify(message, signature)
    except (InputError, ForgedError):
        return False
    return True


def mldsa_accepted_by_library(
    public: bytes, message: bytes, signature: bytes, context: bytes
) -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message, context)
    except (ValueError, InvalidSignature):
        return False
    return True


# Cases that the suite calls valid and Parley refuses.
MLDSA_REFUSED_BY_US = {
    3: "signed with a context; tlog-cosignature signs with the empty one only",
    4: "signed with a context; tlog-cosignature signs with the empty one only",
    68: "t1 = 0: anyone can sign under this key, so it is refused when enrolled",
    147: "t1 = 0: anyone can sign under this key, so it is refused when enrolled",
}


def test_wycheproof_mldsa44() -> None:
    """The library agrees with every verdict. Parley differs in four cases, on its strict side."""
    suite = json.loads(need("wycheproof-mldsa44-verify.json").read_text())
    library_differs, we_differ, seen = [], set(), 0
    for group in suite["testGroups"]:
        public = bytes.fromhex(group["publicKey"])
        for case in group["tests"]:
            seen += 1
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            context = bytes.fromhex(case.get("ctx", ""))
            valid = case["result"] == "valid"
            if mldsa_accepted_by_library(public, message, signature, context) is not valid:
                library_differs.append((case["tcId"], case["comment"]))
            ours = mldsa_accepted_by_us(public, message, signature)
            assert valid or not ours, case["tcId"]
            if ours is not valid:
                we_differ.add(case["tcId"])
                assert context or "ZeroPublicKey" in case["flags"]
    assert seen == 180
    assert library_differs == []
    assert we_differ == set(MLDSA_REFUSED_BY_US)
