"""Next-DiT with pooled text, as published for NewBie-image-Exp0.1 but small; tensor names of the published layout."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from attention import attend

TIME_FREQUENCIES = 256
PATCH = 2


class RmsNorm(nn.Module):
    def __init__(self, width, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        f = x.float()
        return (f * torch.rsqrt(f.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight.float()).type_as(x)


def rotate_pairs(x, cos, sin):
    """x [B,S,H,D]; cos, sin [B or 1,S,1,D/2]: neighbouring values are turned together."""
    a, b = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2).type_as(x)


class JointAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.heads
        self.head_dim = config.dim // config.heads
        self.qkv = nn.Linear(config.dim, 3 * config.dim, bias=False)
        self.out = nn.Linear(config.dim, config.dim, bias=False)
        self.q_norm, self.k_norm = RmsNorm(self.head_dim), RmsNorm(self.head_dim)

    def forward(self, x, mask, cos, sin):
        b, s, d = x.shape
        q, k, v = self.qkv(x).view(b, s, 3, self.heads, self.head_dim).unbind(2)
        q = rotate_pairs(self.q_norm(q), cos, sin).transpose(1, 2)
        k = rotate_pairs(self.k_norm(k), cos, sin).transpose(1, 2)
        o = attend(q.type_as(v), k.type_as(v), v.transpose(1, 2), mask)
        return self.out(o.transpose(1, 2).reshape(b, s, d))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.w1 = nn.Linear(config.dim, config.ffn, bias=False)
        self.w2 = nn.Linear(config.ffn, config.dim, bias=False)
        self.w3 = nn.Linear(config.dim, config.ffn, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Block(nn.Module):
    def __init__(self, config, modulated=True):
        super().__init__()
        d = config.dim
        self.attention = JointAttention(config)
        self.feed_forward = FeedForward(config)
        self.attention_norm1, self.attention_norm2 = RmsNorm(d), RmsNorm(d)
        self.ffn_norm1, self.ffn_norm2 = RmsNorm(d), RmsNorm(d)
        self.modulated = modulated
        if modulated:
            linear = nn.Linear(min(d, 1024), 4 * d)
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)
            # Gates start half open: with closed ones nothing below the last layer would learn at first.
            linear.bias.data[d : 2 * d] = 0.5
            linear.bias.data[3 * d :] = 0.5
            self.adaLN_modulation = nn.Sequential(nn.SiLU(), linear)

    def forward(self, x, mask, cos, sin, c=None):
        if not self.modulated:
            x = x + self.attention_norm2(self.attention(self.attention_norm1(x), mask, cos, sin))
            return x + self.ffn_norm2(self.feed_forward(self.ffn_norm1(x)))
        s1, g1, s2, g2 = [part[:, None] for part in self.adaLN_modulation(c).chunk(4, 1)]
        x = x + g1.tanh() * self.attention_norm2(self.attention(self.attention_norm1(x) * (1 + s1), mask, cos, sin))
        return x + g2.tanh() * self.ffn_norm2(self.feed_forward(self.ffn_norm1(x) * (1 + s2)))


class FinalLayer(nn.Module):
    def __init__(self, d, values):
        super().__init__()
        self.linear = nn.Linear(d, values)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(min(d, 1024), d))
        for module in (self.linear, self.adaLN_modulation[1]):
            nn.init.zeros_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(self, x, c):
        x = F.layer_norm(x, (x.shape[-1],), eps=1e-6)
        return self.linear(x * (1 + self.adaLN_modulation(c)[:, None]))


class TimeEmbedder(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(TIME_FREQUENCIES, d), nn.SiLU(), nn.Linear(d, d))

    def forward(self, t):
        half = TIME_FREQUENCIES // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=t.device, dtype=torch.float32) / half)
        angles = t.float()[:, None] * frequencies
        return self.mlp(torch.cat([angles.cos(), angles.sin()], -1))


class NextDit(nn.Module):
    """z [B,C,H,W] at times t [B], text states [B,L,width] with mask [B,L], pooled [B,width] -> velocity like z."""

    def __init__(self, config, channels=16):
        super().__init__()
        d, c = config.dim, min(config.dim, 1024)
        self.config, self.channels = config, channels
        self.x_embedder = nn.Linear(PATCH * PATCH * channels, d)
        self.t_embedder = TimeEmbedder(c)
        self.cap_embedder = nn.Sequential(RmsNorm(config.cap_feat_dim), nn.Linear(config.cap_feat_dim, d))
        self.clip_text_pooled_proj = nn.Sequential(
            RmsNorm(config.clip_text_dim), nn.Linear(config.clip_text_dim, config.clip_text_dim)
        )
        self.time_text_embed = nn.Sequential(nn.SiLU(), nn.Linear(c + config.clip_text_dim, c))
        self.noise_refiner = nn.ModuleList([Block(config) for _ in range(config.refiner_layers)])
        self.context_refiner = nn.ModuleList([Block(config, modulated=False) for _ in range(config.refiner_layers)])
        self.layers = nn.ModuleList([Block(config) for _ in range(config.layers)])
        # In the published files, but used by no formula: kept so that the names agree.
        self.norm_final = RmsNorm(d)
        self.final_layer = FinalLayer(d, PATCH * PATCH * channels)

    def rotary(self, counts, length, rows, columns):
        """Angles of text (j,0,0) and image (L,row,column), L the number of a sample's own tokens: cos, sin [B,S,1,D/2]."""
        device, theta = counts.device, self.config.rope_theta
        text = torch.arange(length, device=device)
        row = torch.arange(rows, device=device).repeat_interleave(columns)
        column = torch.arange(columns, device=device).repeat(rows)
        b = counts.shape[0]
        parts = []
        for axis, width in enumerate(self.config.axes_dims):
            frequencies = theta ** (-torch.arange(0, width, 2, device=device, dtype=torch.float32) / width)
            if axis == 0:
                ids = torch.cat([text[None].expand(b, -1), counts[:, None].expand(-1, rows * columns)], 1)
            else:
                ids = torch.cat([torch.zeros_like(text), row if axis == 1 else column])[None].expand(b, -1)
            parts.append(ids[..., None].float() * frequencies)
        angles = torch.cat(parts, -1)[:, :, None]
        return angles.cos(), angles.sin()

    def forward(self, z, t, states, mask, pooled, tap=None):
        """`tap`, a list, is given the states of the picture's tokens half-way through the layers."""
        b, channels, h, w = z.shape
        rows, columns, length = h // PATCH, w // PATCH, states.shape[1]
        c = self.time_text_embed(torch.cat([self.t_embedder(t), self.clip_text_pooled_proj(pooled.float())], -1))
        caption = self.cap_embedder(states)
        x = z.view(b, channels, rows, PATCH, columns, PATCH).permute(0, 2, 4, 3, 5, 1).reshape(b, rows * columns, -1)
        x = self.x_embedder(x)
        cos, sin = self.rotary(mask.sum(1), length, rows, columns)
        for block in self.context_refiner:
            caption = block(caption, mask, cos[:, :length], sin[:, :length])
        for block in self.noise_refiner:
            x = block(x, None, cos[:, length:], sin[:, length:], c)
        joint = torch.cat([caption.type_as(x), x], 1)
        keys = torch.cat([mask, mask.new_ones(b, rows * columns)], 1)
        for index, block in enumerate(self.layers):
            joint = block(joint, keys, cos, sin, c)
            if tap is not None and index + 1 == (len(self.layers) + 1) // 2:
                tap.append(joint[:, length:])
        y = self.final_layer(joint[:, length:], c).float()
        return y.view(b, rows, columns, PATCH, PATCH, channels).permute(0, 5, 1, 3, 2, 4).reshape(b, channels, h, w)
