"""Transformer blocks against torch's own, and positions against the formula."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from hashbench.nn import Attention, Block, Linear, sine_positions
from hashbench.nn.training.precision import products_in


def test_positions_follow_the_formula() -> None:
    table = sine_positions(7, 6)
    assert (table.dtype, table.shape) == (torch.float32, (7, 6))
    for t in range(7):
        for i in range(3):
            angle = t / 10_000 ** (2 * i / 6)
            assert table[t, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-7)
            assert table[t, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-7)


def test_a_block_is_torch_s_pre_norm_layer() -> None:
    torch.manual_seed(0)
    block = Block(24, 3).double()
    theirs = nn.TransformerEncoderLayer(
        24, 3, 96, dropout=0.0, activation="gelu", layer_norm_eps=1e-6, batch_first=True,
        norm_first=True,
    ).double()  # fmt: skip
    attention = block.attention
    with torch.no_grad():
        attention.q_bias.normal_()
        attention.v_bias.normal_()
        theirs.self_attn.in_proj_weight.copy_(attention.qkv.weight)
        bias = [attention.q_bias, torch.zeros(24).double(), attention.v_bias]
        theirs.self_attn.in_proj_bias.copy_(torch.cat(bias))
    theirs.self_attn.out_proj.load_state_dict(attention.out.state_dict())
    theirs.norm1.load_state_dict(block.norm1.state_dict())
    theirs.norm2.load_state_dict(block.norm2.state_dict())
    theirs.linear1.load_state_dict(block.mlp[0].state_dict())
    theirs.linear2.load_state_dict(block.mlp[2].state_dict())
    x = torch.randn(2, 5, 24, dtype=torch.float64)
    torch.testing.assert_close(block(x), theirs(x))


def test_heads_that_do_not_divide_the_width_are_narrower_together() -> None:
    attention = Attention(20, 3)
    assert attention.inner == 18
    assert attention(torch.randn(2, 4, 20)).shape == (2, 4, 20)


def test_products_are_rounded_to_the_precision_of_training_and_come_back() -> None:
    torch.manual_seed(0)
    layer, x = Linear(6, 4), torch.randn(3, 6)
    exact = nn.functional.linear(x, layer.weight, layer.bias)
    assert torch.equal(layer(x), exact)
    with products_in(torch.bfloat16):
        rounded = layer(x)
    assert rounded.dtype == torch.float32
    assert 0 < (rounded - exact).abs().max() < 0.05


def test_a_block_in_bfloat16_is_near_that_in_float32() -> None:
    torch.manual_seed(0)
    block, x = Block(24, 3), torch.randn(2, 5, 24)
    exact = block(x)
    with products_in(torch.bfloat16):
        rounded = block(x)
    assert rounded.dtype == torch.float32
    assert 0 < (rounded - exact).abs().max() < 0.05
