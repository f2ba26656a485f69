"""Trains the attribute reader on drawings that are made worse on purpose, as generated pictures are.

    python train_reader.py DATA OUT SECONDS [--vae WEIGHTS]

Blur, noise, shifted colours and small changes of size stand for what a VAE and a diffusion model do to a picture; with
--vae half of the pictures go through the real autoencoder as well.
"""

import argparse
import time

import torch
import torch.nn.functional as F

from data import Format, Shards, picture_tensor, record_tensors
from reader import Reader, compare, reader_loss, read_pictures
from tensors import to_bytes


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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int)
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    format = Format(args.data)
    shards = Shards(args.data, keep=True)
    pixels, records = shards.wait(format, 1)
    held, held_records = shards.wait(format, 1, kind="held")
    tensors, held_tensors = record_tensors(records, device), record_tensors(held_records, device)
    reader = Reader(format).to(device)
    print("reader parameters", sum(p.numel() for p in reader.parameters()), "pictures", len(pixels), flush=True)

    def batches():
        i = torch.randint(len(pixels), (args.batch,))
        j = i.to(device)
        return picture_tensor(torch.from_numpy(pixels[i.numpy()]).to(device)), {k: v[j] for k, v in tensors.items()}

    train(reader, batches, args.seconds, format, device, steps=args.steps)
    print("held-out drawings", evaluate(reader, held, held_tensors, format, device), flush=True)
    torch.manual_seed(1)
    print("held-out, worsened", evaluate(reader, held, held_tensors, format, device, worsen), flush=True)
    with open(args.out, "wb") as file:
        file.write(to_bytes(reader.eval().folded(), "F16", {"format": "pt", "sizes": reader.sizes}))


if __name__ == "__main__":
    main()
