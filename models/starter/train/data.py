"""Pictures and records as they come from the drawing program, kept where the network is.

`Drawing` runs the drawing program on many cores; `Shards` reads what it writes, deletes it, and hands it over. Pools grow
while training goes on, so the GPU never waits for the last picture.
"""

import glob
import json
import os
import queue
import subprocess
import threading
import time

import numpy as np
import torch

NOTHING = 255
# Bits of `told`.
TELLS_HAIR, TELLS_EYES, TELLS_OUTFIT, TELLS_POSITION = 1, 2, 4, 8


class Format:
    """The layout of records, as the drawing program describes it."""

    def __init__(self, folder):
        with open(os.path.join(folder, "format.json")) as file:
            described = json.load(file)
        self.picture = described["picture"]
        self.tokens = described["tokens"]
        self.blocks = described["blocks"]
        self.captions = described["captions"]
        self.longest = described["longest"]
        self.record = np.dtype([(f["name"], f["type"], tuple(f["shape"])) for f in described["fields"]])
        self.attributes = [a["name"] for a in described["attributes"]]
        self.values = {a["name"]: a["values"] for a in described["attributes"]}

    def index(self, attribute):
        return self.attributes.index(attribute)


class Drawing:
    """Child processes that draw shards into a folder until they are stopped."""

    def __init__(self, folder, workers, pictures, shards=100000, first=0, node="node", held_out=0):
        here = os.path.dirname(os.path.abspath(__file__))
        script = os.path.join(here, "..", "data", "render-shards.ts")
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.children = []
        # Nice: what feeds the GPU, and what compiles its code, goes first.
        node = ["nice", "-n", "15", node]
        if held_out:
            command = [*node, script, folder, "0", "1", str(held_out), "1", "held-out"]
            self.children.append(subprocess.Popen(command))
        for worker in range(workers):
            command = [*node, script, folder, str(first + worker), str(shards), str(pictures), str(workers)]
            self.children.append(subprocess.Popen(command))

    def check(self):
        """Raises when a child has failed: a run without data would train on little and look well."""
        for child in self.children:
            if child.poll() not in (None, 0):
                raise RuntimeError(f"the drawing program ended with status {child.returncode}: {child.args}")

    def stop(self):
        for child in self.children:
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            child.wait()


class Shards:
    """Reads finished shards; each is given out once."""

    def __init__(self, folder, keep=False):
        self.folder, self.keep, self.seen = folder, keep, set()

    def format(self, drawing=None):
        while not os.path.exists(os.path.join(self.folder, "format.json")):
            if drawing is not None:
                drawing.check()
            time.sleep(0.2)
        return Format(self.folder)

    def ready(self, kind="shard"):
        return sorted(p for p in glob.glob(os.path.join(self.folder, kind + "-*.rgb")) if p not in self.seen)

    def read(self, path, format):
        """pixels u8 [N,H,W,3], records [N]."""
        self.seen.add(path)
        pixels = np.fromfile(path, np.uint8).reshape(-1, format.picture, format.picture, 3)
        records = np.fromfile(path[:-4] + ".records", format.record)
        if len(pixels) != len(records):
            raise ValueError(f"{path} holds {len(pixels)} pictures, but {len(records)} records")
        if not self.keep:
            os.remove(path)
            os.remove(path[:-4] + ".records")
        return pixels, records

    def wait(self, format, pictures, kind="shard", drawing=None):
        """At least so many pictures, as one pair of arrays."""
        pixels, records = [], []
        while sum(map(len, pixels)) < pictures:
            paths = self.ready(kind)
            if not paths:
                if drawing is not None:
                    drawing.check()
                time.sleep(0.2)
            for path in paths:
                a, b = self.read(path, format)
                pixels.append(a)
                records.append(b)
        return np.concatenate(pixels), np.concatenate(records)


class Prefetch:
    """Reads shards in a thread of its own, so that the one that feeds the GPU never waits for a disk."""

    def __init__(self, shards, format, depth=3):
        self.shards, self.format = shards, format
        self.waiting = queue.Queue(depth)
        self.error = None
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self):
        try:
            while True:
                paths = self.shards.ready()
                if not paths:
                    time.sleep(0.05)
                for path in paths:
                    pixels, records = self.shards.read(path, self.format)
                    pixels = torch.from_numpy(pixels)
                    self.waiting.put((pixels.pin_memory() if torch.cuda.is_available() else pixels, records))
        except Exception as error:
            self.error = error

    def get(self):
        """pixels u8 [N,H,W,3], records [N] of a shard that has been read; None when there is none yet."""
        if self.error is not None:
            raise self.error
        try:
            return self.waiting.get_nowait()
        except queue.Empty:
            return None


class Pool:
    """Tensors of one row a picture, on the device, filled in turn; when full, the oldest rows are replaced."""

    def __init__(self, capacity, device):
        self.capacity, self.device = capacity, device
        self.tensors, self.size, self.next = {}, 0, 0

    def add(self, rows):
        count = len(next(iter(rows.values())))
        for start in range(0, count, self.capacity):
            self._add({name: value[start : start + self.capacity] for name, value in rows.items()})

    def _add(self, rows):
        count = len(next(iter(rows.values())))
        if not self.tensors:
            for name, value in rows.items():
                self.tensors[name] = torch.empty((self.capacity, *value.shape[1:]), dtype=value.dtype, device=self.device)
        first = min(count, self.capacity - self.next)
        for name, value in rows.items():
            self.tensors[name][self.next : self.next + first] = value[:first]
            if first < count:
                self.tensors[name][: count - first] = value[first:]
        self.next = (self.next + count) % self.capacity
        self.size = min(self.capacity, self.size + count)

    def __getitem__(self, name):
        return self.tensors[name]


def record_tensors(records, device):
    """The parts of records that training uses, as tensors."""
    tensor = lambda name, dtype: torch.from_numpy(np.ascontiguousarray(records[name]).astype(dtype)).to(device)
    return {
        "attributes": tensor("attributes", np.uint8),
        "boxes": tensor("boxes", np.int16),
        "ids": tensor("ids", np.int16),
        "lengths": tensor("lengths", np.int16),
        "told": tensor("told", np.uint8),
        "characters": tensor("characters", np.uint8),
    }


def picture_tensor(pixels):
    """u8 [B,H,W,3] -> float [B,3,H,W] in [-1, 1], channels last."""
    return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def region_weights(boxes, cells, page, head=1.0, eyes=2.0):
    """Weights [B,cells,cells] that are larger on heads and eyes, with a mean of 1 a picture. boxes [B,C,4,4]."""
    b = boxes.shape[0]
    edge = torch.arange(cells, device=boxes.device, dtype=torch.float32) + 0.5
    scale = cells / page
    box = boxes.float() * scale
    weights = torch.ones(b, cells, cells, device=boxes.device)
    for region, extra in ((0, head), (1, eyes), (2, eyes)):
        x, y, w, h = box[:, :, region].unbind(-1)
        inside_x = (edge > x[..., None]) & (edge < (x + w)[..., None])
        inside_y = (edge > y[..., None]) & (edge < (y + h)[..., None])
        weights = weights + extra * (inside_y[..., :, None] & inside_x[..., None, :]).any(1).float()
    return weights / weights.mean((1, 2), keepdim=True)
