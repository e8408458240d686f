"""A folder of small real video files, for whoever wants to try the way from videos to a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError
from hashbench.files.atomic import replacing

CLASSES, VIDEOS = 6, 10
"""How many classes the folder has, and videos a class."""

_SET, _SPLIT = "digit-stories", "train"
_ENLARGED, _RATE = 16, 12


def write_demo(out: Path) -> list[Path]:
    """Write 60 videos of handwritten digits, one folder a class, and return their paths.

    They are training videos of digit-stories, drawn again: three digits that fade into each other,
    and their order is the class. Of three of the six classes the digits are those of another one
    in another order. Each has 24 frames of 128 x 128 pixels, and lasts two seconds.

    Parameters
    ----------
    out : Path
        A folder that does not exist yet, or is empty.

    Raises
    ------
    UsageError
        If the folder holds something already, or PyAV is not installed.
    """
    from hashbench.data.loading import frame_images, load_dataset

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out}: there is something already; name a new folder")
    encoder = _encoder()
    dataset = load_dataset(_SET)
    classes = dataset.labelled_train.labels.ids
    chosen = _confusable(dataset.labelled_train.mean_pooled(), classes)
    rows = np.concatenate([np.flatnonzero(classes == one)[:VIDEOS] for one in chosen])
    drawn = frame_images(_SET, _SPLIT, rows)
    if drawn is None:
        raise DataError(f"{_SET}: its frames cannot be drawn")
    paths = []
    for at, (row, frames) in enumerate(zip(rows, drawn, strict=True)):
        folder = out / dataset.card.class_names[classes[row]]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{at % VIDEOS:02d}.mp4"
        with replacing(path) as temporary:
            _write(temporary, frames, encoder)
        paths.append(path)
    return paths


def _confusable(means: NDArray[np.float32], classes: NDArray[Any]) -> list[int]:
    """Return classes in pairs that mean frames hardly tell apart."""
    centres = np.stack([means[classes == one].mean(axis=0) for one in range(classes.max() + 1)])
    apart = ((centres[:, None] - centres[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(apart, np.inf)
    chosen: list[int] = []
    while len(chosen) < CLASSES:
        first, second = divmod(int(apart.argmin()), len(apart))
        chosen += [first, second]
        apart[[first, second]] = np.inf
        apart[:, [first, second]] = np.inf
    return chosen


def _encoder() -> str:
    try:
        from av.codec import codecs_available
    except ImportError as error:
        message = "videos are written by PyAV: pip install 'hashbench[video]'"
        raise UsageError(f"{message} ({error})") from error
    return next(name for name in ("libx264", "mpeg4") if name in codecs_available)


def _write(path: Path, frames: NDArray[np.uint8], encoder: str) -> None:
    """Write frames (m, height, width), of which 255 is full ink, enlarged and white on black."""
    import av

    enlarged = frames.repeat(_ENLARGED, axis=1).repeat(_ENLARGED, axis=2)
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream(encoder, rate=_RATE)
        stream.height, stream.width = enlarged.shape[1:]
        stream.pix_fmt = "yuv420p"
        for image in enlarged:
            shown = np.repeat(image[:, :, None], 3, axis=2)
            frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
