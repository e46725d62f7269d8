"""What people search for that has no control here: each with a sentence of what there is instead.

A word of a thing that FlowLab lacks must not lead to another thing that is only spelled alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from flowlab.ui.shell.control_index import Control

BEHIND = -14.0  # behind whatever is called by these words
ABSENT = (  # what is missing, the words for it, and what there is instead
    (
        "Size of letters",
        "font size, text size, bigger text, larger text, big font, zoom text, accessibility",
        "Letters follow the desktop’s scale",
    ),
    ("Other languages", "language, translation, locale", "FlowLab speaks English only"),
    (
        "Preferences",
        "options, configuration, factory settings, default settings",
        "Theme and window are remembered; a double click on a setting’s name sets its default",
    ),
    (
        "Images as data",
        "MNIST, CIFAR, ImageNet, image generation, pixels",
        "Data are points of the plane; a picture can be imported as a density",
    ),
    ("Three or more dimensions", "3D, high dimension, 3 dimensions", "Everything lies in a plane"),
    (
        "Other networks",
        "dropout, layer normalization, batch normalization, layer norm, batch norm, attention, "
        "transformer, convolution, CNN, U-Net, UNet, ResNet, residual network, softmax, LSTM",
        "Networks are multilayer perceptrons: width, depth and activation can be set",
    ),
    (
        "Other generative models",
        "GAN, VAE, autoencoder, variational autoencoder, normalizing flow, "
        "energy-based model, latent diffusion, consistency model, distillation",
        "A velocity, score, denoiser or noise is learned between two distributions",
    ),
    (
        "Validation set",
        "validation, test set, overfitting, overfit, early stopping, train test split, "
        "cross validation",
        "Batches are drawn afresh; “How good is it” compares with fresh samples",
    ),
    (
        "FID and KL divergence",
        "FID, KL, Kullback Leibler, inception score, JS divergence, entropy of the samples",
        "Measured are exact and sliced W₂, MMD and the likelihood, under Metrics",
    ),
    (
        "Other training settings",
        "gradient clipping, warmup, warm-up, mixed precision, precision, float16, gradient noise",
        "All that can be set is under “Network and training”",
    ),
    (
        "TensorBoard",
        "wandb, weights and biases, mlflow, logging",
        "The loss and the metrics are exported from the File menu",
    ),
    (
        "Scripts",
        "Python, script, Jupyter, notebook API, API, JSON, command line, terminal, code",
        "Outside this window: import flowlab in Python, or flowlab --help",
    ),
    ("Paste", "cut, clipboard paste", "Drop a file on the picture, or import it (File menu)"),
    (
        "Width of lines",
        "line width, line thickness",
        "The program chooses it",
    ),
    (
        "Sharing",
        "share, link, mail, print, printer, publish, cloud",
        "Save the session, or export a picture or film, and send that file",
    ),
    (
        "Autosave",
        "auto save, recover, recovery, backup, crash, lost work",
        "Unsaved work is kept by itself, and offered again after a crash",
    ),
    ("Updates", "update, upgrade, new version", "FlowLab doesn’t look for newer versions"),
    (
        "Documentation",
        "user guide, docs, handbook, how to, tour",
        "Tooltips explain every control, the README all else",
    ),
    ("Parquet", "pickle, mat file, MATLAB, HDF5", "Points are read from text, XLSX, NPY and NPZ"),
)


def absent() -> Iterator[Control]:
    """Rows that say what there is instead; they can't be chosen."""
    for title, also, instead in ABSENT:
        yield Control(
            title, "", "", QWidget, also=also, why=instead.__str__, bonus=BEHIND, absent=True
        )
