"""The attribute reader: small convolutional networks that find the characters of a picture and say what they look like.

It judges generated pictures, so it sees pixels only, never prompts. It reads in two steps, because eyes are a few pixels
of a picture and a third of a face: the *finder* looks at the picture at half size and gives, on a grid of 16 x 16 cells,
how likely the middle of a head lies there, where exactly, and how wide the head is; the *judge* looks at two cuts of the
picture around each head found, the face and the figure, always of the same size in heads. Batch norms are folded into
the convolutions at export; evaluate/reader.ts runs the same networks.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from data import NOTHING

CELLS = 16
# What is read per character. "closed" is told by the eye colour's extra class.
READ = ("hairColour", "eyeColour", "outfitColour", "gender", "expression", "outfit", "hairStyle")
# Channels in and out, stride and dilation of each 3 x 3 convolution; equal shapes are residual.
FINDER = ((3, 16, 2, 1), (16, 32, 2, 1), (32, 32, 1, 1), (32, 64, 2, 1), (64, 64, 1, 1), (64, 64, 1, 2), (64, 64, 1, 3), (64, 64, 1, 1))
JUDGE = ((3, 24, 2, 1), (24, 48, 2, 1), (48, 48, 1, 1), (48, 96, 2, 1), (96, 96, 1, 1), (96, 96, 1, 1), (96, 96, 2, 1))
SEEN, HIDDEN = 32, 192
# Cuts are sampled at twice the size that the judge looks at and then averaged, so that fine lines do not alias.
CUT = 128
# Side of a cut and how far its middle lies below the head's, in widths of the head.
CUTS = {"face": (1.3, 0.02), "figure": (3.2, 0.75)}


class Convolutions(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(i, o, 3, stride=s, padding=d, dilation=d, bias=False) for i, o, s, d in layers])
        self.norms = nn.ModuleList([nn.BatchNorm2d(o) for _, o, _, _ in layers])

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            y = F.relu(norm(conv(x)))
            x = x + y if x.shape == y.shape else y
        return x

    def folded(self):
        """name -> tensor, with each batch norm inside its convolution."""
        tensors = {}
        for k, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            tensors[f"convs.{k}.weight"] = conv.weight * scale[:, None, None, None]
            tensors[f"convs.{k}.bias"] = norm.bias - norm.running_mean * scale
        return tensors


class Finder(nn.Module):
    """x [B,3,256,256] in [-1,1] -> [B,4,16,16]: logit of a head's middle, its offset from the cell's middle in cells
    (to the right, down), logarithm of the head's width as a share of the picture's."""

    def __init__(self):
        super().__init__()
        self.body = Convolutions(FINDER)
        self.out = nn.Conv2d(FINDER[-1][1], 4, 1)

    def forward(self, x):
        return self.out(self.body(F.avg_pool2d(x, 2)))


class Judge(nn.Module):
    """face, figure [N,3,128,128] in [-1,1] -> logits [N, sum of sizes], attribute after attribute."""

    def __init__(self, outputs):
        super().__init__()
        self.face, self.figure = Convolutions(JUDGE), Convolutions(JUDGE)
        self.face_seen, self.figure_seen = nn.Conv2d(JUDGE[-1][1], SEEN, 1), nn.Conv2d(JUDGE[-1][1], SEEN, 1)
        self.hidden = nn.Linear(2 * SEEN * 16, HIDDEN)
        self.answers = nn.Linear(HIDDEN, outputs)

    def forward(self, face, figure):
        face = F.relu(self.face_seen(self.face(F.avg_pool2d(face, 2))))
        figure = F.relu(self.figure_seen(self.figure(F.avg_pool2d(figure, 2))))
        hidden = F.relu(self.hidden(torch.cat([face.flatten(1), figure.flatten(1)], 1)))
        return self.answers(F.dropout(hidden, 0.1, self.training))


class Reader(nn.Module):
    def __init__(self, format):
        super().__init__()
        self.sizes = [len(format.values[name]) + (1 if name == "eyeColour" else 0) for name in READ]
        self.finder, self.judge = Finder(), Judge(sum(self.sizes))

    def folded(self):
        """name -> tensor of the network without batch norms."""
        tensors = {name: value for name, value in self.state_dict().items() if ".convs." not in name and ".norms." not in name}
        for name, module in self.named_modules():
            if isinstance(module, Convolutions):
                tensors.update({f"{name}.{key}": value for key, value in module.folded().items()})
        return tensors


def cuts(pictures, index, x, y, width):
    """The face and the figure of each head, [N,3,128,128] each: bilinear samples, 0 beyond the picture's edge.

    pictures [B,3,H,H]; index [N] says whose head it is; x, y, width [N] as shares of the picture's side."""
    steps = (torch.arange(CUT, device=pictures.device, dtype=torch.float32) + 0.5) / CUT - 0.5
    result = []
    for side, below in CUTS.values():
        across = x[:, None] + steps * side * width[:, None]
        down = (y + below * width)[:, None] + steps * side * width[:, None]
        grid = torch.stack([across[:, None, :].expand(-1, CUT, -1), down[:, :, None].expand(-1, -1, CUT)], -1) * 2 - 1
        result.append(F.grid_sample(pictures[index], grid.type_as(pictures), mode="bilinear", padding_mode="zeros", align_corners=False))
    return result


def heads_of(boxes, page):
    """Middle and width of each head as shares of the page's side. boxes [B,C,4,4] -> three of [B,C]."""
    head = boxes[:, :, 0].float() / page
    return head[..., 0] + head[..., 2] / 2, head[..., 1] + head[..., 3] / 2, head[..., 2]


def finder_loss(out, x, y, width, is_there):
    """out [B,4,16,16]; the others [B,C]."""
    column, row = (x * CELLS).floor().clamp(0, CELLS - 1).long(), (y * CELLS).floor().clamp(0, CELLS - 1).long()
    batch = torch.arange(len(out), device=out.device)[:, None].expand_as(row)
    target = torch.zeros_like(out[:, 0])
    target[batch[is_there], row[is_there], column[is_there]] = 1.0
    # Neighbours of a middle are neither wanted nor wrong.
    near = F.max_pool2d(target[:, None], 3, 1, 1)[:, 0]
    counts = (near == 0) | (target == 1)
    presence = F.binary_cross_entropy_with_logits(out[:, 0], target, reduction="none")
    loss = (presence * counts * (1 + 20 * target)).sum() / counts.sum()
    # Place and width are asked for in the cells around as well: one of them may be the peak.
    heads = is_there.sum().clamp(min=1) * 9
    for dr in (-1, 0, 1):
        for dc in (-1, 0, 1):
            r, c = (row + dr).clamp(0, CELLS - 1), (column + dc).clamp(0, CELLS - 1)
            picked = out[batch, 1:, r, c]
            wanted = torch.stack([x * CELLS - c - 0.5, y * CELLS - r - 0.5, width.clamp(min=1e-3).log()], -1)
            error = F.smooth_l1_loss(picked, wanted, beta=0.1, reduction="none").sum(-1)
            loss = loss + (error * is_there).sum() / heads
    return loss


def judge_loss(logits, sizes, attributes, format):
    """Mean cross entropy, one attribute after the other, added. logits [N,sum of sizes], attributes [N,A]."""
    loss, start = 0.0, 0
    for name, size in zip(READ, sizes):
        value = attributes[:, format.index(name)].long()
        # Only eyes can have nothing to see; that is their last class.
        value = torch.where(value == NOTHING, torch.full_like(value, size - 1), value)
        loss = loss + F.cross_entropy(logits[:, start : start + size], value)
        start += size
    return loss


def reader_loss(reader, x, attributes, boxes, format, cast):
    """attributes [B,C,A] with NOTHING where there is no character; cast() is the networks' autocast."""
    is_there = attributes[:, :, format.index("position")] != NOTHING
    middle_x, middle_y, width = heads_of(boxes, format.picture)
    with cast():
        found = reader.finder(x)
    loss = finder_loss(found.float(), middle_x, middle_y, width, is_there)
    index = is_there.nonzero()[:, 0]
    middle_x, middle_y, width = middle_x[is_there], middle_y[is_there], width[is_there]
    # As far off as the finder may be.
    off = lambda share: torch.randn_like(width) * share
    views = cuts(x, index, middle_x + width * off(0.05), middle_y + width * off(0.05), width * off(0.08).exp())
    with cast():
        logits = reader.judge(*views)
    return loss + judge_loss(logits.float(), reader.sizes, attributes[is_there], format)


@torch.no_grad()
def read_pictures(reader, pictures, threshold=0.5):
    """Per picture a list of characters from the left: {x, y, width (0..1), score, one value per name in READ}."""
    out = reader.finder(pictures).float()
    presence = torch.sigmoid(out[:, 0])
    peaks = (presence == F.max_pool2d(presence[:, None], 3, 1, 1)[:, 0]) & (presence > threshold)
    index, row, column = peaks.nonzero().unbind(1)
    result = [[] for _ in pictures]
    if len(index) == 0:
        return result
    right, down, width = out[index, 1:, row, column].unbind(1)
    x, y, width = (column + 0.5 + right) / CELLS, (row + 0.5 + down) / CELLS, width.exp()
    logits = reader.judge(*cuts(pictures, index, x, y, width)).float().split(reader.sizes, 1)
    values = torch.stack([part.argmax(1) for part in logits], 1).tolist()
    for k, (picture, *head) in enumerate(torch.stack([index, x, y, width, presence[index, row, column]], 1).tolist()):
        result[int(picture)].append({**dict(zip(("x", "y", "width", "score"), head)), **dict(zip(READ, values[k]))})
    return [sorted(found, key=lambda character: character["x"]) for found in result]


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
