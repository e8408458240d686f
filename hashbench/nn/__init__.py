"""Blocks that deep methods share; each name here is public."""

from hashbench.nn.attention.block import Attention, Block
from hashbench.nn.attention.positions import sine_positions
from hashbench.nn.attention.products import Linear, linear
from hashbench.nn.contrastive.autoencoder import (
    FrameDecoder,
    FrameEncoder,
    Variant,
    ViewLosses,
    binarise,
    view_losses,
    xavier,
)
from hashbench.nn.contrastive.averaging import average_codes
from hashbench.nn.contrastive.debiased import debiased_contrast
from hashbench.nn.contrastive.draws import Draws
from hashbench.nn.contrastive.halves import half_codes, halves_loss, straight_through
from hashbench.nn.contrastive.views import frame_places, frame_views, pick_frames, visible_frames
from hashbench.nn.graph.anchors import Anchors, anchor_graph
from hashbench.nn.graph.kmeans import check_enough, repeatable_clusters
from hashbench.nn.graph.loss import Graph, neighbourhood_loss
from hashbench.nn.graph.memory import MemoryBank
from hashbench.nn.graph.neighbours import label_graph, neighbour_graph
from hashbench.nn.graph.segments import SegmentChoice, choose_segments
from hashbench.nn.recurrent.binarisation import Estimator, sign, signs
from hashbench.nn.recurrent.lstm import LSTM, BinaryLSTM
from hashbench.nn.recurrent.reconstruction import Output, squared_error
from hashbench.nn.recurrent.recurrence import LSTMVariant
from hashbench.nn.recurrent.start_values import output_weights
from hashbench.nn.statespace.mamba import Mamba
from hashbench.nn.statespace.scan import selective_scan
from hashbench.nn.training.convergence import Convergence
from hashbench.nn.training.deep import DeepMethod
from hashbench.nn.training.devices import memory_advice, pick_device, threads_for
from hashbench.nn.training.distributed import agree, gather, join, rank, share, world
from hashbench.nn.training.feed import Feed
from hashbench.nn.training.holdout import PartFeed, split
from hashbench.nn.training.mapping import map_videos
from hashbench.nn.training.meanframe import MeanFrameMethod, Perceptron
from hashbench.nn.training.recipes import Recipe, of_dataset, overridden
from hashbench.nn.training.trainer import Trainer, TrainingPlan

# Earlier names.
Cell = LSTMVariant
Plan = TrainingPlan

__all__ = [
    "LSTM",
    "Anchors",
    "Attention",
    "BinaryLSTM",
    "Block",
    "Convergence",
    "DeepMethod",
    "Draws",
    "Estimator",
    "Feed",
    "FrameDecoder",
    "FrameEncoder",
    "Graph",
    "LSTMVariant",
    "Linear",
    "Mamba",
    "MeanFrameMethod",
    "MemoryBank",
    "Output",
    "PartFeed",
    "Perceptron",
    "Recipe",
    "SegmentChoice",
    "Trainer",
    "TrainingPlan",
    "Variant",
    "ViewLosses",
    "agree",
    "anchor_graph",
    "average_codes",
    "binarise",
    "check_enough",
    "choose_segments",
    "debiased_contrast",
    "frame_places",
    "frame_views",
    "gather",
    "half_codes",
    "halves_loss",
    "join",
    "label_graph",
    "linear",
    "map_videos",
    "memory_advice",
    "neighbour_graph",
    "neighbourhood_loss",
    "of_dataset",
    "output_weights",
    "overridden",
    "pick_device",
    "pick_frames",
    "rank",
    "repeatable_clusters",
    "selective_scan",
    "share",
    "sign",
    "signs",
    "sine_positions",
    "split",
    "squared_error",
    "straight_through",
    "threads_for",
    "view_losses",
    "visible_frames",
    "world",
    "xavier",
]
