"""What is said of guidance and its scales; imports no torch."""

from __future__ import annotations

MOST_GUIDANCE = 100.0  # gamma

CLASSIFIER_FREE = "γ s(x | y) + (1 − γ) s(x)"
BY_CLASSIFIER = "s(x) + γ ∇ log p(y | xₜ)"

SCALES = (
    "γ = 0 is all classes, γ = 1 the class as it is, and more than 1 goes beyond it. Other texts "
    "count w = γ − 1, with (w + 1) s(x | y) − w s(x); that is the score of p(x) p(y | x)^(w + 1). "
    "One text writes p(x) p(y | x)^w beside this formula: the two don't go together."
)
NOT_THE_TILTED_LAW = (
    "Guided samples don't follow p(x) p(y | x)^γ: the guided score at a noise level is not that of "
    "this law with the same noise added, except for γ = 0 and 1."
)

NO_CLASSES = "The target has no classes to guide to: choose one that has."
NOT_CONDITIONAL = (
    "Classifier-free guidance needs the field of one class, and this network isn’t conditional: "
    "switch Conditional on with Label dropout 0.1 and train, guide by a classifier, or take the "
    "exact field."
)
NOT_LED = "{} isn’t guided here: choose DDPM, DDIM, the reverse SDE or the probability-flow ODE."
