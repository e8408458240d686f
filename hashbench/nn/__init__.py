"""Blocks that deep methods share."""

from hashbench.nn.distributed import gather, share
from hashbench.nn.lstm import LSTM, BinaryLSTM
from hashbench.nn.memory import MemoryBank
from hashbench.nn.pairs import Graph, neighbourhood_loss
from hashbench.nn.reconstruction import Output, squared_error
from hashbench.nn.recurrence import Cell
from hashbench.nn.sign import Estimator, sign, signs

__all__ = [
    "LSTM",
    "BinaryLSTM",
    "Cell",
    "Estimator",
    "Graph",
    "MemoryBank",
    "Output",
    "gather",
    "neighbourhood_loss",
    "share",
    "sign",
    "signs",
    "squared_error",
]
