"""Videos, data sets, and the files they come from."""

from hashbench.data.dataset import VideoDataset
from hashbench.data.sources import ArraySource, FeatureSource
from hashbench.data.videos import Batch, Videos

__all__ = ["ArraySource", "Batch", "FeatureSource", "VideoDataset", "Videos"]
