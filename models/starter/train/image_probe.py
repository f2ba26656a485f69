"""What the transformer is taught besides the picture, only while training: what belongs where.

From the states of the picture's tokens half-way through the layers, a linear head tells the hair of whoever's head lies
there, the colour of the eye, the clothes. In noise nothing can be seen, so these answers must come from the prompt: the
binding of an attribute to a place is learned directly instead of through the small differences it makes to a colour.
The head is thrown away at export.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from data import NOTHING, TELLS_EYES, TELLS_HAIR, TELLS_OUTFIT

HEAD, LEFT_EYE, RIGHT_EYE, TORSO = range(4)
# Attribute, boxes that show it, and the bit of `told` that says that the caption names it (0: always taken as told).
SHOWN = (
    ("hairColour", (HEAD,), TELLS_HAIR),
    ("hairStyle", (HEAD,), 0),
    ("expression", (HEAD,), 0),
    ("eyeColour", (LEFT_EYE, RIGHT_EYE), TELLS_EYES),
    ("outfitColour", (TORSO,), TELLS_OUTFIT),
    ("outfit", (TORSO,), TELLS_OUTFIT),
)
UNTOLD = -100


class ImageProbe(nn.Module):
    def __init__(self, width, format):
        super().__init__()
        self.format = format
        self.sizes = [len(format.values[name]) for name, _, _ in SHOWN]
        self.norm = nn.LayerNorm(width)
        self.heads = nn.Linear(width, sum(self.sizes))

    def forward(self, states, boxes, attributes, told):
        """A loss. states [B,cells*cells,width], boxes [B,C,4,4], attributes [B,C,A], told [B,C]."""
        cells = int(states.shape[1] ** 0.5)
        logits = self.heads(self.norm(states.float()))
        loss, start = logits.new_zeros(()), 0
        for (name, regions, bit), size in zip(SHOWN, self.sizes):
            values = attributes[:, :, self.format.index(name)].long()
            is_told = (values != NOTHING) & (((told & bit) > 0) if bit else torch.ones_like(values, dtype=torch.bool))
            values = torch.where(is_told, values, torch.full_like(values, UNTOLD))
            target = labels(boxes, regions, values, cells, self.format.picture)
            part = F.cross_entropy(logits[..., start : start + size].flatten(0, 1), target.flatten(), ignore_index=UNTOLD, reduction="sum")
            loss = loss + part / (target != UNTOLD).sum().clamp(min=1)
            start += size
        return loss


def labels(boxes, regions, values, cells, page):
    """[B,cells*cells]: the value of the character whose box touches a cell (the last one's of several), or UNTOLD."""
    size = page / cells
    middle = (torch.arange(cells, device=boxes.device, dtype=torch.float32) + 0.5) * size
    target = torch.full((len(boxes), cells, cells), UNTOLD, dtype=torch.long, device=boxes.device)
    for k in range(boxes.shape[1]):
        for region in regions:
            x, y, w, h = boxes[:, k, region].float().unbind(-1)
            # Eyes are smaller than a cell; wide boxes lose their rim, which shows something else as well.
            reach = lambda length: (length / 2 - size * 0.25).clamp(min=size * 0.5)[:, None]
            inside_x = (middle - (x + w / 2)[:, None]).abs() <= reach(w)
            inside_y = (middle - (y + h / 2)[:, None]).abs() <= reach(h)
            inside = inside_y[:, :, None] & inside_x[:, None, :] & (w > 0)[:, None, None]
            target = torch.where(inside, values[:, k, None, None], target)
    return target.flatten(1)
