"""Which field leads to the class that the views of guidance show, and with which sampler."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flowlab.core.diffusion.denoiser import Denoiser, denoiser_of
from flowlab.core.diffusion.exact_classifier import exact_classifier
from flowlab.core.diffusion.guidance import (
    ClassifierGuidance,
    Guided,
    GuidedNetwork,
    GuidedVelocity,
    Strength,
)
from flowlab.core.diffusion.guidance_words import NO_CLASSES, NOT_CONDITIONAL, NOT_LED
from flowlab.core.diffusion.guided_fields import NEEDS_DROPOUT, guided_field, strength_of
from flowlab.core.diffusion.models import sampler_for
from flowlab.core.diffusion.noisy_classifier import STEPS, is_trained, learned_classifier
from flowlab.core.diffusion.plan import Model
from flowlab.core.diffusion.sampler import NOT_GUIDED, Sampler
from flowlab.core.diffusion.sampling import model_of
from flowlab.core.diffusion.settings import BY_CLASSIFIER, DDPM, IADB, PROCESSES, TEXT
from flowlab.core.document.classes import classes_of, nearest_class
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.solvers.field import Field
from flowlab.core.views.progress import Tell, part_of

FEW_STEPS = 200  # of the training of a classifier for a first answer


@dataclass(frozen=True, eq=False, kw_only=True)
class Leader:
    """A model, the sampler of a document, and how both are led to classes."""

    model: Model
    sampler: Sampler
    denoiser: Denoiser
    learns: bool  # True if a classifier is trained before anything is carried

    @classmethod
    def of(cls, model: Model) -> Leader:
        """For a document's settings; raises `Invalid` for samplers that aren't guided."""
        sampler = guided_sampler(model.document)
        return cls(
            model=model,
            sampler=sampler,
            denoiser=model_of(model.flow, model.document, sampler),
            learns=must_learn(model.document),
        )

    @property
    def progress(self) -> Tell | None:
        """What is told the share of particles carried, after a training that is half of all."""
        tell = self.model.options.progress
        return part_of(tell, 0.5, 0.5) if self.learns else tell

    @property
    def strength(self) -> Strength:
        """gamma at each time at which the field is read."""
        led, gamma = self.to(0), self.model.document.diffusion.guidance
        return strength_of(gamma, self.denoiser, led.levels, led.guided_in)

    def to(self, label: int) -> Sampler:
        """The sampler, led to a class; raises `Invalid` for an interval that can't be."""
        settings = self.model.document.diffusion
        interval = settings.guided_from, settings.guided_to
        return replace(self.sampler, label=label, guidance=settings.guidance, interval=interval)

    def lead(self, label: int, strength: Strength) -> Guided:
        """The field that leads to a class; raises `Invalid` where there is none, and `Cancelled`.

        It is one in the sense of the document's setting: of two fields, or of one and a classifier.
        """
        model = self.model
        if model.document.diffusion.guided_by == BY_CLASSIFIER:
            return self._by_classifier(label, strength)
        if not (model.classes or model.exact):
            raise Invalid(NOT_CONDITIONAL)
        return guided_field(model.flow, model.document, label, strength)

    def _by_classifier(self, label: int, strength: Strength) -> Guided:
        document, asked, every = self.model.document, self.model.options, self._of_all()
        plain = denoiser_of(every, document)
        if self.model.exact:
            exact = exact_classifier(document)
            return ClassifierGuidance(every, exact, label, strength, plain.path, plain.source)
        steps = FEW_STEPS if asked.coarse and not is_trained(document) else STEPS
        told = part_of(asked.progress, 0.0, 0.5)
        classifier = learned_classifier(document, steps, asked.cancelled, told)
        on_device = classifier.to(getattr(every, "device", "cpu"))
        return ClassifierGuidance(every, on_device, label, strength, plain.path, plain.source)

    def _of_all(self) -> Field:
        """The field of all classes; a conditional network learns it by label dropout alone."""
        flow = self.model.flow
        if not self.model.classes or not isinstance(flow, LearnedVelocity):
            return flow
        if not self.model.document.training.label_dropout:
            raise Invalid(NEEDS_DROPOUT)
        return flow.for_all()


def guided_sampler(document: Document) -> Sampler:
    """The sampler of the document's first process; raises `Invalid` if it isn't guided."""
    settings = document.diffusion
    if settings.first in (IADB, TEXT):
        raise Invalid(NOT_LED.format(PROCESSES[settings.first]))
    if settings.first == DDPM and settings.variance == "optimal":
        raise Invalid(NOT_GUIDED)
    return sampler_for(settings, settings.first)


def label_shown(document: Document) -> int:
    """The class of the target that is led to; raises `Invalid` if it has none."""
    known = classes_of(document.target)
    if not known:
        raise Invalid(NO_CLASSES)
    return nearest_class(known, document.view.condition)


def must_learn(document: Document) -> bool:
    """True if a classifier is to be trained first."""
    learned = document.view.shows != "exact"
    by_classifier = document.diffusion.guided_by == BY_CLASSIFIER
    if not (learned and by_classifier and classes_of(document.target)):
        return False
    return not is_trained(document)


def branches(guided: Guided) -> tuple[Field, Field]:
    """The fields of the class and of all that a guided one is made of."""
    if isinstance(guided, GuidedVelocity):
        return guided.conditional, guided.unconditional
    if isinstance(guided, GuidedNetwork):
        assert isinstance(guided.condition, int)
        return guided.network.for_class(guided.condition), guided.network.for_all()
    return replace(guided, strength=Strength(1.0)), guided.unconditional
