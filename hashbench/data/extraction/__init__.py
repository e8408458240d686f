"""Extraction of features from videos: listing, decoding, a network, a file that resumes."""

from hashbench.data.extraction.extracting import extract
from hashbench.data.extraction.extractor import Extractor
from hashbench.data.extraction.job import Job
from hashbench.data.extraction.listing import Clip, are_images, list_clips, list_videos

__all__ = ["Clip", "Extractor", "Job", "are_images", "extract", "list_clips", "list_videos"]
