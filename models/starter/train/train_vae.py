"""Trains the autoencoder while the drawing program draws.

    python train_vae.py --data FOLDER --out FOLDER --seconds 500 [--workers 14] [--preset tiny] [--steps N]

run.sh starts one process a GPU, each with `--workers` drawing programs and `--batch` pictures.
Resumes from OUT/vae.NN when it is there (optimiser warmed up anew). Writes OUT/vae.NN (fp16, with the latent's shift and
scale in the metadata), OUT/vae.png (held-out drawings above their reconstructions) and OUT/vae.json (figures, curve).
"""

import argparse
import contextlib
import json
import math
import os
import time

import torch
import torch.nn.functional as F

from config import as_dict, preset
from data import Drawing, Pool, Prefetch, Shards, picture_tensor, record_tensors, region_weights
from losses import kl, psnr, reconstruction
from parallel import Group
from pictures import save_grid
from tensors import Ema, from_bytes, load_parts, save_parts, to_bytes
from vae import Vae

KL_WEIGHT = 2e-4
# Share of steps in which the latent is halved in size and must decode to the halved picture: latents whose scale means
# something are learned faster by a diffusion model (equivariance regularisation).
HALVED_SHARE = 0.25
# Noise on the latents, relative to their spread: the decoder must forgive what a diffusion model gets slightly wrong.
LATENT_NOISE = 0.15
# How much more the decoder alone is asked for heads and eyes: at 256 x 256 the eyes of a trio are ten pixels wide, and
# their colour is what gets lost first.
HEAD_WEIGHT, EYE_WEIGHT, WEIGHT_CELLS = 0.5, 4.0, 128
# Seconds between two states of a decoder that are kept.
SAVE_EVERY = 60
# Shards between the first ones of two processes.
FIRST_OF_NEXT = 100_000
# Steps between two agreements on the time.
STEPS_BETWEEN = 8


def load_vae(path, config, device):
    """The autoencoder from PATH.NN with its shift and scale; an untrained one and None where there is none."""
    vae = Vae(config.vae).to(device)
    data = load_parts(path)
    if data is None:
        return vae, None
    tensors, metadata = from_bytes(data)
    vae.load_state_dict(tensors)
    return vae, metadata


@torch.no_grad()
def latent_statistics(vae, pixels, device, autocast):
    means = []
    for start in range(0, len(pixels), 64):
        with autocast():
            means.append(vae.moments(picture_tensor(pixels[start : start + 64].to(device)))[0])
    z = torch.cat(means)
    return z.mean().item(), z.std().item()


@torch.no_grad()
def evaluate(vae, pixels, device, autocast):
    """Decibels over held-out drawings, and the first pictures with their reconstructions."""
    values, first = [], None
    for start in range(0, len(pixels), 32):
        x = picture_tensor(pixels[start : start + 32].to(device))
        with autocast():
            y = vae.decoder(vae.moments(x)[0]).float()
        values.append(psnr(y, x).item() * len(x))
        first = (x, y) if first is None else first
    return sum(values) / len(pixels), first


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=float, default=500)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--preset", default="full")
    parser.add_argument("--workers", type=int, default=14)
    parser.add_argument("--shard", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--node", default="node")
    parser.add_argument("--pool", type=int, default=160_000)
    parser.add_argument("--start", type=int, default=8_000, help="pictures to wait for")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--crop", type=int, default=0, help="train on crops of this size for the first 60 percent")
    parser.add_argument("--lr", type=float, default=1.2e-3)
    parser.add_argument("--decoder-only", action="store_true", help="leave latents as they are, so that a transformer trained on them stays right")
    parser.add_argument("--held-out", type=int, default=192)
    args = parser.parse_args()
    began = time.time()
    group = Group()
    device = group.device
    torch.manual_seed(group.rank)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    autocast = (lambda: torch.autocast("cuda", torch.bfloat16)) if device.type == "cuda" else contextlib.nullcontext
    os.makedirs(args.out, exist_ok=True)
    config = preset(args.preset)
    data = os.path.join(args.data, str(group.rank))
    first = args.first + group.rank * FIRST_OF_NEXT
    drawing = Drawing(data, args.workers, args.shard, first=first, node=args.node, held_out=args.held_out if group.is_first else 0)
    try:
        run(args, config, group, autocast, drawing, Shards(data), began)
    finally:
        drawing.stop()
        group.close()


def run(args, config, group, autocast, drawing, shards, began):
    device = group.device
    format = shards.format(drawing)
    vae, metadata = load_vae(os.path.join(args.out, "vae"), config, device)
    vae.to(memory_format=torch.channels_last)
    if args.decoder_only:
        if metadata is None:
            raise SystemExit(f"{args.out} holds no autoencoder whose decoder could be trained")
        vae.encoder.requires_grad_(False)
    group.share(vae)
    say = lambda text: print(text, flush=True) if group.is_first else None
    say(f"autoencoder {sum(p.numel() for p in vae.parameters()) / 1e6:.2f} M, {'resumed' if metadata else 'new'}, {group.size} processes")
    pool = Pool(args.pool, device)
    held = torch.from_numpy(shards.wait(format, 1, kind="held", drawing=drawing)[0]) if group.is_first else None
    prefetch = Prefetch(shards, format)

    def ingest():
        shard = prefetch.get()
        if shard is not None:
            pool.add({"pixels": shard[0], "boxes": record_tensors(shard[1], device)["boxes"]})
        return shard is not None

    while pool.size < args.start:
        drawing.check()
        if not ingest():
            time.sleep(0.05)
    say(f"{time.time() - began:.0f} s: {pool.size} pictures, training begins")
    optimiser = torch.optim.AdamW([p for p in vae.parameters() if p.requires_grad], lr=args.lr, betas=(0.9, 0.99), weight_decay=1e-4, **({"fused": True} if device.type == "cuda" else {}))
    ema = Ema(vae, 0.995 if args.decoder_only else 0.998)

    def save(shift, spread):
        described = {**as_dict(config)["vae"], "shift_factor": shift, "scaling_factor": 1 / spread}
        weights = {**vae.state_dict(), **ema.state()}
        save_parts(os.path.join(args.out, "vae"), to_bytes(weights, "F16", {"format": "pt", "config": json.dumps(described)}))

    if args.decoder_only:
        stored = json.loads(metadata["config"])
        kept = stored["shift_factor"], 1 / stored["scaling_factor"]
        halved_share = 0.0
    else:
        kept, halved_share = None, HALVED_SHARE
    if args.decoder_only and group.is_first:
        say(f"held-out {evaluate(vae.eval(), held, device, autocast)[0]:.2f} dB before")
        vae.train()
    # The same in every process: a step takes as long as its slowest one.
    coin = torch.Generator().manual_seed(0)
    started, step, said, saved, curve, share = time.time(), 0, time.time(), time.time(), [], 0.0
    # The last seconds belong to evaluation and writing.
    budget = args.seconds - (started - began) - 25
    while True:
        if args.steps:
            share = step / args.steps
        elif step % STEPS_BETWEEN == 0:
            share = group.agree((time.time() - started) / budget)
        if share >= 1:
            break
        for parameters in optimiser.param_groups:
            parameters["lr"] = args.lr * min(1, (step + 1) / 200) * max(0.02, 0.5 * (1 + math.cos(math.pi * share)))
        if step % 4 == 0:
            ingest()
        size = args.crop if args.crop and share < 0.6 else format.picture
        batch = args.batch * (format.picture // size) ** 2
        rows = torch.randint(pool.size, (batch,), device=device)
        x = pool["pixels"][rows]
        if size < format.picture:
            top, left = torch.randint((format.picture - size) // 8 + 1, (2,)).mul(8).tolist()
            x = x[:, top : top + size, left : left + size]
        x = picture_tensor(x).contiguous(memory_format=torch.channels_last)
        with autocast():
            mean, log_variance = vae.encoder(x).chunk(2, 1)
            mean, log_variance = mean.float(), log_variance.float().clamp(-20, 4)
            # A transformer was trained on the means, and a decoder for it is.
            z = mean if args.decoder_only else mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            z = z + torch.rand(len(z), 1, 1, 1, device=device) * LATENT_NOISE * z.detach().std() * torch.randn_like(z)
            is_halved = torch.rand((), generator=coin).item() < halved_share
            y = vae.decoder(F.avg_pool2d(z, 2) if is_halved else z)
        if args.decoder_only and size == format.picture:
            weights = region_weights(pool["boxes"][rows], WEIGHT_CELLS, size, HEAD_WEIGHT, EYE_WEIGHT)[:, None]
            loss = reconstruction(y.float(), x, F.interpolate(weights, scale_factor=size // WEIGHT_CELLS))
        else:
            loss = reconstruction(y.float(), F.avg_pool2d(x, 2) if is_halved else x) + KL_WEIGHT * kl(mean, log_variance)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        group.average_gradients(vae.parameters())
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimiser.step()
        ema.update()
        step += 1
        if kept and group.is_first and time.time() - saved > SAVE_EVERY:
            saved = time.time()
            save(*kept)
        if time.time() - said > 15 and not is_halved:
            said = time.time()
            point = {"step": step, "seconds": round(said - began), "loss": round(loss.item(), 4), "psnr": round(psnr(y.float(), x).item(), 2), "std": round(mean.std().item(), 3), "pictures": pool.size}
            curve.append(point)
            say(json.dumps({**point, "rate": round(step / (said - started), 2)}))
    if not group.is_first:
        return
    vae.load_state_dict(ema.state())
    vae.eval()
    quality, (x, y) = evaluate(vae, held, device, autocast)
    shift, spread = latent_statistics(vae, held, device, autocast)
    if kept:
        shift, spread = kept
    say(f"{step} steps in {time.time() - started:.0f} s; held-out {quality:.2f} dB, latents {shift:.3f} ± {spread:.3f}")
    save(shift, spread)
    save_grid(os.path.join(args.out, "vae.png"), [x[:8], y[:8], x[8:16], y[8:16]])
    with open(os.path.join(args.out, "vae.json"), "w") as file:
        json.dump({"held_out_psnr": quality, "steps": step, "seconds": time.time() - began, "batch": args.batch, "curve": curve}, file)


if __name__ == "__main__":
    main()
