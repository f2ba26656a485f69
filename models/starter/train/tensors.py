"""safetensors files without a library, weights in parts small enough to travel, and the best weights of a run (EMA)."""

import glob
import json
import os
import struct

import numpy as np
import torch

DTYPES = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32}
# What comes back from a rented machine is limited to 16 MiB a file.
PART_BYTES = 15_500_000


def to_bytes(tensors, dtype="F16", metadata=None):
    """A safetensors file's bytes; keys in alphabetical order, data aligned to 8 bytes as the format wants."""
    header, blobs, offset = {}, [], 0
    if metadata:
        header["__metadata__"] = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    for name in sorted(tensors):
        tensor = tensors[name].detach().to("cpu", DTYPES[dtype]).contiguous()
        if not torch.isfinite(tensor.float()).all():
            raise ValueError(f"{name} holds values that {dtype} cannot")
        # numpy knows no bfloat16: the bits travel as whole numbers.
        blob = (tensor.view(torch.int16) if tensor.element_size() == 2 else tensor).numpy().tobytes()
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *blobs])


def from_bytes(data):
    """tensors (float32), metadata."""
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    body, tensors = memoryview(data)[8 + length :], {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        kind = DTYPES[entry["dtype"]]
        bits = np.frombuffer(body[start:end], np.int32 if kind == torch.float32 else np.int16).copy()
        tensors[name] = torch.from_numpy(bits).view(kind).view(entry["shape"]).float()
    return tensors, metadata


def save_parts(path, data):
    """path.00, path.01, …; older parts of the same name go, but not before the new ones are whole."""
    parts = [f"{path}.{index // PART_BYTES:02d}" for index in range(0, len(data), PART_BYTES)]
    for index, part in enumerate(parts):
        with open(part + ".new", "wb") as file:
            file.write(data[index * PART_BYTES : (index + 1) * PART_BYTES])
    for part in parts:
        os.replace(part + ".new", part)
    for old in set(glob.glob(path + ".[0-9][0-9]")) - set(parts):
        os.remove(old)


def load_parts(path):
    """The bytes, or None where there are none."""
    paths = sorted(glob.glob(path + ".[0-9][0-9]"))
    if not paths:
        return None
    parts = []
    for part in paths:
        with open(part, "rb") as file:
            parts.append(file.read())
    return b"".join(parts)


class Ema:
    """A running mean of a module's parameters, which samples better than the last step's."""

    def __init__(self, module, decay):
        self.decay, self.steps = decay, 0
        self.names = [name for name, _ in module.named_parameters()]
        self.live = [p for _, p in module.named_parameters()]
        self.mean = [p.detach().clone().float() for p in self.live]

    @torch.no_grad()
    def update(self):
        self.steps += 1
        # Young means follow quickly, so a resumed run is not held back by its start.
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_mul_(self.mean, decay)
        torch._foreach_add_(self.mean, [p.detach().float() for p in self.live], alpha=1 - decay)

    def state(self):
        return dict(zip(self.names, self.mean))
