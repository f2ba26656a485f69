"""What the text tower is taught besides the picture, only while training: which character stands where and looks how.

Gradients through the picture teach the tower slowly which colour belongs to whom. Labels are known for every caption, so
two heads ask for them: per token, the place (left, center, right) of the character whose block it stands in; from the
pooled vector, for each place, whether anyone stands there and the attributes that the caption tells. The heads are
thrown away at export.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from data import NOTHING, TELLS_EYES, TELLS_HAIR, TELLS_OUTFIT

PLACES = 3
# Attribute, and the bit of `told` that says that the caption names it (0: not known per caption, taken as told).
POOLED = (("hairColour", TELLS_HAIR), ("eyeColour", TELLS_EYES), ("outfitColour", TELLS_OUTFIT), ("outfit", TELLS_OUTFIT))


class TextProbe(nn.Module):
    def __init__(self, width, format, block_ids):
        """block_ids: token ids of <character_1>…, and of their closing tags."""
        super().__init__()
        self.format = format
        self.sizes = [len(format.values[name]) for name, _ in POOLED]
        self.heads = nn.ModuleDict(
            {
                "place": nn.Linear(width, PLACES + 1),
                "pooled": nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, PLACES * (1 + sum(self.sizes)))),
            }
        )
        self.register_buffer("opening", torch.tensor(block_ids[0]), persistent=False)
        self.register_buffer("closing", torch.tensor(block_ids[1]), persistent=False)

    def places_of_tokens(self, ids, attributes):
        """[B,S]: 0 outside blocks, else 1 + place of the character whose block it is."""
        opened = torch.zeros_like(ids)
        for k in range(PLACES):
            inside = (ids == self.opening[k]).cumsum(1) - F.pad((ids == self.closing[k]).cumsum(1), (1, 0))[:, :-1]
            place = attributes[:, k, self.format.index("position")].long() + 1
            opened = torch.where(inside > 0, place[:, None], opened)
        return opened

    def forward(self, states, mask, pooled, ids, attributes, told):
        """A loss. attributes [B,3,A] by character in the caption's order, told [B,3]."""
        target = self.places_of_tokens(ids, attributes)
        is_xml = (target > 0).any(1, keepdim=True) & mask
        logits = self.heads["place"](states.float())
        per_token = F.cross_entropy(logits.flatten(0, 1), target.flatten().long(), reduction="none").view_as(target)
        loss = (per_token * is_xml).sum() / is_xml.sum().clamp(min=1)

        out = self.heads["pooled"](pooled.float()).view(-1, PLACES, 1 + sum(self.sizes))
        position = attributes[:, :, self.format.index("position")].long()
        is_there = position != NOTHING
        present = torch.zeros(len(ids), PLACES + 1, device=ids.device).scatter_(1, position.clamp(max=PLACES), 1.0)[:, :PLACES]
        loss = loss + F.binary_cross_entropy_with_logits(out[..., 0], present)
        # The prediction for the place where each character stands.
        own = out.gather(1, position.clamp(max=PLACES - 1)[..., None].expand(-1, -1, out.shape[-1]))
        start = 1
        for (name, bit), size in zip(POOLED, self.sizes):
            value = attributes[:, :, self.format.index(name)].long()
            counts = is_there & (value != NOTHING) & ((told & bit) > 0)
            part = F.cross_entropy(own[..., start : start + size].flatten(0, 1), value.clamp(max=size - 1).flatten(), reduction="none")
            loss = loss + (part.view_as(value) * counts).sum() / counts.sum().clamp(min=1)
            start += size
        return loss
