"""What the loss plot says; it is shown before pyqtgraph, which draws the plot, is imported."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from flowlab.core.document.losses import Regression
from flowlab.ui.base.called import call

LOSSES = ("mse", "quadratic", "gap")
LOSS_TIP = "Both losses have the same minimiser, and neither goes to zero."
INVITATION = "The loss appears here\nonce you press Train"
UNSAVED = "Its losses were not saved.\nTrain on to see new ones"
READING = "Reading the losses …"


def name_losses(box: QComboBox, regression: Regression) -> None:
    """Name the losses by what the network predicts, and choose the one it is trained on.

    A person's choice stays until the network is trained on another one.
    """
    if not box.count():
        for key in LOSSES:
            box.addItem("", key)
        box.setAccessibleName("Which loss is drawn")
        call(box, also="loss curve, loss plot, learning curve, training curve")
    trained = "quadratic" if regression.objective == "quadratic" else "mse"
    if box.property("trained") != trained:
        box.setProperty("trained", trained)
        box.setCurrentIndex(box.findData(trained))
    for k, key in enumerate(LOSSES):
        box.setItemText(k, regression.title(key) + regression.trained_on(key))
    box.setToolTip(f"{LOSS_TIP} {regression.meaning}")
