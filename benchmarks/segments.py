"""Right neighbours over the number of segments, which one is chosen, and what alignment adds.

python benchmarks/segments.py digit-stories digit-reels gliding-digits aeon:JapaneseVowels ...

Of the K1 = 10 nearest training videos of each training video, the share that has its class, in per
cent, and that of the edges of the graph (K2 = 10). No network is trained. `auto` is the S that is
chosen without labels. With a band, segments are aligned.
"""

from __future__ import annotations

import sys

import hashbench
from hashbench import Labels, Videos
from hashbench.nn import choose_segments, neighbour_graph
from hashbench.nn.graph.neighbours import find_nearest
from hashbench.ranking.neighbour_precision import chance_shares, neighbour_shares

K1 = K2 = 10
SEGMENTS = (1, 2, 3, 4, 6, 8, 12, 24)
BANDS = (0, 1, 2)


def training_videos(name: str) -> Videos:
    """Return the training videos of a data set, or of gliding digits (no board ranks them)."""
    if name != "gliding-digits":
        return hashbench.load_dataset(name).labelled_train
    from gliding_digits import TRAIN, gliding_digits

    features, classes = gliding_digits()
    return Videos(features[:TRAIN], Labels.from_array(classes[:TRAIN]))


def right(train: Videos, segments: int, band: int = 0) -> float:
    """Return the share of right ones among the K1 nearest, in per cent."""
    means = train.segment_means(segments).reshape(len(train), -1)
    return 100 * float(
        neighbour_shares(find_nearest(means, K1, segments, band), train.labels).mean()
    )


def edges(train: Videos, segments: int) -> float:
    """Return the share of right edges of the graph, in per cent."""
    graph = neighbour_graph(train.segment_means(segments).reshape(len(train), -1), K1, K2).tocoo()
    different = graph.row != graph.col
    words = train.labels.words()
    shared = (words[graph.row[different]] & words[graph.col[different]]).any(axis=1)
    return 100 * float(shared.mean())


def main(names: list[str]) -> None:
    """Print three lines a set, and one for each band."""
    for name in names:
        train = training_videos(name)
        possible = [s for s in SEGMENTS if s <= train.frames]
        chance = 100 * chance_shares(train.labels).mean()
        print(f"{name}: {len(train):,} videos, by chance {chance:.1f}", flush=True)
        nearest = {s: right(train, s) for s in possible}
        print("  nearest  " + " ".join(f"{s}: {v:.1f}" for s, v in nearest.items()), flush=True)
        print("  edges    " + " ".join(f"{s}: {edges(train, s):.1f}" for s in possible), flush=True)
        for band in BANDS:
            found = choose_segments(train.unlabelled(), K1, band=band)
            share = right(train, found.segments, band)
            agreement = " ".join(f"{s}: {v:.3f}" for s, v in found.agreement.items())
            print(
                f"  band {band}: auto {found.segments}, nearest {share:.1f} ({agreement})",
                flush=True,
            )
            if band:
                aligned = " ".join(f"{s}: {right(train, s, band):.1f}" for s in possible[3:])
                print(f"    nearest  {aligned}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["digit-stories", "digit-reels", "gliding-digits", "aeon:JapaneseVowels"])
