"""Words that somebody types: whole ones, beginnings, parts, small slips, two spellings."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlab.ui.base.matching import Words, allowed, american, ranked, similar, slips, words_of

LETTERS = st.text("abc", max_size=5)


def none(_thing: object) -> float:
    return 0.0


def first(typed: str, *things: Words) -> list[str]:
    return [
        thing.names[0] for _, thing in ranked(typed, [(thing, none, thing) for thing in things])
    ]


def named(*names: str) -> list[Words]:
    return [Words((name,)) for name in names]


def test_words_are_without_signs_tags_and_accents() -> None:
    assert words_of("Dormand–Prince, <b>rtol</b>") == ("dormand", "prince", "rtol")
    assert words_of("sliced W₂, E[ẋ | x]") == ("sliced", "w2", "e", "x", "x")
    assert words_of("learning_rate 0.25×, 1 280") == ("learning", "rate", "0.25", "1", "280")


def test_whole_words_come_before_beginnings_and_those_before_parts() -> None:
    things = named("Rebatching", "Batches", "Batch")
    assert first("batch", *things) == ["Batch", "Batches", "Rebatching"]
    assert first("tch", *things) == ["Batch", "Batches", "Rebatching"]


def test_a_name_comes_before_other_names_and_those_before_the_explanation() -> None:
    by_tip = Words(("Recipe",), tip="The learning rate of the tutorial")
    by_alias = Words(("Speed",), also="learning rate, lr")
    by_name = Words(("Learning rate",))
    assert first("learning rate", by_tip, by_alias, by_name) == ["Learning rate", "Speed", "Recipe"]
    assert first("lr", by_tip, by_alias, by_name) == ["Speed"]


def test_small_words_need_not_fit() -> None:
    things = named("Particles", "Number of steps")
    assert first("number of", *things) == ["Number of steps"]
    assert first("the particles", *things) == ["Particles"]
    assert first("of", *named("Particles")) == []


def test_what_fits_all_words_comes_alone_and_else_what_fits_most() -> None:
    things = named("Step size", "Step", "Brush size", "Euler")
    assert first("step size", *things) == ["Step size"]
    assert first("euler step size", *things) == ["Step size", "Step", "Euler", "Brush size"]
    assert first("euler nothing", *things) == ["Euler"]
    assert first("nothing whatever", *things) == []


def test_words_that_say_nothing_are_left_out_where_nothing_has_them() -> None:
    things = [*named("Brush", "Loss"), Words(("Change the order",))]
    assert first("change brush", *things) == ["Brush"]
    assert first("how do I set the loss", *things) == ["Loss"]
    assert first("change order", *things) == ["Change the order"]
    assert first("change", *things) == ["Change the order"]


def test_another_word_for_the_same_is_understood_where_nothing_has_the_typed_one() -> None:
    assert first("training speed", *named("Loss", "Learning rate")) == ["Learning rate"]
    assert first("speed", *named("Rate", "Speed")) == ["Speed"]
    assert first("symmetry", *named("Mirror", "Loss")) == ["Mirror"]


def test_what_only_an_explanation_says_comes_after_what_is_called_so() -> None:
    by_tip = Words(("NPE",), tip="How much more the particles move")
    assert first("more particles", by_tip, *named("Particles")) == ["Particles", "NPE"]
    assert first("particles move", by_tip) == ["NPE"]
    assert first("how do the particles move", by_tip) == ["NPE"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("classes", "Class"), ("boxes", "Box"), ("densities", "Density"), ("brushes", "Brush"),
     ("losses", "Loss"), ("sizes", "Size"), ("axes", "Axes"), ("images", "Image")],
)  # fmt: skip
def test_plurals_of_all_kinds(typed: str, name: str) -> None:
    assert first(typed, *named("Path", name)) == [name]


def test_the_plural_that_is_typed_comes_before_the_singular() -> None:
    assert first("paths", *named("Path", "Paths")) == ["Paths", "Path"]
    assert first("path", *named("Paths", "Path")) == ["Path", "Paths"]


def test_letters_must_stand_together() -> None:
    things = named("Export the metrics", "Recipe", "Import points as the source")
    for typed in ("theme", "undo", "reset"):
        assert first(typed, *things) == []


def test_a_plural_finds_its_singular_and_a_slip_no_two_words_together() -> None:
    assert first("images", *named("Image", "Layer")) == ["Image"]
    assert first("loss", *named("Los")) == ["Los"]  # as a slip, not as a plural
    assert first("sde", *named("Its default")) == []
    assert first("feedback", *named("At the end: back and forth")) == []


def test_short_words_begin_no_word_of_an_explanation() -> None:
    newest = Words(("Memory",), tip="Of the newest bundle")
    assert first("new", newest) == []
    assert first("newe", newest) == ["Memory"]


def test_two_words_are_found_as_one() -> None:
    assert first("fullscreen", *named("Full screen")) == ["Full screen"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("color", "Colour"),
        ("colou", "Colour"),
        ("optimizer", "Optimiser"),
        ("optimiser", "Optimizer"),
        ("regularization", "Regularisation"),
        ("center here", "Centre here"),
        ("gray", "Grey"),
        ("noise", "Noise"),
    ],
)
def test_british_and_american_spelling_are_one(typed: str, name: str) -> None:
    assert first(typed, *named("Path", name)) == [name]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("sinkhron", "Sinkhorn transport"),
        ("guassian", "Gaussian"),
        ("traning", "Network and training"),
        ("huen", "Heun"),
        ("trigonometirc", "Trigonometric"),
        ("regularizatoin", "Regularisation"),
        ("leraning rate", "Learning rate"),
    ],
)
def test_small_slips_are_understood(typed: str, name: str) -> None:
    others = named("Loss", "Path", "Batch")
    assert first(typed, *others, *named(name)) == [name]


def test_slips_count_only_where_nothing_fits() -> None:
    assert first("path", *named("Path", "Bath")) == ["Path"]
    assert first("paht", *named("Path", "Pipe")) == ["Path"]
    assert first("sed", *named("Seed")) == []  # too short a word to guess


def test_how_many_slips_are_understood() -> None:
    assert [allowed("x" * n) for n in (1, 3, 4, 7, 8, 20)] == [0, 0, 1, 1, 2, 2]


def ways(a: str) -> set[str]:
    """Every word that one slip makes of another."""
    parts = [(a[:i], a[i:]) for i in range(len(a) + 1)]
    out = {left + right[1:] for left, right in parts if right}
    out |= {left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1}
    out |= {left + c + right[1:] for left, right in parts if right for c in "abc"}
    return out | {left + c + right for left, right in parts for c in "abc"}


@given(LETTERS)
def test_one_slip_is_what_one_change_of_a_word_makes(word: str) -> None:
    near = ways(word) - {word}
    for n in range(len(word) + 2):
        for letters in itertools.product("abc", repeat=n) if n <= 4 else ():
            other = "".join(letters)
            assert (slips(word, other) == 1) == (other in near)


@given(LETTERS, LETTERS)
def test_slips_are_symmetric_and_none_is_the_same_word(a: str, b: str) -> None:
    assert slips(a, b) == slips(b, a)
    assert (slips(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= slips(a, b) <= max(len(a), len(b))


@given(st.text("abcd", min_size=4, max_size=9), st.lists(st.text("abcd", max_size=9), max_size=9))
def test_similar_words_are_the_nearest_of_all_near_ones(typed: str, known: list[str]) -> None:
    """The quick look at letters and lengths leaves out nothing."""
    near = {word: slips(typed, word) for word in known if slips(typed, word) <= allowed(typed)}
    least = min(near.values(), default=0)
    assert set(similar(typed, known)) == {word for word, count in near.items() if count == least}


def test_american_words_are_left_alone() -> None:
    for word in ("path", "linear", "four", "size", "heun"):
        assert first(word, *named(word)) == [word]
    assert american("colour") == "color"
    assert american("standardised") == "standardized"


@pytest.mark.parametrize("typed", ["schrödinger", "schrodinger", "schroedinger", "Schrödinger br"])
def test_an_umlaut_is_found_with_and_without_it_and_as_two_letters(typed: str) -> None:
    things = [(Words(("Schrödinger bridge",)), none, "bridge"), (Words(("Blue",)), none, "blue")]
    assert [thing for _, thing in ranked(typed, things)] == ["bridge"]
    assert ranked("blue", things)[0][1] == "blue"
