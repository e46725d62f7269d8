"""What the export dialog lets choose, known without what the export itself needs."""

from __future__ import annotations

from flowlab.ui.base.dialog_controls import DialogControl

FORMATS = {
    ".mp4": "MP4 video",
    ".gif": "GIF animation",
    ".webp": "WebP animation",
    ".apng": "APNG animation",
    "": "PNG frames in a folder",
    ".png": "PNG still at this t",
    ".svg": "SVG still at this t",
    ".pdf": "PDF still at this t",
}
STILLS = {".png", ".svg", ".pdf"}
SIZES = {
    "1280 × 720": (1280, 720),
    "1920 × 1080": (1920, 1080),
    "1080 × 1080": (1080, 1080),
    "640 × 640": (640, 640),
    "3840 × 2160": (3840, 2160),
    "Other": None,
}
CONTROLS = (
    DialogControl(
        "format",
        "Format",
        also="file type, video format, picture format, movie, codec",
        options=tuple(FORMATS.values()),
    ),
    DialogControl(
        "size_box", "Size", also="resolution, picture size, video size, 4K", options=tuple(SIZES)
    ),
    DialogControl("width_box", "Width", also="pixels, resolution"),
    DialogControl("height_box", "Height", also="pixels, resolution"),
    DialogControl("fps", "Frames a second", also="fps, frame rate, frames per second"),
    DialogControl("seconds", "Length", also="duration, seconds of video"),
    DialogControl("ping_pong", "Back and forth", also="ping-pong, boomerang, bounce"),
    DialogControl("theme", "Theme", also="background, colours", options=("Dark", "Light")),
    DialogControl("path", "File", also="file name, folder, save to"),
    DialogControl("browse", "Browse…"),
    DialogControl("start_button", "Export", also="render, save the video, record"),
    DialogControl("close_button", "Close"),
)
