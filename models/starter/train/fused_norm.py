"""GroupNorm followed by SiLU on channels-last pictures, forward and backward as four Triton kernels.

PyTorch's own GroupNorm turns channels-last tensors round and back again, which cost half of a training step here (see
speed.py, which also checks these kernels against it). With a, b per picture and channel, y = silu(a x + b); the way back
is dx = a du + k1 x + k0, with du the gradient at a x + b.
"""

import torch
import triton
import triton.language as tl

ROWS = 128


@triton.jit
def _tile(first, pixels, channels, PADDED: tl.constexpr, ROWS: tl.constexpr):
    rows = first + tl.arange(0, ROWS)
    columns = tl.arange(0, PADDED)
    mask = (rows[:, None] < pixels) & (columns[None, :] < channels)
    return columns, rows[:, None] * channels + columns[None, :], mask


@triton.jit
def _sums(x, sums, squares, pixels, channels, PADDED: tl.constexpr, ROWS: tl.constexpr):
    picture = tl.program_id(1)
    columns, offsets, mask = _tile(tl.program_id(0) * ROWS, pixels, channels, PADDED, ROWS)
    base = picture.to(tl.int64) * pixels * channels
    value = tl.load(x + base + offsets, mask=mask, other=0.0).to(tl.float32)
    place = picture * channels + columns
    tl.atomic_add(sums + place, tl.sum(value, 0), mask=columns < channels)
    tl.atomic_add(squares + place, tl.sum(value * value, 0), mask=columns < channels)


@triton.jit
def _apply(x, y, a, b, pixels, channels, PADDED: tl.constexpr, ROWS: tl.constexpr):
    picture = tl.program_id(1)
    columns, offsets, mask = _tile(tl.program_id(0) * ROWS, pixels, channels, PADDED, ROWS)
    base = picture.to(tl.int64) * pixels * channels
    place = picture * channels + columns
    scale = tl.load(a + place, mask=columns < channels, other=0.0)
    shift = tl.load(b + place, mask=columns < channels, other=0.0)
    u = tl.load(x + base + offsets, mask=mask, other=0.0).to(tl.float32) * scale[None, :] + shift[None, :]
    tl.store(y + base + offsets, u * tl.sigmoid(u), mask=mask)


@triton.jit
def _gradient_sums(x, dy, a, b, sums, products, pixels, channels, PADDED: tl.constexpr, ROWS: tl.constexpr):
    picture = tl.program_id(1)
    columns, offsets, mask = _tile(tl.program_id(0) * ROWS, pixels, channels, PADDED, ROWS)
    base = picture.to(tl.int64) * pixels * channels
    place = picture * channels + columns
    scale = tl.load(a + place, mask=columns < channels, other=0.0)
    shift = tl.load(b + place, mask=columns < channels, other=0.0)
    value = tl.load(x + base + offsets, mask=mask, other=0.0).to(tl.float32)
    u = value * scale[None, :] + shift[None, :]
    s = tl.sigmoid(u)
    du = tl.load(dy + base + offsets, mask=mask, other=0.0).to(tl.float32) * s * (1 + u * (1 - s))
    tl.atomic_add(sums + place, tl.sum(du, 0), mask=columns < channels)
    tl.atomic_add(products + place, tl.sum(du * value, 0), mask=columns < channels)


@triton.jit
def _gradient(x, dy, dx, a, b, k1, k0, pixels, channels, PADDED: tl.constexpr, ROWS: tl.constexpr):
    picture = tl.program_id(1)
    columns, offsets, mask = _tile(tl.program_id(0) * ROWS, pixels, channels, PADDED, ROWS)
    base = picture.to(tl.int64) * pixels * channels
    place = picture * channels + columns
    is_channel = columns < channels
    scale = tl.load(a + place, mask=is_channel, other=0.0)
    shift = tl.load(b + place, mask=is_channel, other=0.0)
    slope = tl.load(k1 + place, mask=is_channel, other=0.0)
    constant = tl.load(k0 + place, mask=is_channel, other=0.0)
    value = tl.load(x + base + offsets, mask=mask, other=0.0).to(tl.float32)
    u = value * scale[None, :] + shift[None, :]
    s = tl.sigmoid(u)
    du = tl.load(dy + base + offsets, mask=mask, other=0.0).to(tl.float32) * s * (1 + u * (1 - s))
    tl.store(dx + base + offsets, scale[None, :] * du + slope[None, :] * value + constant[None, :], mask=mask)


def _grid(x):
    b, c, h, w = x.shape
    return (triton.cdiv(h * w, ROWS), b), (h * w, c), {"PADDED": triton.next_power_of_2(c), "ROWS": ROWS}


class NormSilu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, groups, eps):
        x = x.contiguous(memory_format=torch.channels_last)
        b, c, h, w = x.shape
        grid, sizes, blocks = _grid(x)
        sums = torch.zeros(2, b, c, device=x.device)
        _sums[grid](x, sums[0], sums[1], *sizes, **blocks)
        count = h * w * c // groups
        mean, square = sums.view(2, b, groups, -1).sum(-1) / count
        rstd = torch.rsqrt((square - mean * mean).clamp(min=0) + eps)
        spread = lambda value: value[:, :, None].expand(b, groups, c // groups).reshape(b, c)
        scale = spread(rstd) * weight
        shift = bias - spread(mean) * scale
        y = torch.empty_like(x)
        _apply[grid](x, y, scale, shift, *sizes, **blocks)
        ctx.save_for_backward(x, weight, scale, shift, mean, rstd)
        ctx.groups = groups
        return y

    @staticmethod
    def backward(ctx, dy):
        x, weight, scale, shift, mean, rstd = ctx.saved_tensors
        b, c, h, w = x.shape
        groups, per = ctx.groups, c // ctx.groups
        dy = dy.contiguous(memory_format=torch.channels_last)
        grid, sizes, blocks = _grid(x)
        sums = torch.zeros(2, b, c, device=x.device)
        _gradient_sums[grid](x, dy, scale, shift, sums[0], sums[1], *sizes, **blocks)
        total, product = sums.view(2, b, groups, per)
        # Sum of du times the normalised x, per picture and channel.
        normal = (product - mean[..., None] * total) * rstd[..., None]
        by_group = weight.view(1, groups, per)
        count = h * w * per
        mean_du = (by_group * total).sum(-1) / count
        mean_normal = (by_group * normal).sum(-1) / count
        k1 = -rstd * rstd * mean_normal
        k0 = -rstd * mean_du - k1 * mean
        spread = lambda value: value[:, :, None].expand(b, groups, per).reshape(b, c)
        dx = torch.empty_like(x)
        _gradient[grid](x, dy, dx, scale, shift, spread(k1), spread(k0), *sizes, **blocks)
        return dx, normal.sum(0).reshape(c), total.sum(0).reshape(c), None, None


def fused_norm_silu(x, norm):
    return NormSilu.apply(x, norm.weight, norm.bias, norm.num_groups, norm.eps)
