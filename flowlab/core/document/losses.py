"""The losses in symbols, for what a document's network predicts; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from flowlab.core.document.document import Document
from flowlab.core.document.learned import between_walls
from flowlab.core.document.network import BETWEEN_WALLS, BOTH
from flowlab.core.document.training import BOUND

# What the network's output is called, what each pair asks of it, and in words what that is. On a
# path without latent noise, the Gaussian source plays the role of the noise.
_SYMBOLS = {
    ("velocity", False): ("v", "ẋ", "the velocity of its path, x₁ − x₀ on the linear one"),
    ("velocity", True): ("v", "ẋ", "the velocity of its path, noise included"),
    ("denoiser", False): ("d", "x₁", "its target point"),
    ("denoiser", True): ("d", "x₁", "its target point"),
    ("noise", False): ("η", "x₀", "its source point, which is the noise here"),
    ("noise", True): ("η", "z", "its noise"),
    ("score", False): ("a s", "−x₀", "minus its source point, which is the noise here"),
    ("score", True): ("γ s", "−z", "minus its noise"),
    (BETWEEN_WALLS, False): ("σ s", "σ ∇ log p(xₜ | x₁)", "σ times the score of its noise"),
    (BETWEEN_WALLS, True): ("σ s", "σ ∇ log p(xₜ | x₁)", "σ times the score of its noise"),
}

# The same between walls by how the noise levels are weighted.
_WEIGHTED = (
    "√λ s",
    "√λ ∇ log p(xₜ | x₁)",
    "the score of its noise, with the weight λ = min(2/E|∇ log p(xₜ | x₁)|², 10 σ²)",
)
_IMPLICIT = (
    "σ s is σ times the score between walls that the network predicts, tangent to them on them; no "
    "point is asked for anything, and ∇·s is the divergence. In the mean it is the loss of "
    "denoising without the square of what each noised point would be asked for"
)

_BOUND = "w is the weight that the ELBO gives to the error at each t"

_NAMES = {
    "score": "the score s, weighted so that the mean is finite",
    BETWEEN_WALLS: "the score s between the walls, times the noise's deviation σ",
}


@dataclass(frozen=True)
class Regression:
    """What a network predicts and which loss it is trained on."""

    predicts: str = "velocity"
    noisy: bool = False
    objective: str = "mse"
    matching: str = "denoising"  # between walls
    weighting: str = "variance"  # likewise
    loss_weights: str = "none"  # not between walls

    @classmethod
    def of(cls, document: Document) -> Regression:
        """The regression of a document."""
        network, training = document.network, document.training
        own = {"loss_weights": training.loss_weights}
        if between_walls(document):
            own = {"matching": training.score_matching, "weighting": training.weighting}
        return cls(network.predicts, document.path.noisy, training.objective, **own)

    @property
    def implicit(self) -> bool:
        """True if the loss has no targets; then it is negative at its best."""
        return self.matching == "implicit"

    @property
    def squared(self) -> str:
        """The squared error of one pair; without the square of its target where none is known."""
        if self.implicit:
            return "|σ s|² + 2 σ² ∇·s"
        return self._weight(" + ".join(_squared(*symbols) for symbols in self._symbols))

    @property
    def quadratic(self) -> str:
        """The squared error of one pair, halved and without the square of its target."""
        if self.implicit:
            return "½|σ s|² + σ² ∇·s"
        quadratic = " + ".join(_quadratic(*symbols) for symbols in self._symbols)
        return self._weight(f"({quadratic})" if self.weighted else quadratic)

    @property
    def weighted(self) -> bool:
        """True if times count as the evidence bound weights them."""
        return self.loss_weights == BOUND

    def _weight(self, error: str) -> str:
        return f"w {error}" if self.weighted else error

    def title(self, which: str) -> str:
        """Name of a loss with its symbols: "mse", "quadratic" or "gap"."""
        titles = {
            "mse": self.squared if self.implicit else f"MSE  {self.squared}",
            "quadratic": self.quadratic,
            "gap": "Loss above its floor",
        }
        return titles[which]

    def trained_on(self, which: str) -> str:
        """Words to add to a loss's name if the network is trained on it; empty if it isn't."""
        if self.objective == "sum":
            return " · trained on its sum" if which == "mse" else ""
        if self.objective == "l1":
            return " · trained on L1" if which == "mse" else ""
        return " · trained on" if which == self.objective else ""

    @property
    def meaning(self) -> str:
        """A sentence on the symbols."""
        if self.implicit:
            return _IMPLICIT
        return f"{self._meaning}; {_BOUND}" if self.weighted else self._meaning

    @property
    def _meaning(self) -> str:
        return "; ".join(
            f"{prediction} is what the network predicts ({self._name(name)}), "
            f"{target} what each pair asks of it: {words}"
            for name, (prediction, target, words) in zip(self._names, self._all, strict=True)
        )

    def _name(self, name: str) -> str:
        if self.weighting == "inverse":
            return "the score s between walls, times the root of its weight λ"
        return _NAMES.get(name, f"the {name}")

    @property
    def _names(self) -> tuple[str, ...]:
        """What the network predicts: two quantities, or one."""
        both = self.predicts == BOTH
        return ("velocity", "noise") if both else (self.predicts,)

    @property
    def _all(self) -> list[tuple[str, str, str]]:
        if self.weighting == "inverse":
            return [_WEIGHTED]
        noisy = self.noisy or len(self._names) > 1  # only such a path has two
        return [_SYMBOLS[name, noisy] for name in self._names]

    @property
    def _symbols(self) -> list[tuple[str, str]]:
        return [(prediction, target) for prediction, target, _ in self._all]


def _squared(prediction: str, target: str) -> str:
    if target.startswith("−"):
        return f"|{prediction} + {target[1:]}|²"
    return f"|{prediction} − {target}|²"


def _quadratic(prediction: str, target: str) -> str:
    if target.startswith("−"):
        return f"½|{prediction}|² + {target[1:]}·{prediction}"
    return f"½|{prediction}|² − {target}·{prediction}"
