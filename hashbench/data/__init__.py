"""Videos, data sets, and the files they come from."""

from hashbench.data.cardreader import read_card
from hashbench.data.cards import Card, Draw, Split
from hashbench.data.dataset import VideoDataset
from hashbench.data.drawing import dataset_from_files
from hashbench.data.from_arrays import dataset_from_arrays
from hashbench.data.generated import Generator, Made
from hashbench.data.holdout import split_train
from hashbench.data.loading import frame_images, load_dataset
from hashbench.data.sources import ArraySource, FeatureSource
from hashbench.data.videos import Batch, Videos

__all__ = [
    "ArraySource",
    "Batch",
    "Card",
    "Draw",
    "FeatureSource",
    "Generator",
    "Made",
    "Split",
    "VideoDataset",
    "Videos",
    "dataset_from_arrays",
    "dataset_from_files",
    "frame_images",
    "load_dataset",
    "read_card",
    "split_train",
]
