"""Names across scripts: folded to compare, reduced to consonants to find, judged for likeness.

Transliteration is that of the ``anyascii`` library: letter by letter, without knowing a language.
Both libraries are loaded with the first name: a node starts without them.
Nothing here decides that two names are one person's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

LIKE = 86
"""From this score on, of 100, two names are proposed as one person's."""
_SURELY_OTHER = 70
"""Names of one script, of as many words and no initials, are no more like than they are spelt."""
_TOKENS = 8
_KEYS = 64
_DIGRAPHS = (
    *(("shch", "s"), ("sch", "s"), ("tch", "c"), ("kh", "h"), ("sh", "s"), ("ch", "c")),
    *(("zh", "g"), ("gh", "g"), ("dh", "d"), ("th", "t"), ("ph", "b"), ("ts", "c")),
    *(("tz", "c"), ("ck", "k"), ("x", "ks")),
)
_SOUNDS = str.maketrans({**dict.fromkeys("pfvb", "b"), "q": "k", "j": "g", "z": "s"})
_SILENT = re.compile("[aeiouyw]")
_DOUBLE = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """score: 0 to 100. why: one sentence part, for a person who decides."""

    score: int
    why: str


@lru_cache(maxsize=65_536)
def folded(name: str) -> str:
    """A name as its words in Latin letters, lower case, without marks and apostrophes, sorted:
    "Нетаньяху, Биньямин" is "binyamin netanyakhu"."""
    return " ".join(sorted(words_of(name)))


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower-case Latin letters, in its order; eight at most. Letters that
    only move the direction of writing are none."""
    from anyascii import anyascii

    visible = "".join(c for c in name if unicodedata.category(c) not in ("Cf", "Cc", "Mn"))
    plain = anyascii(visible).casefold()
    plain = re.sub("['`\u2018\u2019\u02bc\u02bb]", "", plain)
    return tuple(re.findall("[a-z0-9]+", plain)[:_TOKENS])


@lru_cache(maxsize=65_536)
def skeleton(word: str) -> str:
    """The sounds of a word that scripts without vowels write too: "netanyahu", "ntnyhv" and
    "netanyakhu" are "ntnh" all three but for a last labial."""
    for pair, sound in _DIGRAPHS:
        word = word.replace(pair, sound)
    bare = _SILENT.sub("", word.translate(_SOUNDS))
    return _DOUBLE.sub(r"\1", bare)


def keys_of(names: Iterable[str]) -> tuple[str, ...]:
    """Keys under which names are found that may be the same person's, sorted, 64 at most.

    A name of several words stands under each word's skeleton with the first sound of another;
    a name of one word under its skeleton alone."""
    found: set[str] = set()
    for name in {reading for one in names for reading in _readings(one)}:
        words = words_of(name)
        bones = [_blunt(skeleton(word)) for word in words]
        for n, bone in enumerate(bones):
            if len(bone) < 2:
                continue
            if len(words) == 1:
                found.add(bone)
            for m, word in enumerate(words):
                if m != n:
                    found.update(f"{bone}+{sound}" for sound in _first_sounds(word, bones[m]))
    return tuple(sorted(found)[:_KEYS])


def _first_sounds(word: str, bone: str) -> set[str]:
    vowel = {"a"} if word[0] in "aeiouy" else set()
    return vowel | ({bone[0]} if bone else set())


@lru_cache(maxsize=65_536)
def _readings(name: str) -> tuple[str, ...]:
    """The name as it is written; in Hebrew letters also with its inner vavs read as vowels."""
    other = re.sub(r"(?<=\w)\u05d5", "", name)
    return (name,) if other == name else (name, other)


def _blunt(bone: str) -> str:
    """Without a last labial: scripts without vowels end a word's "u" and "o" in one."""
    return bone[:-1] if len(bone) > 2 and bone.endswith("b") else bone


def likeness(a: Iterable[str], b: Iterable[str]) -> Likeness:
    """How like the likest pair of two persons' names is. The same whichever is asked first."""
    best = Likeness(0, "no name is like another")
    for one in sorted(set(a)):
        for other in sorted(set(b)):
            now = _alike(*sorted((one, other)))
            if (now.score, now.why) > (best.score, best.why):
                best = now
    return best


def _alike(one: str, other: str) -> Likeness:
    from rapidfuzz import fuzz

    a, b = folded(one), folded(other)
    if not a or not b:
        return Likeness(0, "nothing to compare")
    scripts = script_of(one) != script_of(other)
    score, why = round(fuzz.ratio(a, b)), "spelt alike"
    if a == b:
        why = "the same name in two scripts" if scripts else "the same name"
    elif scripts or score > _SURELY_OTHER or _may_be_shortened(a, b):
        score, why = _closer(one, other, scripts, score)
    return Likeness(score, f"{one[:60]!r} and {other[:60]!r}: {why}")


def _may_be_shortened(a: str, b: str) -> bool:
    return a.count(" ") != b.count(" ") or min(map(len, a.split() + b.split())) == 1


def _closer(one: str, other: str, scripts: bool, score: int) -> tuple[int, str]:
    a, b = folded(one).split(), folded(other).split()
    why = "spelt alike"
    initials = max(_initials(a, b), _without_initials(a, b))
    if initials > score:
        score, why = initials, "the same but for initials or a further name"
    if scripts:
        bones = max(_across(x, y) for x in _readings(one) for y in _readings(other))
        if bones > score:
            score, why = bones, "the same consonants in two scripts"
    return score, why


def _without_initials(a: list[str], b: list[str]) -> int:
    from rapidfuzz import fuzz

    ones, others = ([w for w in words if len(w) > 1] for words in (a, b))
    if min(len(ones), len(others)) < 2:
        return 0
    score = round(fuzz.ratio(" ".join(ones), " ".join(others)))
    bones = [sorted(skeleton(word) for word in words) for words in (ones, others)]
    if bones[0] == bones[1] and all(len(bone) > 1 for bone in bones[0]) and score > 70:
        score = max(score, 92)
    return score - 2


def _initials(a: list[str], b: list[str]) -> int:
    """92 where one name is the other with words left out or cut to their first letter, and one
    long word at least is written out in both."""
    short, long = sorted((a, b), key=lambda words: (len(words), sum(map(len, words)), words))
    left = list(long)
    whole = 0
    for word in sorted(short, key=lambda w: (-len(w), w)):
        if word in left:
            left.remove(word)
            whole += len(word) > 3
            continue
        cut = next((w for w in left if len(word) == 1 and w[0] == word), None)
        cut = cut or next((w for w in left if len(w) == 1 and w == word[0]), None)
        if cut is None:
            return 0
        left.remove(cut)
    return 92 if whole and len(short) > 1 else 0


def _across(one: str, other: str) -> int:
    from rapidfuzz import fuzz

    ones = sorted(_blunt(skeleton(word)) for word in words_of(one))
    others = sorted(_blunt(skeleton(word)) for word in words_of(other))
    whole = [len(bone) > 1 for bone in ones]
    if ones == others and all(whole):
        return 94 if len(ones) > 1 else 88
    return round(fuzz.ratio(" ".join(ones), " ".join(others)) * 0.95)


# Scripts ---------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """ "LATIN", "CYRILLIC" ..., "" for what is no letter or belongs to every script."""
    if not unicodedata.category(letter).startswith("L"):
        return ""
    word = unicodedata.name(letter, "").partition(" ")[0]
    return "" if word in ("MODIFIER", "FEMININE", "MASCULINE") else word


@lru_cache(maxsize=65_536)
def script_of(text: str) -> str:
    """The script of most letters of a text; "" where there are none."""
    scripts = [s for s in map(_script, text) if s]
    return max(sorted(set(scripts)), key=scripts.count, default="")


def mixed_words(text: str) -> tuple[str, ...]:
    """Words that mix letters of Latin with those of a script that looks like it (Cyrillic, Greek,
    Armenian, Cherokee): one name that is drawn like another."""
    found = []
    for word in re.findall(r"\w+", text):
        scripts = {s for s in map(_script, word) if s}
        if len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}) > 1:
            found.append(word)
    return tuple(found)
