"""Blocks that deep methods share."""

from hashbench.nn.deep import DeepMethod
from hashbench.nn.devices import pick_device
from hashbench.nn.distributed import gather, share
from hashbench.nn.init import output_weights
from hashbench.nn.lstm import LSTM, BinaryLSTM
from hashbench.nn.memory import MemoryBank
from hashbench.nn.neighbours import label_graph, neighbour_graph
from hashbench.nn.pairs import Graph, neighbourhood_loss
from hashbench.nn.recipes import Recipe
from hashbench.nn.reconstruction import Output, squared_error
from hashbench.nn.recurrence import Cell
from hashbench.nn.sign import Estimator, sign, signs
from hashbench.nn.trainer import Plan, Trainer

__all__ = [
    "LSTM",
    "BinaryLSTM",
    "Cell",
    "DeepMethod",
    "Estimator",
    "Graph",
    "MemoryBank",
    "Output",
    "Plan",
    "Recipe",
    "Trainer",
    "gather",
    "label_graph",
    "neighbour_graph",
    "neighbourhood_loss",
    "output_weights",
    "pick_device",
    "share",
    "sign",
    "signs",
    "squared_error",
]
