"""Trains text tower and transformer by flow matching while the drawing program draws.

    python train_dit.py --data FOLDER --out FOLDER --seconds 560 [--decay 200] [--workers 14] [--preset tiny]

Reads OUT/vae.NN and, to go on from an earlier stretch, OUT/generator.NN; writes the latter anew (the running mean of the
weights in fp16), OUT/sheet.png (held-out drawings above pictures made from their prompts) and OUT/generator.json (figures
and curve). Pictures are judged while training by the reader in READER.NN, from the moment on at which there is one.
A stretch warms the optimiser up anew; `--decay` lets the learning rate fall to nothing in the last seconds, for the stretch
that is meant to be the last. run.sh starts one process a GPU, each with `--workers` drawing programs and `--batch` pictures;
stretch.sh trains all parts of a model that has had a first stretch.
"""

import argparse
import contextlib
import json
import os
import time

import torch

from config import as_dict, preset
from data import NOTHING, Drawing, Pool, Prefetch, Shards, picture_tensor, record_tensors, region_weights
from flow import flow_loss, sample_times
from generator import Generator, empty_ids, generate, load_generator
from image_probe import ImageProbe
from muon import optimisers, set_lr
from parallel import Group
from pictures import save_grid
from reader import compare, read_pictures
from tensors import Ema, from_bytes, load_parts, save_parts, to_bytes
from text_probe import TextProbe
from train_reader import load_reader
from train_vae import FIRST_OF_NEXT, STEPS_BETWEEN, load_vae

CAPTION_DROPOUT = 0.1
# Lengths that captions are padded to: few, so that compiled code is reused, and close, so that little is padding.
BUCKETS = (64, 112, 144, 192)
# Steps after which processes take over the first one's weights, should rounding ever have told them apart.
STEPS_APART = 1000


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=float, default=560)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--preset", default="full")
    parser.add_argument("--workers", type=int, default=14)
    parser.add_argument("--shard", type=int, default=500)
    parser.add_argument("--first", type=int, default=1_000_000)
    parser.add_argument("--node", default="node")
    parser.add_argument("--pool", type=int, default=600_000)
    parser.add_argument("--start", type=int, default=16_000, help="pictures to wait for")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--ema", type=float, default=0.999)
    parser.add_argument("--warmup", type=int, default=300)
    parser.add_argument("--decay", type=float, default=0, help="seconds at the end in which the learning rate falls to 0")
    parser.add_argument("--shift", type=float, default=3.0)
    parser.add_argument("--low-share", type=float, default=0.25)
    parser.add_argument("--even-share", type=float, default=0.0, help="of times anywhere, for a later stretch")
    parser.add_argument("--eyes", type=float, default=2.0, help="how much more eyes count than the rest of a picture")
    parser.add_argument("--reader", help="path of the reader's training weights without .NN; OUT/reader-training where absent")
    parser.add_argument("--parts", type=int, default=4, help="a batch is sorted by length and cut into so many parts")
    parser.add_argument("--probe-weight", type=float, default=0.1)
    parser.add_argument("--image-probe-weight", type=float, default=0.05)
    parser.add_argument("--ingest-every", type=float, default=2.0, help="seconds between shards taken in while training")
    parser.add_argument("--text-seconds", type=float, default=25, help="of teaching the text tower alone, when new")
    parser.add_argument("--held-out", type=int, default=576)
    parser.add_argument("--every", type=float, default=110, help="seconds between looks at held-out prompts")
    parser.add_argument("--no-muon", action="store_true")
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args()


class Trainer:
    def __init__(self, args, group):
        device = group.device
        self.args, self.group, self.device, self.began = args, group, device, time.time()
        self.autocast = (lambda: torch.autocast("cuda", torch.bfloat16)) if device.type == "cuda" else contextlib.nullcontext
        data = os.path.join(args.data, str(group.rank))
        self.drawing = Drawing(data, args.workers, args.shard, first=args.first + group.rank * FIRST_OF_NEXT, node=args.node, held_out=args.held_out)
        self.shards = Shards(data)
        self.format = self.shards.format(self.drawing)
        self.config = preset(args.preset, self.format.tokens)
        self.vae, metadata = load_vae(os.path.join(args.out, "vae"), self.config, device)
        if metadata is None:
            raise SystemExit(f"{args.out} holds no autoencoder: run train_vae.py first")
        latent = json.loads(metadata["config"])
        self.latent_shift, self.latent_scale = latent["shift_factor"], latent["scaling_factor"]
        self.vae.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.generator, stored = load_generator(os.path.join(args.out, "generator"), self.config, device)
        self.past = json.loads(stored["training"]) if stored else {"steps": 0, "seconds": 0, "samples": 0}
        self.probe = TextProbe(self.config.text.hidden_size, self.format, self.format.blocks).to(device)
        self.image_probe = ImageProbe(self.config.dit.dim, self.format).to(device)
        self.prefetch = Prefetch(self.shards, self.format)
        self.pool = Pool(args.pool, device)
        # Also on this side, so that a batch can be sorted without asking the GPU.
        self.lengths = Pool(args.pool, "cpu")
        self.reader, self.reader_figures, self.curve = None, None, []

    def say(self, *words):
        if self.group.is_first:
            print(f"{time.time() - self.began:.0f} s:", *words, flush=True)

    @torch.no_grad()
    def encode(self, pixels):
        latents = []
        for start in range(0, len(pixels), 125):
            x = picture_tensor(torch.as_tensor(pixels[start : start + 125]).to(self.device)).contiguous(memory_format=torch.channels_last)
            with self.autocast():
                mean = self.vae.moments(x)[0]
            latents.append(((mean - self.latent_shift) * self.latent_scale).half())
        return torch.cat(latents)

    def decode(self, latents):
        with torch.no_grad(), self.autocast():
            return torch.cat([self.vae.decoder(part / self.latent_scale + self.latent_shift).float().clamp(-1, 1) for part in latents.split(32)])

    def ingest(self):
        shard = self.prefetch.get()
        if shard is not None:
            pixels, records = shard
            tensors = record_tensors(records, self.device)
            self.lengths.add({"lengths": record_tensors(records, "cpu")["lengths"]})
            self.pool.add({"latents": self.encode(pixels), **tensors})
        return shard is not None

    def parts(self, size):
        """Rows of the pool with one caption each, sorted by length and cut into parts: rows, captions, token ids."""
        count = self.args.parts
        rows = torch.randint(self.pool.size, (size,))
        which = torch.randint(self.format.captions, (size,))
        lengths = self.lengths["lengths"][rows, which]
        order = lengths.argsort()
        longest = lengths[order].view(count, -1)[:, -1].tolist()
        rows, which = rows[order].to(self.device, non_blocking=True), which[order].to(self.device, non_blocking=True)
        for rows, which, most in zip(rows.chunk(count), which.chunk(count), longest):
            length = next((bucket for bucket in BUCKETS if bucket >= most), self.format.longest)
            yield rows, which, self.pool["ids"][rows, which, :length].long()

    def prepare(self):
        """Pictures to begin with, the reader, and a text tower that knows its words."""
        held_pixels, held_records = self.shards.wait(self.format, 1, kind="held", drawing=self.drawing)
        self.held_pixels, self.held = held_pixels, record_tensors(held_records, self.device)
        while self.pool.size < self.args.start:
            self.drawing.check()
            if not self.ingest():
                time.sleep(0.05)
        self.say(self.pool.size, "pictures")
        if self.group.is_first:
            if self.past["steps"] == 0 and self.args.text_seconds > 0:
                self.teach_text()
            self.find_reader()
        for module in (self.generator, self.probe, self.image_probe):
            self.group.share(module)

    def find_reader(self):
        """Takes the reader's newest weights; it may be trained beside this. Says what it finds in drawings that went
        through the autoencoder: no picture can be judged better."""
        reader, is_there = load_reader(self.args.reader or os.path.join(self.args.out, "reader-training"), self.format, self.device)
        if not is_there:
            self.say("no reader yet: pictures are not judged")
            return
        self.reader = reader.eval()
        self.reader_figures = self.judged(self.decode(self.encode(self.held_pixels[:192]).float()))
        self.say("reader on reconstructed drawings", json.dumps(self.reader_figures))

    def judged(self, pictures):
        """Shares right in pictures of the held-out prompts, by name; nothing without a reader."""
        totals = {}
        for k, characters in enumerate(read_pictures(self.reader, pictures) if self.reader else ()):
            for name, (good, asked) in compare(characters, self.held["attributes"][k].cpu(), self.format).items():
                totals[name] = tuple(a + b for a, b in zip(totals.get(name, (0, 0)), (good, asked)))
        return {name: round(good / max(1, asked), 3) for name, (good, asked) in totals.items()}

    def teach_text(self):
        """The tower alone, before pictures: they only have to tell it what its words look like, not what they mean."""
        parameters = [*self.generator.text.named_parameters(), *self.probe.named_parameters()]
        chosen = optimisers(parameters, 1e-3, use_muon=not self.args.no_muon)
        started, step, loss = time.time(), 0, None
        limit = self.args.steps if self.args.steps else 10**9
        while time.time() - started < self.args.text_seconds and step < limit:
            set_lr(chosen, 1e-3 * min(1, (step + 1) / 100))
            losses = [self.probe(*self.generator_text(ids), ids, *self.labels(rows, which)) for rows, which, ids in self.parts(1024)]
            loss = sum(losses) / self.args.parts
            for optimiser in chosen:
                optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in parameters], 1.0)
            for optimiser in chosen:
                optimiser.step()
            step += 1
            if step % 8 == 0:
                self.ingest()
        if loss is not None:
            self.say("text tower taught", step, "steps, loss", round(loss.item(), 4))

    def generator_text(self, ids):
        with self.autocast():
            return self.generator.text(ids)

    def labels(self, rows, which, is_empty=None):
        """What captions tell of each character: attributes [B,C,A], told [B,C]. One that was taken away tells nothing."""
        told, attributes = self.pool["told"][rows, which].long(), self.pool["attributes"][rows]
        if is_empty is not None:
            attributes = torch.where(is_empty[:, None, None], torch.full_like(attributes, NOTHING), attributes)
        return attributes, told

    def losses(self, rows, which, ids):
        """Flow loss, and the probes' losses weighted, of one part of a batch."""
        z = self.pool["latents"][rows].float()
        weights = region_weights(self.pool["boxes"][rows], z.shape[-1], self.format.picture, eyes=self.args.eyes)
        is_empty = torch.rand(len(ids), device=self.device) < CAPTION_DROPOUT
        ids = torch.where(is_empty[:, None], empty_ids(ids.shape[1], self.device), ids)
        t = sample_times(len(z), self.device, self.args.shift, self.args.low_share, self.args.even_share)
        noise = torch.randn_like(z)
        x = t[:, None, None, None] * z + (1 - t[:, None, None, None]) * noise
        with self.autocast():
            states, mask, pooled = self.generator.text(ids)
            tap = []
            velocity = self.generator.dit(x, t, states, mask, pooled, tap)
        flow = flow_loss(velocity.float(), z, noise, weights).mean()
        attributes, told = self.labels(rows, which, is_empty)
        probe = flow.new_zeros(())
        if self.args.probe_weight:
            probe = probe + self.args.probe_weight * self.probe(states, mask, pooled, ids, attributes, told)
        if self.args.image_probe_weight:
            probe = probe + self.args.image_probe_weight * self.image_probe(tap[0], self.pool["boxes"][rows], attributes, told)
        return flow, probe

    def train(self):
        args, group, parts = self.args, self.group, self.args.parts
        parameters = [*self.generator.named_parameters(), *self.probe.named_parameters(), *self.image_probe.named_parameters()]
        tensors = [p for _, p in parameters]
        chosen = optimisers(parameters, args.lr, use_muon=not args.no_muon)
        if args.compile:
            self.generator.compile_blocks()
        ema = Ema(self.generator, args.ema)
        started = said = looked = taken = time.time()
        budget = args.seconds - (started - self.began) - 40
        step, left, run = 0, budget, []
        while True:
            if args.steps:
                left = args.steps - step
            elif step % STEPS_BETWEEN == 0:
                left = group.agree(budget - (time.time() - started))
            if left <= 0:
                break
            fall = min(1.0, max(0.0, left / args.decay)) if args.decay and not args.steps else 1.0
            set_lr(chosen, args.lr * min(1, (step + 1) / args.warmup) * fall)
            flow_mean, probe_mean = 0.0, 0.0
            for optimiser in chosen:
                optimiser.zero_grad(set_to_none=True)
            for rows, which, ids in self.parts(args.batch):
                flow, probe = self.losses(rows, which, ids)
                ((flow + probe) / parts).backward()
                flow_mean, probe_mean = flow_mean + flow.detach() / parts, probe_mean + probe.detach() / parts
            group.average_gradients(tensors)
            torch.nn.utils.clip_grad_norm_(tensors, 1.0)
            for optimiser in chosen:
                optimiser.step()
            ema.update()
            step += 1
            run.append((flow_mean, probe_mean))
            if step % STEPS_APART == 0:
                group.share(self.generator)
            if time.time() - taken > args.ingest_every:
                taken = time.time()
                self.ingest()
            if time.time() - said > 20 or (args.steps and step == args.steps):
                self.note(step, run, time.time() - said)
                said, run = time.time(), []
            if group.is_first and time.time() - looked > args.every:
                looked = time.time()
                self.find_reader()
                self.curve.append({"step": self.past["steps"] + step, **self.look(ema, 96, 12)[0]})
                self.save(ema, self.past["steps"] + step)
        samples = step * args.batch * group.size
        self.past = {"steps": self.past["steps"] + step, "seconds": self.past["seconds"] + time.time() - started, "samples": self.past["samples"] + samples}
        return ema

    def note(self, step, run, seconds):
        """A point of the curve: mean losses since the last one."""
        self.drawing.check()
        flow, probe = (torch.stack([torch.as_tensor(r[k]) for r in run]).mean().item() for k in (0, 1))
        point = {"step": self.past["steps"] + step, "seconds": round(time.time() - self.began), "flow": round(flow, 4), "probe": round(probe, 4), "rate": round(len(run) / seconds, 2), "pictures": self.pool.size * self.group.size}
        self.curve.append(point)
        self.say(json.dumps(point))

    def save(self, ema, steps):
        """The weights so far: what a run that is cut off leaves behind."""
        metadata = {"format": "pt", "config": json.dumps(as_dict(self.config)), "training": json.dumps({**self.past, "steps": steps})}
        save_parts(os.path.join(self.args.out, "generator"), to_bytes(ema.state(), "F16", metadata))

    def look(self, ema, count, steps):
        """Pictures from held-out prompts by the running mean, judged by the reader: shares right, and the pictures."""
        if not hasattr(self, "shadow"):
            self.shadow = Generator(self.config).to(self.device).eval().requires_grad_(False)
        self.shadow.load_state_dict(ema.state())
        count = min(count, len(self.held_pixels))
        ids = self.held["ids"][:count, 0].long()
        noise = torch.randn(count, self.config.vae.latent_channels, *[self.config.latent] * 2, generator=torch.Generator(self.device).manual_seed(1), device=self.device)
        latents = torch.cat([generate(self.shadow, part, some, self.autocast, steps) for part, some in zip(ids.split(64), noise.split(64))])
        made = self.decode(latents)
        figures = self.judged(made)
        self.say("held-out prompts", json.dumps(figures))
        return figures, made

    def finish(self, ema):
        self.find_reader()
        figures, made = self.look(ema, 576 if not self.args.steps else 8, 20 if not self.args.steps else 2)
        count = len(made)
        out = self.args.out
        self.save(ema, self.past["steps"])
        drawn = picture_tensor(torch.from_numpy(self.held_pixels[:count]))
        rows = [row for k in range(0, min(count, 32), 8) for row in (drawn[k : k + 8], made[k : k + 8].cpu())]
        save_grid(os.path.join(out, "sheet.png"), rows)
        with open(os.path.join(out, "generator.json"), "w") as file:
            json.dump({"training": self.past, "arguments": vars(self.args), "held_out": figures, "reader": self.reader_figures, "curve": self.curve}, file)


def main():
    args = arguments()
    group = Group()
    torch.manual_seed((int(time.time()) if not args.steps else 0) + group.rank)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    os.makedirs(args.out, exist_ok=True)
    trainer = Trainer(args, group)
    try:
        trainer.prepare()
        ema = trainer.train()
        if group.is_first:
            trainer.finish(ema)
    finally:
        trainer.drawing.stop()
        group.close()


if __name__ == "__main__":
    main()
