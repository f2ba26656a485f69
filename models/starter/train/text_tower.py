"""The text tower: Jina's architecture (post-norm, rotary positions, bidirectional) in small, with its tensor names."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from attention import attend

PAD = 1


class Mixer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.Wqkv = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)
        self.heads = heads

    def forward(self, x, mask, cos, sin):
        b, s, width = x.shape
        q, k, v = self.Wqkv(x).view(b, s, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        o = attend(rotate_half(q, cos, sin), rotate_half(k, cos, sin), v, mask)
        return self.out_proj(o.transpose(1, 2).reshape(b, s, width))


def rotate_half(x, cos, sin):
    half = x.shape[-1] // 2
    turned = torch.cat([-x[..., half:], x[..., :half]], -1)
    return (x.float() * cos + turned.float() * sin).type_as(x)


class Mlp(nn.Module):
    def __init__(self, width, ffn):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, ffn), nn.Linear(ffn, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mixer = Mixer(config.hidden_size, config.heads)
        self.norm1 = nn.LayerNorm(config.hidden_size, eps=1e-5)
        self.mlp = Mlp(config.hidden_size, config.ffn)
        self.norm2 = nn.LayerNorm(config.hidden_size, eps=1e-5)

    def forward(self, x, mask, cos, sin):
        x = self.norm1(x + self.mixer(x, mask, cos, sin))
        return self.norm2(x + self.mlp(x))


class Embeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
        self.token_type_embeddings = nn.Embedding(1, config.hidden_size)
        nn.init.normal_(self.word_embeddings.weight, std=0.05)
        nn.init.zeros_(self.token_type_embeddings.weight)


class Layers(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layers = nn.ModuleList([Layer(config) for _ in range(config.layers)])


class TextTower(nn.Module):
    """ids [B,S] -> states [B,S,width], mask [B,S], pooled [B,width]: the mean over all tokens but padding."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.emb_ln = nn.LayerNorm(config.hidden_size, eps=1e-5)
        self.encoder = Layers(config)

    def rotary(self, length, device):
        width = self.config.hidden_size // self.config.heads
        inverse = self.config.rope_base ** (-torch.arange(0, width, 2, device=device, dtype=torch.float32) / width)
        angles = torch.outer(torch.arange(length, device=device, dtype=torch.float32), inverse)
        angles = torch.cat([angles, angles], -1)
        return angles.cos(), angles.sin()

    def forward(self, ids):
        mask = ids != PAD
        cos, sin = self.rotary(ids.shape[1], ids.device)
        x = self.emb_ln(self.embeddings.word_embeddings(ids) + self.embeddings.token_type_embeddings.weight[0])
        for layer in self.encoder.layers:
            x = layer(x, mask, cos, sin)
        counts = mask.sum(1, keepdim=True).clamp(min=1)
        return x, mask, (x.float() * mask[..., None]).sum(1) / counts
