"""Contact sheets as PNG files, without a library."""

import struct
import zlib

import torch


def save_grid(path, rows):
    """rows: tensors [N,3,H,W] in [-1,1], one row of the sheet each."""
    lines = [torch.cat(list(((row.float().clamp(-1, 1) + 1) * 127.5).round().byte().cpu()), 2) for row in rows if len(row)]
    width = max(line.shape[2] for line in lines)
    lines = [torch.nn.functional.pad(line, (0, width - line.shape[2]), value=255) for line in lines]
    image = torch.cat(lines, 1).permute(1, 2, 0).contiguous()
    write_png(path, image)


def write_png(path, image):
    """image u8 [H,W,3]."""
    height, width, _ = image.shape
    raw = torch.cat([torch.zeros(height, 1, dtype=torch.uint8), image.reshape(height, -1)], 1).numpy().tobytes()

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 6)) + chunk(b"IEND", b""))
