"""Which things fit the words that somebody types: by name, by another name, by explanation.

Whole words come first, then beginnings, then parts of a name. Where nothing is called so, words
that say nothing are left out, other words of the same meaning and small slips are understood, and
at last what fits some of the words is found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TypeVar

from flowlab.ui.base.near_words import FILLER, near

Thing = TypeVar("Thing")

WHOLE, BEGINNING, PART = 10.0, 8.0, 4.0  # of a name
ALIAS_WHOLE, ALIAS_BEGINNING = 7.0, 6.0  # of another name
PLACE_WHOLE, PLACE_BEGINNING = 2.5, 2.0
TIP_WHOLE, TIP_BEGINNING = 2.0, 1.5
EXACT, STARTS, EXACT_ALIAS = 40.0, 15.0, 25.0  # for all typed words together
LEAST = 3  # letters of a word that is looked for inside a name, or in explanations
ONE_SLIP, TWO_SLIPS = 4, 8  # letters of a word in which so many slips are understood
NAME = 7  # letters of a word whose ae, oe or ue may stand for an umlaut
CALLED = 5.0  # the least for what is called by most of the typed words
SMALL = frozenset(("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "the", "to"))

_HISSING = re.compile(r"(?:ss|x|z|ch|sh)es$")
_UMLAUT = re.compile(r"([aou])e")
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")  # of a name such as `learning_rate` too
_AMERICAN = (
    (re.compile(r"our(?=$|s|ed|ing)"), "or"),
    (re.compile(r"is(?=(e|ed|es|er|ers|ing|ation|ations)$)"), "iz"),
    (re.compile(r"ys(?=(e|ed|er|ing)$)"), "yz"),
    (re.compile(r"tre(?=s?$)"), "ter"),
    (re.compile(r"^grey"), "gray"),
    (re.compile(r"ogue(?=s?$)"), "og"),
    (re.compile(r"ell(?=(ed|ing)$)"), "el"),
)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without signs between them, accents and tags."""
    plain = unicodedata.normalize("NFKD", _TAG.sub("", text).replace("−", "-"))
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(_WORD.findall(kept.casefold()))


@lru_cache(maxsize=8192)
def american(word: str) -> str:
    """A British word in American spelling; others nearly always stay as they are."""
    for british, other in _AMERICAN:
        word = british.sub(other, word)
    return word


def slips(a: str, b: str) -> int:
    """How many letters must be added, left out, replaced or swapped with the next to get `b`."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and other == a[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def allowed(word: str) -> int:
    """How many slips are understood in a word of this length."""
    return (len(word) >= ONE_SLIP) + (len(word) >= TWO_SLIPS)


def similar(typed: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words that could be meant by a misspelled one, the likeliest first."""
    most, letters, found = allowed(typed), set(typed), []
    for word in known if most else ():
        near = abs(len(word) - len(typed)) <= most and len(letters ^ set(word)) <= 2 * most
        if near and (distance := slips(typed, word)) <= most:
            found.append((distance, word))
    least = min((distance for distance, _ in found), default=0)
    return tuple(word for distance, word in sorted(found) if distance == least)


@dataclass(frozen=True)
class Words:
    """The words of one thing: its names (the visible one first), other names, place and tip.

    Other names are phrases between commas.
    """

    names: tuple[str, ...]
    also: str = ""
    where: str = ""
    tip: str = ""

    @cached_property
    def _phrases(self) -> tuple[tuple[str, ...], ...]:
        return tuple(words_of(name) for name in self.names)

    @cached_property
    def _aliases(self) -> tuple[tuple[str, ...], ...]:
        return tuple(words_of(phrase) for phrase in self.also.split(","))

    @cached_property
    def _texts(self) -> tuple[str, str, str, str, str]:
        """The words of names, other names, place and tip, each between spaces; and only names."""
        names, also = (_joined(phrases) for phrases in (self._phrases, self._aliases))
        place, tip = _spaced(words_of(self.where)), _spaced(words_of(self.tip))
        return names, also, place, tip, "".join(map(_spaced, self._phrases))

    @cached_property
    def _any(self) -> str:
        """All of these: what is nowhere in it fits nothing."""
        return "".join(self._texts)

    def prepare(self) -> None:
        """Do now what the first look for something would do."""
        assert self._any

    @cached_property
    def vocabulary(self) -> list[str]:
        """The words by which it is called, and those of its place."""
        called = (*self._phrases, *self._aliases, words_of(self.where))
        return " ".join(map(_spaced, called)).split()

    def score(self, wanted: Sequence[Sequence[str]]) -> float | None:
        """How well typed words fit, each with its other spellings; None if one of them doesn't."""
        total, counted, texts = 0.0, 0, self._any
        for spellings in wanted:
            best = max([self._fit(word) for word in spellings if word in texts], default=0.0)
            if not best and (spellings[0] not in SMALL or len(wanted) == 1):
                return None
            total, counted = total + best, counted + bool(best)
        whole = self._best_whole(wanted)
        return total / counted + whole - 0.02 * len(self.names[0]) if counted else None

    def partial_score(self, wanted: Sequence[Sequence[str]]) -> float | None:
        """How well some of the typed words fit; None if it is called by none of them."""
        fits = [max(self._fit(word) for word in spellings) for spellings in wanted]
        if max(fits) < ALIAS_BEGINNING:
            return None
        fitting = [words for words, fit in zip(wanted, fits, strict=True) if fit]
        whole = self._best_whole(fitting)
        share = len(fitting) / len(wanted)
        return share * (sum(fits) / len(fitting) + whole) - 0.02 * len(self.names[0])

    def _fit(self, word: str) -> float:
        names, also, where, tip, apart = self._texts
        start, inside = f" {word}", len(word) >= LEAST
        if start in names:
            return WHOLE if f"{start} " in names else BEGINNING
        if start in also:
            return ALIAS_WHOLE if f"{start} " in also else ALIAS_BEGINNING
        if inside and word in apart:
            return PART
        if inside and start in where:
            return PLACE_WHOLE if f"{start} " in where else PLACE_BEGINNING
        if inside and start in tip:
            whole = f"{start} " in tip
            return TIP_WHOLE if whole else TIP_BEGINNING if len(word) > LEAST else 0.0
        return 0.0

    def _best_whole(self, wanted: Sequence[Sequence[str]]) -> float:
        """What all words together add, as typed or, for a little less, in the singular."""
        typed, singular = ([words[at] for words in wanted] for at in (0, -1))
        return max(self._whole(typed), self._whole(singular) - 1.0)

    def _whole(self, typed: Sequence[str]) -> float:
        """What is added where all typed words together are a name, or begin one."""
        phrase = " ".join(typed)
        for i, name in enumerate(self._phrases):
            if phrase in (" ".join(name), " ".join(map(american, name))):
                return EXACT - i
        if any(phrase == " ".join(name) for name in self._aliases):
            return EXACT_ALIAS
        return STARTS if any(" ".join(name).startswith(phrase) for name in self._phrases) else 0.0


@lru_cache(maxsize=8192)
def words_named(names: tuple[str, ...], also: str, where: str, tip: str) -> Words:
    """The words of a thing, cached: those of most stay the same from one search to the next."""
    return Words(names, also, where, tip)


def _spaced(words: Iterable[str]) -> str:
    """The words between spaces, each followed by its American spelling if that is another."""
    both = [form for word in words for form in dict.fromkeys((word, american(word)))]
    return f" {' '.join(both)} "


def _joined(phrases: Iterable[Sequence[str]]) -> str:
    """The words of phrases, and each two neighbours as one word ("fullscreen")."""
    return "".join(
        _spaced((*words, *(a + b for a, b in pairwise(words) if not SMALL & {a, b})))
        for words in phrases
    )


Entry = tuple[Words, Callable[[Thing], float], Thing]  # the function gives the thing's bonus


def ranked(typed: str, things: Iterable[Entry[Thing]]) -> list[tuple[float, Thing]]:
    """What fits the typed words, best first; the bonus of what fits is added to its score."""
    entries = list(things)
    wanted = [_spellings(word) for word in words_of(typed)]
    if not wanted:
        return []
    found, called = _fitting(wanted, entries)
    if found and (called or len(wanted) == 1):
        return found
    better = _understood(wanted, entries)
    known = {id(thing) for _, thing in better}
    return better + [pair for pair in found if id(pair[1]) not in known]


def _understood(
    wanted: Sequence[tuple[str, ...]], entries: Sequence[Entry[Thing]]
) -> list[tuple[float, Thing]]:
    """What fits with less that was typed, or other words than were typed."""
    telling = [spellings for spellings in wanted if spellings[0] not in FILLER] or list(wanted)
    near_ones = [_with_near(spellings) for spellings in telling]
    explained: list[tuple[float, Thing]] = []
    for words, before in ((telling, wanted), (near_ones, telling)):
        found, called = _fitting(words, entries) if words != before else ([], False)
        if found and (called or len(words) == 1):
            return found
        explained = explained or found
    corrected = _corrected(telling, entries)
    found = _fitting(corrected, entries)[0] if corrected != telling else []
    near_ones = [_with_near(spellings) for spellings in corrected]
    return found or _partly(near_ones, entries) or explained


def _partly(
    wanted: Sequence[Sequence[str]], entries: Sequence[Entry[Thing]]
) -> list[tuple[float, Thing]]:
    """What is called by some of several words: by most of them first."""
    if len(wanted) < 2:
        return []
    scored = [
        (fit + bonus(thing), thing)
        for words, bonus, thing in entries
        if (fit := words.partial_score(wanted)) is not None
    ]
    return sorted(scored, key=lambda pair: -pair[0])


def _with_near(spellings: tuple[str, ...]) -> tuple[str, ...]:
    others = [other for word in spellings for other in near(word)]
    return tuple(dict.fromkeys((*spellings, *(s for other in others for s in _spellings(other)))))


def _spellings(word: str) -> tuple[str, ...]:
    """A word as it was typed, in American spelling, and each without the ending of a plural.

    With an umlaut that was written as two letters it is also what `words_of` makes of that word.
    """
    both = word, american(word)
    forms = tuple(dict.fromkeys((*both, *map(_singular, both))))
    plain = _UMLAUT.sub(r"\1", word) if len(word) >= NAME else word
    return forms if plain in forms else (word, plain, *(forms[1:] or forms))


def _singular(word: str) -> str:
    if len(word) <= LEAST + 1 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if _HISSING.search(word) else word[:-1]


def _fitting(
    wanted: Sequence[Sequence[str]], entries: Sequence[Entry[Thing]]
) -> tuple[list[tuple[float, Thing]], bool]:
    """What fits all words, best first; and whether anything is called so, not only explained."""
    scored = [
        (fit, bonus, thing)
        for words, bonus, thing in entries
        if (fit := words.score(wanted)) is not None
    ]
    found = [(fit + bonus(thing), thing) for fit, bonus, thing in scored]
    called = any(fit >= CALLED for fit, _, _ in scored)
    return sorted(found, key=lambda pair: -pair[0]), called


def _corrected(
    wanted: Sequence[tuple[str, ...]], entries: Sequence[Entry[Thing]]
) -> list[tuple[str, ...]]:
    """The typed words, each with the known ones that may be meant by it."""
    known = {word for words, _, _ in entries for word in words.vocabulary}
    return [
        spellings if known.intersection(spellings) else (*spellings, *similar(spellings[0], known))
        for spellings in wanted
    ]
