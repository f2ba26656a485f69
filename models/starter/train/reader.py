"""The attribute reader: a small convolutional network that finds characters in a picture and says what they look like.

It judges generated pictures, so it sees pixels only, never prompts. On a grid of 16 x 16 cells it gives, per cell, how
likely the middle of a face lies there, and the attributes of that character. Batch norms are folded into the
convolutions at export; evaluate/reader.ts runs the same network.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from data import NOTHING

CELLS = 16
# What is read per character. "closed" is told by the eye colour's extra class.
READ = ("hairColour", "eyeColour", "outfitColour", "gender", "expression", "outfit", "hairStyle")
WIDTHS = ((3, 16, 2, 1), (16, 32, 2, 1), (32, 32, 1, 1), (32, 64, 2, 1), (64, 64, 1, 1), (64, 96, 2, 1), (96, 96, 1, 2), (96, 96, 1, 3), (96, 96, 1, 2), (96, 96, 1, 1))


class Reader(nn.Module):
    """x [B,3,256,256] in [-1,1] -> [B, 1 + attributes, 16, 16] logits."""

    def __init__(self, format):
        super().__init__()
        self.sizes = [len(format.values[name]) + (1 if name == "eyeColour" else 0) for name in READ]
        self.convs = nn.ModuleList([nn.Conv2d(i, o, 3, stride=s, padding=d, dilation=d, bias=False) for i, o, s, d in WIDTHS])
        self.norms = nn.ModuleList([nn.BatchNorm2d(o) for _, o, _, _ in WIDTHS])
        self.out = nn.Conv2d(WIDTHS[-1][1], 1 + sum(self.sizes), 1)

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            y = F.relu(norm(conv(x)))
            x = x + y if x.shape == y.shape else y
        return self.out(x)

    def folded(self):
        """name -> tensor, with each batch norm inside its convolution."""
        tensors = {"out.weight": self.out.weight, "out.bias": self.out.bias}
        for k, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            tensors[f"convs.{k}.weight"] = conv.weight * scale[:, None, None, None]
            tensors[f"convs.{k}.bias"] = norm.bias - norm.running_mean * scale
        return tensors


def cells_of(boxes, page):
    """Row and column of the cell in which each head's middle lies. boxes [B,C,4,4] -> [B,C] each."""
    head = boxes[:, :, 0].float()
    size = page / CELLS
    column = ((head[..., 0] + head[..., 2] / 2) / size).floor().clamp(0, CELLS - 1).long()
    row = ((head[..., 1] + head[..., 3] / 2) / size).floor().clamp(0, CELLS - 1).long()
    return row, column


def reader_loss(logits, sizes, attributes, boxes, format, page):
    """attributes [B,C,A] with NOTHING where there is no character."""
    position = attributes[:, :, format.index("position")].long()
    is_there = position != NOTHING
    row, column = cells_of(boxes, page)
    batch = torch.arange(len(logits), device=logits.device)[:, None].expand_as(row)
    target = torch.zeros_like(logits[:, 0])
    target[batch[is_there], row[is_there], column[is_there]] = 1.0
    # Neighbours of a middle are neither wanted nor wrong.
    near = F.max_pool2d(target[:, None], 3, 1, 1)[:, 0]
    counts = (near == 0) | (target == 1)
    presence = F.binary_cross_entropy_with_logits(logits[:, 0], target, reduction="none")
    loss = (presence * counts * (1 + 20 * target)).sum() / counts.sum()
    # Attributes are asked for in the cell and the cells around it, because a generated face lies half a cell off.
    start = 1
    around = [(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)]
    for name, size in zip(READ, sizes):
        value = attributes[:, :, format.index(name)].long()
        if name == "eyeColour":
            value = torch.where(is_there & (value == NOTHING), torch.full_like(value, size - 1), value)
        for dr, dc in around:
            r, c = (row + dr).clamp(0, CELLS - 1), (column + dc).clamp(0, CELLS - 1)
            picked = logits[batch, start : start + size, r, c]
            part = F.cross_entropy(picked.flatten(0, 1), value.clamp(max=size - 1).flatten(), reduction="none").view_as(value)
            weight = 0.5 if dr == dc == 0 else 0.5 / 8
            loss = loss + weight * (part * is_there).sum() / is_there.sum().clamp(min=1)
        start += size
    return loss


@torch.no_grad()
def read_pictures(reader, pictures, threshold=0.5):
    """Per picture a list of characters from the left: {x, y (0..1), score, one value per name in READ}."""
    logits = reader(pictures).float()
    presence = torch.sigmoid(logits[:, 0])
    peaks = (presence == F.max_pool2d(presence[:, None], 3, 1, 1)[:, 0]) & (presence > threshold)
    result = []
    for index in range(len(pictures)):
        found = []
        for row, column in peaks[index].nonzero().tolist():
            cell, start, values = logits[index, :, row, column], 1, {}
            for name, size in zip(READ, reader.sizes):
                values[name] = int(cell[start : start + size].argmax())
                start += size
            found.append({"x": (column + 0.5) / CELLS, "y": (row + 0.5) / CELLS, "score": float(presence[index, row, column]), **values})
        result.append(sorted(found, key=lambda character: character["x"]))
    return result


def compare(found, attributes, format):
    """What is right in a picture. attributes [C,A] -> counts by name: (right, asked), and leaks between characters."""
    wanted = [row for row in attributes.tolist() if row[0] != NOTHING]
    wanted.sort(key=lambda row: row[format.index("position")])
    tally = {"count": (int(len(found) == len(wanted)), 1), "position": (0, 0)}
    places = {0: (0.0, 0.44), 1: (0.30, 0.70), 2: (0.56, 1.0)}
    right = 0
    for k, row in enumerate(wanted):
        low, high = places[row[format.index("position")]]
        right += int(k < len(found) and low <= found[k]["x"] <= high)
    tally["position"] = (right, len(wanted))
    for name in READ:
        column = format.index(name)
        good = asked = leaked = 0
        for k, row in enumerate(wanted):
            if row[column] == NOTHING:
                continue
            asked += 1
            value = found[k][name] if k < len(found) else None
            good += int(value == row[column])
            others = {other[column] for j, other in enumerate(wanted) if j != k}
            leaked += int(value != row[column] and value in others)
        tally[name] = (good, asked)
        tally["leak " + name] = (leaked, asked)
    hair = format.index("hairColour")
    all_hair = len(found) >= len(wanted) and all(found[k]["hairColour"] == row[hair] for k, row in enumerate(wanted))
    tally[f"all hair of {len(wanted)}"] = (int(all_hair), 1)
    return tally
