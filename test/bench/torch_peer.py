"""The same work in PyTorch, for comparison: the whole Next-DiT of NewBie-image-Exp0.1 with guidance and Euler steps.

    python3 test/bench/torch_peer.py --variants eager-fp32,compile-flash [--weights FILE.safetensors] [--steps N]

Module names are those of the published checkpoint, so a checkpoint (random weights of the true shapes will do) loads by
name. What depends on the prompt alone (caption refiner, rotary tables) is given, as it is in Tachie's step.
Prints one JSON object a variant: median milliseconds a step (both passes of guidance, and the update), seconds to the
first whole picture from the start of loading, peak device memory.
"""
import argparse
import contextlib
import json
import mmap
import statistics
import struct
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

DIM, HEADS, KV_HEADS, HEAD_DIM, FFN = 2304, 24, 8, 96, 9216
LAYERS, REFINERS, CHANNELS, PATCH, TIME_DIM, POOLED = 36, 2, 16, 2, 1024, 1024
GRID, TEXT_TOKENS, GUIDANCE = 64, 256, 5.0


class RMSNorm(nn.Module):
    def __init__(self, width, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.weight, self.eps)


def rotate(x, cos, sin):
    a, b = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, is_plain):
        super().__init__()
        self.is_plain = is_plain
        self.qkv = nn.Linear(DIM, (HEADS + 2 * KV_HEADS) * HEAD_DIM, bias=False)
        self.out = nn.Linear(HEADS * HEAD_DIM, DIM, bias=False)
        self.q_norm, self.k_norm = RMSNorm(HEAD_DIM), RMSNorm(HEAD_DIM)

    def forward(self, x, cos, sin):
        batch, tokens, _ = x.shape
        q, k, v = self.qkv(x).split([HEADS * HEAD_DIM, KV_HEADS * HEAD_DIM, KV_HEADS * HEAD_DIM], -1)
        q = rotate(self.q_norm(q.view(batch, tokens, HEADS, HEAD_DIM)), cos, sin).transpose(1, 2)
        k = rotate(self.k_norm(k.view(batch, tokens, KV_HEADS, HEAD_DIM)), cos, sin).transpose(1, 2)
        v = v.view(batch, tokens, KV_HEADS, HEAD_DIM).transpose(1, 2)
        k, v = (t.repeat_interleave(HEADS // KV_HEADS, 1) for t in (k, v))
        if self.is_plain:
            mixed = torch.softmax(q @ k.transpose(-1, -2) * HEAD_DIM**-0.5, -1) @ v
        else:
            mixed = F.scaled_dot_product_attention(q, k, v)
        return self.out(mixed.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1, self.w3 = nn.Linear(DIM, FFN, bias=False), nn.Linear(DIM, FFN, bias=False)
        self.w2 = nn.Linear(FFN, DIM, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Block(nn.Module):
    def __init__(self, is_plain):
        super().__init__()
        self.attention, self.feed_forward = Attention(is_plain), FeedForward()
        self.attention_norm1, self.attention_norm2, self.ffn_norm1, self.ffn_norm2 = (RMSNorm(DIM) for _ in range(4))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(TIME_DIM, 4 * DIM))

    def forward(self, x, condition, cos, sin):
        scale1, gate1, scale2, gate2 = self.adaLN_modulation(condition).unsqueeze(1).chunk(4, -1)
        attended = self.attention(self.attention_norm1(x) * (1 + scale1), cos, sin)
        x = x + gate1.tanh() * self.attention_norm2(attended)
        return x + gate2.tanh() * self.ffn_norm2(self.feed_forward(self.ffn_norm1(x) * (1 + scale2)))


class TimeEmbedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, TIME_DIM), nn.SiLU(), nn.Linear(TIME_DIM, TIME_DIM))

    def forward(self, t):
        frequencies = 10_000 ** (-torch.arange(128, device=t.device, dtype=torch.float32) / 128)
        angles = t[:, None].float() * frequencies
        return self.mlp(torch.cat((angles.cos(), angles.sin()), -1).to(self.mlp[0].weight.dtype))


class FinalLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(DIM, PATCH * PATCH * CHANNELS)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(TIME_DIM, DIM))

    def forward(self, x, condition):
        scale = self.adaLN_modulation(condition).unsqueeze(1)
        return self.linear(F.layer_norm(x, (DIM,), eps=1e-6) * (1 + scale))


class NextDit(nn.Module):
    """One evaluation: latent f32 [B, 16, H, W], t [B], caption [B, L, DIM] (refined), pooled [B, 1024] -> velocity."""

    def __init__(self, is_plain, layers=LAYERS):
        super().__init__()
        self.x_embedder = nn.Linear(PATCH * PATCH * CHANNELS, DIM)
        self.t_embedder = TimeEmbedder()
        self.time_text_embed = nn.Sequential(nn.SiLU(), nn.Linear(TIME_DIM + POOLED, TIME_DIM))
        self.noise_refiner = nn.ModuleList([Block(is_plain) for _ in range(REFINERS)])
        self.layers = nn.ModuleList([Block(is_plain) for _ in range(layers)])
        self.final_layer = FinalLayer()

    def forward(self, latent, t, caption, pooled, cos, sin):
        text = caption.shape[1]
        condition = self.time_text_embed(torch.cat((self.t_embedder(t), pooled), -1))
        x = self.x_embedder(patches(latent).to(caption.dtype))
        for block in self.noise_refiner:
            x = block(x, condition, cos[text:], sin[text:])
        x = torch.cat((caption, x), 1)
        for block in self.layers:
            x = block(x, condition, cos, sin)
        return unpatch(self.final_layer(x[:, text:], condition).float(), latent.shape)


def patches(latent):
    batch, channels, height, width = latent.shape
    cut = latent.view(batch, channels, height // PATCH, PATCH, width // PATCH, PATCH)
    return cut.permute(0, 2, 4, 3, 5, 1).reshape(batch, -1, PATCH * PATCH * channels)


def unpatch(tokens, shape):
    batch, channels, height, width = shape
    cut = tokens.view(batch, height // PATCH, width // PATCH, PATCH, PATCH, channels)
    return cut.permute(0, 5, 1, 3, 2, 4).reshape(shape)


def rotary_tables(text):
    """[text + GRID², 1, HEAD_DIM / 2] cos and sin: position, row and column turn a third of a head each."""
    position = torch.cat((torch.arange(text), torch.full((GRID * GRID,), text)))
    row = torch.cat((torch.zeros(text, dtype=torch.long), torch.arange(GRID).repeat_interleave(GRID)))
    column = torch.cat((torch.zeros(text, dtype=torch.long), torch.arange(GRID).repeat(GRID)))
    width = HEAD_DIM // 3
    frequencies = 10_000 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.cat([axis[:, None].double() * frequencies for axis in (position, row, column)], -1).float()
    return angles.cos().unsqueeze(1).cuda(), angles.sin().unsqueeze(1).cuda()


def load(model, file, dtype):
    """Copies a checkpoint's tensors to the device by name."""
    with open(file, "rb") as handle:
        view = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_COPY)
    length = struct.unpack("<Q", view[:8])[0]
    header = json.loads(view[8 : 8 + length])
    state = {}
    for name, _ in model.named_parameters():
        entry = header[name]
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        stored = {"BF16": torch.bfloat16, "F32": torch.float32}[entry["dtype"]]
        source = torch.frombuffer(view, dtype=stored, count=(end - begin) // stored.itemsize, offset=begin)
        state[name] = source.view(entry["shape"]).to("cuda").to(dtype)
    model.load_state_dict(state, assign=True)


VARIANTS = {
    # name: dtype, plain attention, compile mode, attention kernel, both passes as one batch
    "eager-fp32": (torch.float32, True, None, None, False),
    "eager-bf16": (torch.bfloat16, True, None, None, False),
    "eager-bf16-flash": (torch.bfloat16, False, None, None, False),
    "compile-flash": (torch.bfloat16, False, "reduce-overhead", SDPBackend.FLASH_ATTENTION, False),
    "compile-cudnn": (torch.bfloat16, False, "reduce-overhead", SDPBackend.CUDNN_ATTENTION, False),
    "compile-cudnn-batched": (torch.bfloat16, False, "reduce-overhead", SDPBackend.CUDNN_ATTENTION, True),
    "compile-flash-batched": (torch.bfloat16, False, "reduce-overhead", SDPBackend.FLASH_ATTENTION, True),
    "max-autotune-cudnn": (torch.bfloat16, False, "max-autotune", SDPBackend.CUDNN_ATTENTION, False),
    "max-autotune-cudnn-batched": (torch.bfloat16, False, "max-autotune", SDPBackend.CUDNN_ATTENTION, True),
}


@torch.inference_mode()
def measure(name, weights, steps, layers):
    dtype, is_plain, mode, backend, is_batched = VARIANTS[name]
    torch._dynamo.reset()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    with torch.device("meta"):
        model = NextDit(is_plain, layers).eval().requires_grad_(False)
    if weights is None:
        model = model.to_empty(device="cuda").to(dtype)
        for parameter in model.parameters():
            parameter.data.normal_(std=0.02)
    else:
        load(model, weights, dtype)
    run = torch.compile(model, mode=mode, fullgraph=True, dynamic=False) if mode else model
    prompts = []
    # Batched, the short text is padded to the long one's length, and without a mask: the cheapest form there is.
    for text in [TEXT_TOKENS, TEXT_TOKENS if is_batched else 1]:
        cos, sin = rotary_tables(text)
        caption = torch.randn(1, text, DIM, device="cuda", dtype=dtype)
        prompts.append((caption, torch.randn(1, POOLED, device="cuda", dtype=dtype), cos, sin))
    if is_batched:
        both = tuple(torch.cat((a, b)) for a, b in zip(prompts[0][:2], prompts[1][:2]))
        prompts = [(*both, *prompts[0][2:])]
    times = torch.linspace(0, 1, steps + 1).tolist()

    def picture():
        latent = torch.randn(1, CHANNELS, PATCH * GRID, PATCH * GRID, device="cuda")
        step_ms = []
        for t0, t1 in zip(times, times[1:]):
            begun = time.perf_counter()
            batch = 2 if is_batched else 1
            t = torch.full((batch,), t0, device="cuda")
            x = latent.expand(batch, -1, -1, -1).contiguous()
            passes = []
            for caption, pooled, cos, sin in prompts:
                if mode:
                    torch.compiler.cudagraph_mark_step_begin()
                # A graph's output is overwritten by its next run.
                passes.append(run(x, t, caption, pooled, cos, sin).clone())
            conditional, unconditional = passes[0].split(1) if is_batched else passes
            latent = latent + (t1 - t0) * (unconditional + GUIDANCE * (conditional - unconditional))
            torch.cuda.synchronize()
            step_ms.append(1000 * (time.perf_counter() - begun))
        return step_ms

    with sdpa_kernel(backend) if backend else contextlib.nullcontext():
        picture()
        first = time.perf_counter() - started
        picture()
        step_ms = picture()
    return {
        "variant": name,
        **({} if layers == LAYERS else {"layers": layers}),
        "stepMs": round(statistics.median(step_ms), 2),
        "spreadMs": round(max(step_ms) - min(step_ms), 2),
        "pictureS": round(sum(step_ms) / 1000, 3),
        "firstPictureS": round(first, 1),
        "peakGB": round(torch.cuda.max_memory_allocated() / 1e9, 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--weights")
    parser.add_argument("--steps", type=int, default=28)
    parser.add_argument("--layers", type=int, default=LAYERS, help="fewer, to tell quickly which variant is the fastest")
    options = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = False
    print(json.dumps({"torch": torch.__version__, "gpu": torch.cuda.get_device_name(), "cuda": torch.version.cuda}))
    for name in options.variants.split(","):
        try:
            steps = 3 if "fp32" in name else options.steps
            print(json.dumps(measure(name, options.weights, steps, options.layers)), flush=True)
        except Exception as error:  # one variant that PyTorch refuses does not spare the others
            print(json.dumps({"variant": name, "error": f"{type(error).__name__}: {error}"[:300]}), flush=True)


if __name__ == "__main__":
    main()
