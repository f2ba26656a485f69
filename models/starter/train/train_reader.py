"""Trains the attribute reader on drawings that are made worse on purpose, as generated pictures are.

    python train_reader.py --data FOLDER --out FOLDER --seconds 240 [--workers 14] [--steps N]

Blur, noise, shifted colours and small changes of size stand for what an autoencoder and a diffusion model do to a picture;
half of the pictures also go through the real autoencoder (OUT/vae.NN), with noise on their latents. Goes on from
OUT/reader-training.NN where it is there; writes it anew, and OUT/reader.safetensors, which evaluate/ reads.
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
from reader import Reader, compare, reader_loss, read_pictures
from tensors import from_bytes, load_parts, save_parts, to_bytes
from train_vae import load_vae

# Noise on latents, relative to their spread, up to which the reader must still read.
LATENT_NOISE = 0.2


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


def train(reader, batches, seconds, format, device, lr=2e-3, log=print, steps=None):
    """batches() -> pictures [-1,1], tensors."""
    optimiser = torch.optim.AdamW(reader.parameters(), lr=lr, weight_decay=0.02)
    started, step = time.time(), 0
    while (steps is None and time.time() - started < seconds) or (steps is not None and step < steps):
        share = step / steps if steps is not None else (time.time() - started) / seconds
        for group in optimiser.param_groups:
            group["lr"] = lr * min(1, (step + 1) / 50) * max(0.02, 1 - share)
        x, tensors = batches()
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = reader(worsen(x))
        loss = reader_loss(logits.float(), reader.sizes, tensors["attributes"], tensors["boxes"], format, format.picture)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        step += 1
        if step % 100 == 0:
            log(f"reader step {step} {time.time() - started:.0f} s loss {loss.item():.4f}", flush=True)
    return step


def load_reader(path, format, device):
    """The reader from PATH.NN, and whether there was one."""
    reader = Reader(format).to(device)
    stored = load_parts(path)
    if stored is not None:
        reader.load_state_dict(from_bytes(stored)[0])
    return reader, stored is not None


def reconstructed(vae, x, spread, autocast):
    """Pictures as a diffusion model would give them: decoded from latents that are a little off."""
    with torch.no_grad(), autocast():
        z = vae.moments(x)[0]
        z = z + torch.rand(len(z), 1, 1, 1, device=z.device) * LATENT_NOISE * spread * torch.randn_like(z)
        return vae.decoder(z).float().clamp(-1, 1)


def main():
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
    parser.add_argument("--start", type=int, default=8_000, help="pictures to wait for")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--held-out", type=int, default=576)
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    autocast = (lambda: torch.autocast("cuda", torch.bfloat16)) if device.type == "cuda" else contextlib.nullcontext
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    drawing = Drawing(args.data, args.workers, args.shard, first=args.first, node=args.node, held_out=args.held_out)
    try:
        run(args, device, autocast, drawing)
    finally:
        drawing.stop()


def run(args, device, autocast, drawing):
    began = time.time()
    shards = Shards(args.data)
    format = shards.format(drawing)
    vae, metadata = load_vae(os.path.join(args.out, "vae"), preset(args.preset), device)
    if metadata is None:
        raise SystemExit(f"{args.out} holds no autoencoder: run train_vae.py first")
    spread = 1 / json.loads(metadata["config"])["scaling_factor"]
    vae.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    held, held_records = shards.wait(format, 1, kind="held", drawing=drawing)
    held_tensors = record_tensors(held_records, device)
    pool, prefetch = Pool(args.pool, device), Prefetch(shards, format)

    def ingest():
        shard = prefetch.get()
        if shard is not None:
            tensors = record_tensors(shard[1], device)
            pool.add({"pixels": shard[0], "attributes": tensors["attributes"], "boxes": tensors["boxes"]})
        return shard is not None

    while pool.size < args.start:
        drawing.check()
        if not ingest():
            time.sleep(0.05)
    path = os.path.join(args.out, "reader-training")
    reader, is_resumed = load_reader(path, format, device)
    print(f"{time.time() - began:.0f} s: {pool.size} pictures, {'resumed' if is_resumed else 'new'}", flush=True)
    calls = 0

    def batches():
        nonlocal calls
        calls += 1
        if calls % 8 == 0:
            ingest()
        rows = torch.randint(pool.size, (args.batch,), device=device)
        x = picture_tensor(pool["pixels"][rows]).contiguous(memory_format=torch.channels_last)
        half = args.batch // 2
        x = torch.cat([x[:half], reconstructed(vae, x[half:], spread, autocast)])
        return x, {name: pool[name][rows] for name in ("attributes", "boxes")}

    budget = args.seconds - (time.time() - began) - 25
    steps = train(reader, batches, budget, format, device, steps=args.steps)
    figures = {
        "drawings": evaluate(reader, held, held_tensors, format, device),
        "reconstructed": evaluate(reader, held, held_tensors, format, device, lambda x: reconstructed(vae, x, 0.0, autocast)),
    }
    print(f"{steps} steps; held out", json.dumps(figures), flush=True)
    save_parts(path, to_bytes(reader.state_dict(), "F32"))
    with open(os.path.join(args.out, "reader.safetensors"), "wb") as file:
        file.write(to_bytes(reader.eval().folded(), "F16", {"format": "pt", "sizes": reader.sizes}))
    with open(os.path.join(args.out, "reader.json"), "w") as file:
        json.dump({"steps": steps, "seconds": time.time() - began, "held_out": figures}, file)


if __name__ == "__main__":
    main()
