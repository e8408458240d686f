"""Blocks that deep methods share; each name here is public."""

from hashbench.nn.graph.loss import Graph, neighbourhood_loss
from hashbench.nn.graph.memory import MemoryBank
from hashbench.nn.graph.neighbours import label_graph, neighbour_graph
from hashbench.nn.graph.segments import SegmentChoice, choose_segments
from hashbench.nn.recurrent.binarisation import Estimator, sign, signs
from hashbench.nn.recurrent.lstm import LSTM, BinaryLSTM
from hashbench.nn.recurrent.reconstruction import Output, squared_error
from hashbench.nn.recurrent.recurrence import LSTMVariant
from hashbench.nn.recurrent.start_values import output_weights
from hashbench.nn.training.convergence import Convergence
from hashbench.nn.training.deep import DeepMethod
from hashbench.nn.training.devices import memory_advice, pick_device, threads_for
from hashbench.nn.training.distributed import agree, gather, join, rank, share, world
from hashbench.nn.training.feed import Feed
from hashbench.nn.training.holdout import PartFeed, split
from hashbench.nn.training.recipes import Recipe
from hashbench.nn.training.trainer import Trainer, TrainingPlan

# Earlier names.
Cell = LSTMVariant
Plan = TrainingPlan

__all__ = [
    "LSTM",
    "BinaryLSTM",
    "Convergence",
    "DeepMethod",
    "Estimator",
    "Feed",
    "Graph",
    "LSTMVariant",
    "MemoryBank",
    "Output",
    "PartFeed",
    "Recipe",
    "SegmentChoice",
    "Trainer",
    "TrainingPlan",
    "agree",
    "choose_segments",
    "gather",
    "join",
    "label_graph",
    "memory_advice",
    "neighbour_graph",
    "neighbourhood_loss",
    "output_weights",
    "pick_device",
    "rank",
    "share",
    "sign",
    "signs",
    "split",
    "squared_error",
    "threads_for",
    "world",
]
