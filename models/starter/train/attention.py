"""Scaled dot-product attention: PyTorch's fused kernel where there is one, the plain formula elsewhere."""

import math

import torch
import torch.nn.functional as F

HAS_FUSED = hasattr(F, "scaled_dot_product_attention")


def attend(q, k, v, mask=None):
    """q, k, v [B,H,S,D]; mask [B,S] of keys that count, or None for all."""
    keys = None if mask is None else mask[:, None, None, :]
    if HAS_FUSED:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=keys)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if keys is not None:
        scores = scores.masked_fill(~keys, float("-inf"))
    return scores.softmax(-1) @ v
