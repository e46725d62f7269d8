"""The exact classifier of noisy points, p(y | x_t), and the exact field of each class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from flowlab.core.diffusion.class_shapes import class_document
from flowlab.core.diffusion.guidance_words import NO_CLASSES
from flowlab.core.document.classes import classes_of
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.exact import Oracle, oracle_for
from flowlab.core.exact.extended import ExtendedField, extended_field
from flowlab.core.learning.class_shares import shares_of

NO_FIELD = "No exact field is known of class {} of this target: train a conditional network."


def checked_label(document: Document, label: int) -> int:
    """The class, if the target has it; raises `Invalid`."""
    known = classes_of(document.target)
    if not known:
        raise Invalid(NO_CLASSES)
    if isinstance(label, bool) or label not in known:
        names = ", ".join(map(str, known))
        raise Invalid(f"This target has no class {shown(label)}, but {names}.")
    return int(label)


def class_oracle(document: Document, label: int) -> Oracle:
    """The exact field of one class; raises `Invalid` where none is known."""
    one = class_document(document, checked_label(document, label))
    oracle = None if one is None else oracle_for(one)
    if oracle is None:
        raise Invalid(NO_FIELD.format(label))
    return oracle


def class_field(document: Document, label: int) -> ExtendedField:
    """The same as a field along which particles can be carried."""
    return extended_field(class_oracle(document, label))


@dataclass(frozen=True, eq=False)
class ExactClassifier:
    """log p(y | x_t) by Bayes' rule, from the exact densities of all classes; float64."""

    classes: tuple[int, ...]
    log_shares: Tensor  # (K,)
    oracles: tuple[Oracle, ...]  # of each class

    def log_prob(self, x: Tensor, t: float) -> Tensor:
        """log p(y | x_t = x), (n, K), at x (n, 2) and one t; NaN where no class has mass."""
        joint = self.log_joint(x, t)
        return joint - joint.logsumexp(1, keepdim=True)

    def log_joint(self, x: Tensor, t: float) -> Tensor:
        """log p(x_t = x, y), (n, K); -inf where a class has no mass."""
        logs = [oracle.log_density(x.double(), t) for oracle in self.oracles]
        return self.log_shares + torch.stack(logs, 1)

    def gradient(self, x: Tensor, t: float | Tensor, label: int) -> Tensor:
        """grad log p(y | x_t = x), (n, 2): the score of a class less the mean score of all."""
        t = float(t)
        posterior = self.log_prob(x, t).exp()
        scores = torch.stack([oracle.score(x.double(), t) for oracle in self.oracles], 1)
        mean = (posterior[:, :, None] * scores).nansum(1)
        return (scores[:, self.classes.index(label)] - mean).to(x)


def ends_of(document: Document) -> Document:
    """A document with the same ends and path, and nothing else that classes don't depend on."""
    return Document(source=document.source, target=document.target, path=document.path)


def exact_classifier(document: Document) -> ExactClassifier:
    """That of a document, cached; raises `Invalid` where a class has no exact field."""
    return _classifier(ends_of(document))


@lru_cache(maxsize=4)
def _classifier(document: Document) -> ExactClassifier:
    shares = shares_of(document.target)
    log_shares = torch.tensor(list(shares.values()), dtype=torch.float64).log()
    oracles = tuple(class_oracle(document, k) for k in shares)
    return ExactClassifier(tuple(shares), log_shares, oracles)
