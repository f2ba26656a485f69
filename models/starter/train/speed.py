"""How fast a training step is, by variant, on random data: to choose sizes before an hour on a GPU is spent.

    python speed.py [check] [vae] [dit] [--profile]
"""

import argparse
import contextlib
import time
from dataclasses import replace

import torch

from config import FULL
from fused_norm import fused_norm_silu
from generator import Generator
from losses import kl, reconstruction
from muon import optimisers
from vae import Vae

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast():
    return torch.autocast("cuda", torch.bfloat16) if DEVICE.type == "cuda" else contextlib.nullcontext()


def timed(name, step, seconds=3.0, profile=False):
    """Prints milliseconds of the first step (with compilation) and the mean of those after it."""
    synchronise = torch.cuda.synchronize if DEVICE.type == "cuda" else lambda: None
    began = time.time()
    step()
    synchronise()
    first = time.time() - began
    for _ in range(3):
        step()
    synchronise()
    began, count = time.time(), 0
    while time.time() - began < seconds:
        step()
        synchronise()
        count += 1
    each = (time.time() - began) / count
    memory = torch.cuda.max_memory_allocated() / 2**30 if DEVICE.type == "cuda" else 0
    print(f"{name}: {each * 1000:.1f} ms a step, the first {first:.1f} s, {memory:.1f} GiB", flush=True)
    if profile:
        from torch.profiler import ProfilerActivity, profile as profiler

        with profiler(activities=[ProfilerActivity.CUDA, ProfilerActivity.CPU]) as record:
            step()
            synchronise()
        print(record.key_averages().table(sort_by="self_cuda_time_total", row_limit=22, max_name_column_width=90), flush=True)
    if DEVICE.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def vae_step(config, batch, channels_last=True, is_halved=False, side=256):
    layout = torch.channels_last if channels_last else torch.contiguous_format
    vae = Vae(config).to(DEVICE, memory_format=layout)
    optimiser = torch.optim.AdamW(vae.parameters(), lr=1e-3, fused=DEVICE.type == "cuda")
    x = torch.rand(batch, 3, side, side, device=DEVICE).mul(2).sub(1).contiguous(memory_format=layout)

    def step():
        with autocast():
            mean, log_variance = vae.encoder(x).chunk(2, 1)
            mean, log_variance = mean.float(), log_variance.float().clamp(-20, 4)
            z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            y = vae.decoder(z)
        loss = reconstruction(y.float(), x) + 2e-4 * kl(mean, log_variance)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimiser.step()

    return step


def dit_step(config, batch, parts, lengths, compiled):
    generator = Generator(config).to(DEVICE)
    if compiled:
        generator.compile_blocks()
    chosen = optimisers(list(generator.named_parameters()), 1e-4)
    side = config.latent
    z = torch.randn(batch // parts, 16, side, side, device=DEVICE)
    t = torch.rand(batch // parts, device=DEVICE)
    ids = [torch.randint(4, 500, (batch // parts, length), device=DEVICE) for length in lengths]

    def step():
        for optimiser in chosen:
            optimiser.zero_grad(set_to_none=True)
        for k in range(parts):
            with autocast():
                states, mask, pooled = generator.text(ids[k % len(ids)])
                y = generator.dit(z, t, states, mask, pooled)
            ((y.float() - z).pow(2).mean() / parts).backward()
        torch.nn.utils.clip_grad_norm_(generator.parameters(), 1.0)
        for optimiser in chosen:
            optimiser.step()

    return step


def check_norm():
    """The fused norm against PyTorch's, values and gradients. @raise AssertionError beyond rounding"""
    for channels, groups, side in ((48, 16, 37), (64, 16, 32), (128, 16, 16)):
        norm = torch.nn.GroupNorm(groups, channels, eps=1e-6).to(DEVICE)
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
        x = (torch.randn(3, channels, side, side, device=DEVICE) * 2 + 1).contiguous(memory_format=torch.channels_last).requires_grad_()
        dy = torch.randn_like(x)
        results = []
        for function in (lambda: torch.nn.functional.silu(norm(x)), lambda: fused_norm_silu(x, norm)):
            x.grad = norm.weight.grad = norm.bias.grad = None
            y = function()
            y.backward(dy)
            results.append((y.detach(), x.grad.clone(), norm.weight.grad.clone(), norm.bias.grad.clone()))
        errors = [((a - b).norm() / a.norm()).item() for a, b in zip(*results)]
        print(f"fused norm, {channels} channels: relative errors {errors}", flush=True)
        assert max(errors) < 1e-4


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", default=["check", "vae", "dit"])
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--dit-batch", type=int, default=512)
    args = parser.parse_args()
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    if "check" in args.what:
        check_norm()
    if "vae" in args.what:
        timed("vae", vae_step(FULL.vae, args.batch), profile=args.profile)
    if "dit" in args.what:
        lengths = (64, 112)
        timed("dit, 2 parts, compiled", dit_step(FULL, args.dit_batch, 2, lengths, True), profile=args.profile)
        # Masks rule the flash kernel out; what the others make of them differs by GPU and version.
        torch.backends.cuda.enable_mem_efficient_sdp(False)
        timed("dit, 2 parts, compiled, cuDNN attention", dit_step(FULL, args.dit_batch, 2, lengths, True))
        torch.backends.cuda.enable_mem_efficient_sdp(True)
        timed("dit, 2 parts", dit_step(FULL, args.dit_batch, 2, lengths, False))


if __name__ == "__main__":
    main()
