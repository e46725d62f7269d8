"""Recognises the network and the meaning of a checkpoint, from keys and shapes alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from flowlab.core.document.limits import Invalid, shown
from flowlab.images.formats.families import ddpm, guided, others, points, scores, unet2d
from flowlab.images.formats.families.sketch import Sketch
from flowlab.images.formats.foreign import refuse
from flowlab.images.formats.meanings import MEANINGS, Meaning
from flowlab.images.formats.own_card import own_card
from flowlab.images.formats.records import Assumption, Card, Contents, Tensors
from flowlab.images.formats.sets import chosen_group, is_average, named_tensors
from flowlab.images.formats.sizes import assumed_size
from flowlab.images.formats.tensor_names import is_buffer

__all__ = ["Assumption", "Card", "recognise", "with_assumption"]

_FAMILIES: tuple[Callable[[Tensors, Contents], Sketch | None], ...] = (
    ddpm.simple_unet,
    unet2d.sketch,
    guided.sketch,
    ddpm.pytorch_ddpm,
    ddpm.lucidrains,
    scores.ncsnpp,
    scores.vdm,
)
_NULL_LAST = "flow_matching"  # of its table of classes, the last row is the null class
_FIELDS = {spec.name for spec in fields(Card)}


def recognise(contents: Contents) -> Card:
    """The card of a checkpoint, with what was assumed where the file does not say it.

    Raises `Invalid` for weights of a network that FlowLab does not have, in a sentence that says
    what they are where that is known.
    """
    try:
        group = chosen_group(contents)
        tensors = named_tensors(contents, group)
        return own_card(contents, tensors) or _card(contents, group, tensors)
    except (KeyError, IndexError, ZeroDivisionError, ValueError, StopIteration) as error:
        words = (
            str(error)
            if isinstance(error, Invalid)
            else "its tensors are only a part of a network's."
        )
        refuse(contents.path, words)


def _card(contents: Contents, group: str, tensors: dict[str, Any]) -> Card:
    others.refuse_known(tensors)
    others.refuse_known(contents.groups[group])
    for family in (*_FAMILIES, points.sketch):
        sketch = family(tensors, contents)
        if sketch is not None:
            return _filled(contents, group, tensors, sketch)
    others.refuse_unknown(tensors)
    raise AssertionError


def _filled(contents: Contents, group: str, tensors: Tensors, sketch: Sketch) -> Card:
    """The card of a network with its likeliest meaning."""
    first = MEANINGS[sketch.meanings[0]]
    assumed = _assumptions(contents, sketch)
    size = next((a.value for a in assumed if a.name == "size"), sketch.size)
    counted = sum(t.numel for name, t in tensors.items() if not is_buffer(name))
    card = Card(
        family=first.title,
        network=sketch.network,
        settings={},
        parameters=counted,
        size=size,
        channels=sketch.out_channels if sketch.condition == "picture" else sketch.channels,
        out_channels=sketch.out_channels,
        condition=sketch.condition,
        classes=sketch.classes,
        predicts=first.predicts,
        time=first.time,
        group=group,
        ema=is_average(group),
        assumed=assumed,
        stated={"settings": dict(sketch.settings), "fields": dict(sketch.fixed)},
    )
    return with_meaning(card, sketch.meanings[0])


def _assumptions(contents: Contents, sketch: Sketch) -> tuple[Assumption, ...]:
    found = list(sketch.assumed)
    if len(sketch.meanings) > 1 and not sketch.stated:
        meaning = Assumption("meaning", sketch.meanings[0], sketch.why, sketch.meanings)
        found.insert(0, meaning)
    usable = tuple(key for key, tensors in contents.groups.items() if len(tensors) > 1)
    if sketch.size is None and sketch.network != "mlp":
        found.append(assumed_size(contents.path.name, sketch))
    if len(usable) > 1:
        words = "averaged weights (EMA) make better pictures than those of the last step"
        found.append(Assumption("group", chosen_group(contents), words, usable))
    return tuple(found)


def with_meaning(card: Card, name: str) -> Card:
    """The card with another meaning: what is predicted, in which time, with which settings.

    What tensors and files of settings state stays as it is.
    """
    meaning, stated = MEANINGS[name], card.stated
    settings = dict(card.settings) | dict(meaning.settings) | dict(stated.get("settings", {}))
    settings = guided.fitted(settings) if card.network == "guided_unet" else settings
    both = card.out_channels == 2 * card.channels and meaning.predicts == "noise"
    options = next((a.options for a in card.assumed if a.name == "meaning"), ())
    card = replace(
        card,
        family=meaning.title,
        settings=settings,
        predicts="noise and variance" if both else meaning.predicts,
        time=meaning.time,
        T=meaning.T,
        schedule=dict(meaning.schedule),
        base=meaning.base,
        pixel_range=meaning.pixel_range,
        ambiguous=tuple(MEANINGS[option].title for option in options if option != name),
    )
    card = replace(card, **_stated_fields(meaning, stated.get("fields", {})))
    if card.network == "guided_unet" and card.condition == "class":
        card = replace(card, classes=settings["num_classes"] - (name == _NULL_LAST))
    return replace(card, assumed=tuple(_current(a, card, name) for a in card.assumed))


def _stated_fields(meaning: Meaning, fields_: Mapping[str, Any]) -> dict[str, Any]:
    """Those stated fields of a card that make sense with a meaning."""
    found = dict(fields_)
    steps = meaning.time == "whole steps"
    kind = found.get("schedule", {}).get("kind")
    if not steps:
        found.pop("T", None)
    if not steps and kind != meaning.schedule.get("kind"):
        found.pop("schedule", None)
    return found


def _current(assumption: Assumption, card: Card, meaning: str) -> Assumption:
    """An assumption with the value that the card has."""
    if assumption.name == "meaning":
        return replace(assumption, value=meaning)
    if assumption.name in _FIELDS:
        return replace(assumption, value=getattr(card, assumption.name))
    return replace(assumption, value=card.settings.get(assumption.name))


def with_assumption(card: Card, name: str, value: Any) -> Card:
    """The card with another value of something assumed, and all that follows from it.

    Raises `Invalid` for what was not assumed, and for a value that is none of the options.
    """
    assumed = {assumption.name: assumption for assumption in card.assumed}
    if name not in assumed:
        known = ", ".join(assumed) or "nothing"
        raise Invalid(f"{shown(name)} is not assumed of this file; {known} may be chosen.")
    options = assumed[name].options
    if not any(type(value) is type(option) and value == option for option in options):
        raise Invalid(f"{name} must be one of {', '.join(map(str, options))}, not {shown(value)}.")
    if name == "meaning":
        return with_meaning(card, value)
    if name in _FIELDS:
        card = replace(card, **{name: value})
        card = replace(card, ema=is_average(card.group))
    else:
        card = replace(card, settings=dict(card.settings) | {name: value})
    return replace(card, assumed=tuple(_current(a, card, _meaning_of(card)) for a in card.assumed))


def _meaning_of(card: Card) -> str:
    return next((str(a.value) for a in card.assumed if a.name == "meaning"), "")
