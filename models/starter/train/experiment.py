"""Does a way of training bind colours to characters? In minutes, on a CPU, without an autoencoder.

    python experiment.py DATA --steps 600 [--no-muon] [--no-probe] [--shift 1 --low-share 0 --mean -0.4]

Pictures are averaged to 32 x 32 and folded to 16 x 16 x 12. What is measured is what the network believes before it sees
anything: from pure noise and a prompt, is the hair of a character nearer to its own colour than to the other one's
(duets), and which of the thirteen colours is it nearest to (all)?
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F

from config import preset
from data import NOTHING, Format, Shards, record_tensors, region_weights
from flow import flow_loss, sample_times
from generator import Generator, empty_ids
from image_probe import ImageProbe
from muon import optimisers, set_lr
from text_probe import TextProbe

SIDE = 16
CHANNELS = 12


def fold(pixels):
    """u8 [N,H,W,3] -> [N,12,16,16], mean and spread about 0 and 1."""
    x = F.avg_pool2d(torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1), 8)
    return F.pixel_unshuffle(x, 2) * 1.6


def hair_colours(latents, boxes, page):
    """Mean colour of the upper part of each head: [B,C,3]."""
    x = F.pixel_shuffle(latents / 1.6, 2)
    b, _, h, w = x.shape
    scale = w / page
    edge = torch.arange(w) + 0.5
    box = boxes[:, :, 0].float() * scale
    left, top, width, height = box.unbind(-1)
    inside_x = (edge > (left + width * 0.2)[..., None]) & (edge < (left + width * 0.8)[..., None])
    inside_y = (edge > (top + height * 0.1)[..., None]) & (edge < (top + height * 0.36)[..., None])
    mask = (inside_y[..., :, None] & inside_x[..., None, :]).float()
    total = torch.einsum("bchw,bkhw->bkc", x, mask)
    return total / mask.sum((2, 3)).clamp(min=1)[..., None]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--shift", type=float, default=3.0)
    parser.add_argument("--low-share", type=float, default=0.25)
    parser.add_argument("--no-muon", action="store_true")
    parser.add_argument("--no-probe", action="store_true")
    parser.add_argument("--image-probe", type=float, default=0.05, help="weight of the probe in the picture's tokens")
    parser.add_argument("--text-steps", type=int, default=150)
    parser.add_argument("--preset", default="small")
    parser.add_argument("--every", type=int, default=50)
    args = parser.parse_args()
    torch.manual_seed(0)
    format = Format(args.data)
    shards = Shards(args.data, keep=True)
    folded = lambda kind: [(fold(p), record_tensors(r, "cpu")) for p, r in (shards.read(path, format) for path in shards.ready(kind))]
    join = lambda parts: (torch.cat([z for z, _ in parts]), {k: torch.cat([t[k] for _, t in parts]) for k in parts[0][1]})
    latents, tensors = join(folded("shard"))
    held, held_tensors = join(folded("held"))
    generator = Generator(preset(args.preset, format.tokens), CHANNELS)
    probe = TextProbe(generator.text.config.hidden_size, format, format.blocks)
    print(f"{len(latents)} pictures, {sum(p.numel() for p in generator.parameters()) / 1e6:.2f} M parameters", flush=True)
    image_probe = ImageProbe(generator.dit.config.dim, format)
    hair = format.index("hairColour")
    # The colours as they are drawn, shine and shadow included: means over the training pictures.
    seen = hair_colours(latents[:2000], tensors["boxes"][:2000], format.picture)
    values = tensors["attributes"][:2000, :, hair].long()
    table = torch.stack([seen[values == k].mean(0) for k in range(len(format.values["hairColour"]))])

    def batch(size):
        rows = torch.randint(len(latents), (size,))
        which = torch.randint(format.captions, (size,))
        lengths = tensors["lengths"][rows, which]
        return rows, which, tensors["ids"][rows, which, : int(lengths.max())].long()

    def probe_loss(text, ids, rows, which):
        return probe(*text, ids, tensors["attributes"][rows], tensors["told"][rows, which].long())

    @torch.no_grad()
    def look():
        generator.eval()
        noise = torch.randn(len(held), CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(5))
        ids = held_tensors["ids"][:, 0].long()
        believed = []
        for part, some in zip(ids.split(64), noise.split(64)):
            believed.append(some + generator(some, torch.zeros(len(some)), part[:, : int((part != 1).sum(1).max())]))
        colours = hair_colours(torch.cat(believed), held_tensors["boxes"], format.picture)
        wanted = held_tensors["attributes"][:, :, hair].long()
        told = (held_tensors["told"][:, 0] & 1) > 0
        right = {}
        for count in (1, 2, 3):
            chosen = (held_tensors["characters"] == count)[:, None] & (wanted != NOTHING) & told
            distance = (colours[:, :, None] - table).norm(dim=-1)
            right[f"nearest of {count}"] = round((distance.argmin(-1) == wanted)[chosen].float().mean().item(), 3)
        duets = (held_tensors["characters"] == 2) & (wanted[:, 0] != wanted[:, 1]) & told[:, :2].all(1)
        own, other = table[wanted[duets][:, :2]], table[wanted[duets][:, :2].flip(1)]
        mine = colours[duets][:, :2]
        right["own rather than the other's"] = round(((mine - own).norm(dim=-1) < (mine - other).norm(dim=-1)).float().mean().item(), 3)
        generator.train()
        return right

    everything = [*generator.named_parameters(), *probe.named_parameters(), *image_probe.named_parameters()]
    if not args.no_probe:
        chosen = optimisers([*generator.text.named_parameters(), *probe.named_parameters()], 1e-3, use_muon=not args.no_muon)
        for step in range(args.text_steps):
            set_lr(chosen, 1e-3 * min(1, (step + 1) / 30))
            rows, which, ids = batch(128)
            loss = probe_loss(generator.text(ids), ids, rows, which)
            for optimiser in chosen:
                optimiser.zero_grad(set_to_none=True)
            loss.backward()
            for optimiser in chosen:
                optimiser.step()
        print("text", round(loss.item(), 3), flush=True)
    chosen = optimisers(everything, args.lr, use_muon=not args.no_muon)
    began, flows = time.time(), []
    for step in range(1, args.steps + 1):
        set_lr(chosen, args.lr * min(1, step / 50))
        rows, which, ids = batch(args.batch)
        is_empty = torch.rand(len(ids)) < 0.1
        given = torch.where(is_empty[:, None], empty_ids(ids.shape[1], ids.device), ids)
        z = latents[rows]
        t = sample_times(len(z), z.device, args.shift, args.low_share)
        noise = torch.randn_like(z)
        x = t[:, None, None, None] * z + (1 - t[:, None, None, None]) * noise
        text = generator.text(given)
        tap = []
        velocity = generator.dit(x, t, *text, tap)
        flow = flow_loss(velocity, z, noise, region_weights(tensors["boxes"][rows], SIDE, format.picture)).mean()
        loss = flow if args.no_probe else flow + 0.1 * probe_loss(text, given, rows, which)
        if args.image_probe:
            told = torch.where(is_empty[:, None], 0, tensors["told"][rows, which].long())
            attributes = torch.where(is_empty[:, None, None], NOTHING, tensors["attributes"][rows].long())
            loss = loss + args.image_probe * image_probe(tap[0], tensors["boxes"][rows], attributes, told)
        for optimiser in chosen:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in everything], 1.0)
        for optimiser in chosen:
            optimiser.step()
        flows.append(flow.item())
        if step % args.every == 0:
            print(json.dumps({"step": step, "seconds": round(time.time() - began), "flow": round(sum(flows) / len(flows), 4), **look()}), flush=True)
            flows = []


if __name__ == "__main__":
    main()
