"""Text tower and transformer together, as they are trained; and how they are stored and sampled."""

import torch
import torch.nn as nn

from flow import sample
from next_dit import NextDit
from tensors import from_bytes, load_parts
from text_tower import PAD, TextTower

TEXT_PREFIX = "text."
DIT_PREFIX = "dit."
BEGIN, END = 0, 2


class Generator(nn.Module):
    def __init__(self, config, channels=None):
        super().__init__()
        self.text = TextTower(config.text)
        self.dit = NextDit(config.dit, config.vae.latent_channels if channels is None else channels)

    def compile_blocks(self):
        """Blocks share their code, and lengths are left open, so each kind is compiled once."""
        for block in [*self.dit.layers, *self.dit.noise_refiner, *self.dit.context_refiner, *self.text.encoder.layers]:
            block.compile(dynamic=True)

    def forward(self, z, t, ids):
        states, mask, pooled = self.text(ids)
        return self.dit(z, t, states, mask, pooled)


def empty_ids(length, device):
    """The ids of an empty prompt, padded."""
    ids = torch.full((length,), PAD, dtype=torch.long, device=device)
    ids[0], ids[1] = BEGIN, END
    return ids


def load_generator(path, config, device, channels=None):
    """The generator from PATH.NN; an untrained one and no metadata where there is none."""
    generator = Generator(config, channels).to(device)
    data = load_parts(path)
    if data is None:
        return generator, None
    tensors, metadata = from_bytes(data)
    generator.load_state_dict(tensors)
    return generator, metadata


@torch.no_grad()
def generate(generator, ids, noise, autocast, steps=20, shift=3.0, guidance=2.5):
    """Latents for token ids [B,S], padded. noise decides size and picture."""
    length = max(2, int((ids != PAD).sum(1).max()))
    ids = ids[:, :length]
    both = torch.cat([ids, empty_ids(length, ids.device)[None].expand_as(ids)])
    with autocast():
        states, mask, pooled = generator.text(both)

    def velocity(x, t):
        with autocast():
            out = generator.dit(torch.cat([x, x]), torch.cat([t, t]), states, mask, pooled)
        return out.float().chunk(2)

    return sample(velocity, noise, steps, shift, guidance)
