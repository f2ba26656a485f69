"""Trains the attribute reader on drawings that are made worse on purpose, as generated pictures are.

    python train_reader.py --data FOLDER --out FOLDER --seconds 240 [--workers 14] [--steps N]

Blur, noise, shifted colours and small changes of size stand for what an autoencoder and a diffusion model do to a picture;
half of a batch also went through the real autoencoder (OUT/vae.NN), with noise on its latents. That is done once a picture
and kept, because it costs more than a step. Goes on from OUT/reader-training.NN where it is there; writes it anew every
minute and at the end, and then OUT/reader.safetensors, which evaluate/ reads, and OUT/reader.json (figures).
"""

import argparse
import contextlib
import json
import os
import time

import torch
import torch.nn.functional as F

from config import preset
from data import Drawing, Pool, Prefetch, Shards, picture_tensor, record_tensors
from reader import Reader, compare, read_pictures, reader_loss
from tensors import from_bytes, load_parts, save_parts, to_bytes
from train_vae import load_vae

# Noise on latents, relative to their spread, up to which the reader must still read.
LATENT_NOISE = 0.2
# Share of the time that goes into the autoencoder, and pictures at a time.
SHARE_OF_DECODING = 0.35
DECODED_AT_ONCE = 64
SECONDS_BETWEEN_SAVES = 60
SECONDS_BETWEEN_LINES = 20


def worsen(x, strength=1.0):
    """Pictures [B,3,H,W] with random blur, noise and colour shifts, each picture its own."""
    b, _, h, w = x.shape
    device = x.device
    uniform = lambda low, high: torch.rand(b, 1, 1, 1, device=device) * (high - low) + low
    small = F.interpolate(F.interpolate(x, scale_factor=0.5, mode="area"), size=(h, w), mode="bilinear", align_corners=False)
    smaller = F.interpolate(F.interpolate(x, scale_factor=0.25, mode="area"), size=(h, w), mode="bilinear", align_corners=False)
    blur = uniform(0, 1) * (torch.rand(b, 1, 1, 1, device=device) < 0.6)
    strong = torch.rand(b, 1, 1, 1, device=device) < 0.25
    x = x + strength * blur * (torch.where(strong, smaller, small) - x)
    x = x * uniform(1 - 0.12 * strength, 1 + 0.12 * strength) + uniform(-0.08, 0.08) * strength
    x = x + torch.randn(b, 3, 1, 1, device=device) * 0.03 * strength
    return (x + torch.randn_like(x) * uniform(0, 0.12) * strength * (torch.rand(b, 1, 1, 1, device=device) < 0.5)).clamp(-1, 1)


def evaluate(reader, pixels, tensors, format, device, change=None):
    """Shares right over held-out drawings, by name."""
    reader.eval()
    totals = {}
    for start in range(0, len(pixels), 64):
        x = picture_tensor(torch.from_numpy(pixels[start : start + 64]).to(device))
        found = read_pictures(reader, x if change is None else change(x))
        for k, characters in enumerate(found):
            for name, (good, asked) in compare(characters, tensors["attributes"][start + k].cpu(), format).items():
                g, a = totals.get(name, (0, 0))
                totals[name] = (g + good, a + asked)
    reader.train()
    return {name: round(good / max(1, asked), 4) for name, (good, asked) in totals.items()}


def load_reader(path, format, device):
    """The reader from PATH.NN, and whether there was one."""
    reader = Reader(format).to(device)
    stored = load_parts(path)
    if stored is not None:
        reader.load_state_dict(from_bytes(stored)[0])
    return reader, stored is not None


@torch.no_grad()
def reconstructed(vae, x, spread, autocast):
    """Pictures as a diffusion model would give them: decoded from latents that are a little off."""
    with autocast():
        z = vae.moments(x)[0]
        z = z + torch.rand(len(z), 1, 1, 1, device=z.device) * LATENT_NOISE * spread * torch.randn_like(z)
        return vae.decoder(z).float().clamp(-1, 1)


class Pictures:
    """Drawings as they come, and what the autoencoder makes of some of them."""

    def __init__(self, args, vae, spread, shards, format, device, autocast):
        self.args, self.vae, self.spread, self.format, self.device, self.autocast = args, vae, spread, format, device, autocast
        self.drawn, self.decoded = Pool(args.pool, device), Pool(args.pool // 2, device)
        self.prefetch = Prefetch(shards, format)
        self.decoding = 0.0

    def ingest(self):
        shard = self.prefetch.get()
        if shard is not None:
            tensors = record_tensors(shard[1], self.device)
            self.drawn.add({"pixels": shard[0], "attributes": tensors["attributes"], "boxes": tensors["boxes"]})
        return shard is not None

    def decode_some(self):
        began = time.time()
        rows = torch.randint(self.drawn.size, (DECODED_AT_ONCE,), device=self.device)
        x = picture_tensor(self.drawn["pixels"][rows]).contiguous(memory_format=torch.channels_last)
        y = reconstructed(self.vae, x, self.spread, self.autocast)
        pixels = y.add(1).mul(127.5).round().byte().permute(0, 2, 3, 1)
        self.decoded.add({"pixels": pixels, "attributes": self.drawn["attributes"][rows], "boxes": self.drawn["boxes"][rows]})
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        self.decoding += time.time() - began

    def batch(self, size):
        """pictures [size,3,256,256] in [-1,1], attributes, boxes: half drawn, half decoded."""
        parts = []
        for pool, count in ((self.drawn, size - size // 2), (self.decoded, size // 2)):
            rows = torch.randint(pool.size, (count,), device=self.device)
            parts.append([pool[name][rows] for name in ("pixels", "attributes", "boxes")])
        pixels, attributes, boxes = (torch.cat(pair) for pair in zip(*parts))
        return picture_tensor(pixels).contiguous(memory_format=torch.channels_last), attributes, boxes


def train(reader, pictures, args, budget, say):
    """Steps until `budget` seconds have gone by, or args.steps. Returns how many there were."""
    optimiser = torch.optim.AdamW(reader.parameters(), lr=args.lr, weight_decay=0.02)
    started = said = saved = time.time()
    step, losses = 0, []
    while True:
        now = time.time()
        share = step / args.steps if args.steps else (now - started) / budget
        if share >= 1:
            return step
        for group in optimiser.param_groups:
            group["lr"] = args.lr * min(1, (step + 1) / 100) * max(0.01, 1 - share)
        if step % 4 == 0:
            pictures.ingest()
        if pictures.decoding < SHARE_OF_DECODING * (now - started):
            pictures.decode_some()
        x, attributes, boxes = pictures.batch(args.batch)
        loss = reader_loss(reader, worsen(x), attributes, boxes, pictures.format, pictures.autocast)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 5.0)
        optimiser.step()
        losses.append(loss.detach())
        step += 1
        if now - said > SECONDS_BETWEEN_LINES:
            point = {"step": step, "loss": round(torch.stack(losses).mean().item(), 4), "rate": round(len(losses) / (now - said), 2)}
            say(json.dumps({**point, "pictures": pictures.drawn.size, "decoded": pictures.decoded.size}))
            said, losses = now, []
        if now - saved > SECONDS_BETWEEN_SAVES:
            saved = now
            save_parts(os.path.join(args.out, "reader-training"), to_bytes(reader.state_dict(), "F32"))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--preset", default="full")
    parser.add_argument("--workers", type=int, default=14)
    parser.add_argument("--shard", type=int, default=500)
    parser.add_argument("--first", type=int, default=3_000_000)
    parser.add_argument("--node", default="node")
    parser.add_argument("--pool", type=int, default=60_000)
    parser.add_argument("--start", type=int, default=4_000, help="pictures to wait for")
    parser.add_argument("--batch", type=int, default=192)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--held-out", type=int, default=576)
    return parser.parse_args()


def main():
    args = arguments()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    autocast = (lambda: torch.autocast("cuda", torch.bfloat16)) if device.type == "cuda" else contextlib.nullcontext
    torch.manual_seed(int(time.time()) if not args.steps else 0)
    torch.backends.cudnn.benchmark = True
    os.makedirs(args.out, exist_ok=True)
    drawing = Drawing(args.data, args.workers, args.shard, first=args.first, node=args.node, held_out=args.held_out)
    try:
        run(args, device, autocast, drawing)
    finally:
        drawing.stop()


def run(args, device, autocast, drawing):
    began = time.time()
    say = lambda *words: print(f"{time.time() - began:.0f} s:", *words, flush=True)
    shards = Shards(args.data)
    format = shards.format(drawing)
    vae, metadata = load_vae(os.path.join(args.out, "vae"), preset(args.preset), device)
    if metadata is None:
        raise SystemExit(f"{args.out} holds no autoencoder: run train_vae.py first")
    spread = 1 / json.loads(metadata["config"])["scaling_factor"]
    vae.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    held, held_records = shards.wait(format, 1, kind="held", drawing=drawing)
    held_tensors = record_tensors(held_records, device)
    pictures = Pictures(args, vae, spread, shards, format, device, autocast)
    while pictures.drawn.size < args.start:
        drawing.check()
        if not pictures.ingest():
            time.sleep(0.05)
    pictures.decode_some()
    path = os.path.join(args.out, "reader-training")
    reader, is_resumed = load_reader(path, format, device)
    say(pictures.drawn.size, "pictures,", f"{sum(p.numel() for p in reader.parameters()) / 1e6:.2f} M,", "resumed" if is_resumed else "new")
    steps = train(reader, pictures, args, args.seconds - (time.time() - began) - 15, say)
    drawing.check()
    save_parts(path, to_bytes(reader.state_dict(), "F32"))
    with open(os.path.join(args.out, "reader.safetensors"), "wb") as file:
        file.write(to_bytes(reader.eval().folded(), "F16", {"format": "pt", "sizes": reader.sizes}))
    figures = {
        "drawings": evaluate(reader, held, held_tensors, format, device),
        "reconstructed": evaluate(reader, held, held_tensors, format, device, lambda x: reconstructed(vae, x, 0.0, autocast)),
    }
    say(f"{steps} steps; held out", json.dumps(figures))
    with open(os.path.join(args.out, "reader.json"), "w") as file:
        json.dump({"steps": steps, "seconds": time.time() - began, "held_out": figures}, file)


if __name__ == "__main__":
    main()
