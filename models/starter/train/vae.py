"""The autoencoder: FLUX's architecture in small, tensor names of the diffusers layout, no quantisation convolutions."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from attention import attend

try:
    from fused_norm import fused_norm_silu
except ImportError:
    # Triton comes with PyTorch for CUDA only.
    fused_norm_silu = None


def norm_silu(x, norm):
    """A fused kernel on a GPU; under autocast the norm computes in float32, and what is kept is as narrow as x."""
    if x.is_cuda and fused_norm_silu is not None:
        return fused_norm_silu(x, norm)
    return F.silu(norm(x)).type_as(x)


class Resnet(nn.Module):
    def __init__(self, c_in, c_out, groups):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, c_in, eps=1e-6)
        self.conv1 = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, c_out, eps=1e-6)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(c_in, c_out, 1) if c_in != c_out else None
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x):
        h = self.conv2(norm_silu(self.conv1(norm_silu(x, self.norm1)), self.norm2))
        return h + (x if self.conv_shortcut is None else self.conv_shortcut(x))


class Attention(nn.Module):
    def __init__(self, c, groups):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, c, eps=1e-6)
        self.to_q, self.to_k, self.to_v = nn.Linear(c, c), nn.Linear(c, c), nn.Linear(c, c)
        self.to_out = nn.ModuleList([nn.Linear(c, c)])

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.group_norm(x).flatten(2).transpose(1, 2)
        o = attend(self.to_q(y)[:, None], self.to_k(y)[:, None], self.to_v(y)[:, None])[:, 0]
        return x + self.to_out[0](o).transpose(1, 2).reshape(b, c, h, w)


class Middle(nn.Module):
    def __init__(self, c, groups):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(c, c, groups), Resnet(c, c, groups)])
        self.attentions = nn.ModuleList([Attention(c, groups)])

    def forward(self, x):
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Downsample(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, stride=2)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Stage(nn.Module):
    """ResNets, then a change of size for every stage but the last."""

    def __init__(self, c_in, c_out, count, groups, resize, kind):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(c_in if k == 0 else c_out, c_out, groups) for k in range(count)])
        self.kind = kind if resize else None
        if resize:
            setattr(self, kind, nn.ModuleList([Downsample(c_out) if kind == "downsamplers" else Upsample(c_out)]))

    def forward(self, x):
        for resnet in self.resnets:
            x = resnet(x)
        return x if self.kind is None else getattr(self, self.kind)[0](x)


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        c, g = config.block_out_channels, config.norm_num_groups
        self.conv_in = nn.Conv2d(3, c[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            [Stage(c[max(0, k - 1)], c[k], config.layers_per_block, g, k < len(c) - 1, "downsamplers") for k in range(len(c))]
        )
        self.mid_block = Middle(c[-1], g)
        self.conv_norm_out = nn.GroupNorm(g, c[-1], eps=1e-6)
        self.conv_out = nn.Conv2d(c[-1], 2 * config.latent_channels, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for stage in self.down_blocks:
            x = stage(x)
        return self.conv_out(norm_silu(self.mid_block(x), self.conv_norm_out))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        c, g = config.block_out_channels[::-1], config.norm_num_groups
        self.conv_in = nn.Conv2d(config.latent_channels, c[0], 3, padding=1)
        self.mid_block = Middle(c[0], g)
        self.up_blocks = nn.ModuleList(
            [Stage(c[max(0, k - 1)], c[k], config.layers_per_block + 1, g, k < len(c) - 1, "upsamplers") for k in range(len(c))]
        )
        self.conv_norm_out = nn.GroupNorm(g, c[-1], eps=1e-6)
        self.conv_out = nn.Conv2d(c[-1], 3, 3, padding=1)

    def forward(self, z):
        x = self.mid_block(self.conv_in(z))
        for stage in self.up_blocks:
            x = stage(x)
        return self.conv_out(norm_silu(x, self.conv_norm_out))


class Vae(nn.Module):
    """Pictures in [-1, 1], [B,3,H,W]; latents [B,16,H/8,W/8], not yet shifted and scaled for the transformer."""

    def __init__(self, config):
        super().__init__()
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def moments(self, x):
        mean, log_variance = self.encoder(x).chunk(2, 1)
        return mean.float(), log_variance.float().clamp(-20, 4)
