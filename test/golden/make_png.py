"""Makes png.json: PNG files of every kind of colour, depth, filter and interlacing, with the samples that are in
them. Written with struct and zlib alone, so that it shares nothing with what it tests. Run it beside the file:

    python make_png.py
"""

import base64
import json
import random
import struct
import zlib

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
rng = random.Random(1)


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def filtered(line, above, kind, step):
    out = bytearray([kind])
    for i, x in enumerate(line):
        a = line[i - step] if i >= step else 0
        b = above[i]
        c = above[i - step] if i >= step else 0
        out.append((x - [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]) % 256)
    return bytes(out)


def packed(samples, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", s) for s in samples)
    bits = "".join(format(s, f"0{depth}b") for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def png(width, height, depth, color, samples, interlaced=False, extra=(), parts=1):
    n = SAMPLES[color]
    pixel = lambda x, y: samples[(y * width + x) * n : (y * width + x + 1) * n]
    raw = b""
    step = max(1, depth * n // 8)
    for x0, y0, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        columns = range(x0, width, dx)
        above = None
        for row, y in enumerate(range(y0, height, dy)):
            if not columns:
                break
            line = packed([s for x in columns for s in pixel(x, y)], depth)
            raw += filtered(line, above or bytes(len(line)), row % 5, step)
            above = line
    data = zlib.compress(raw)
    cut = [data[len(data) * i // parts : len(data) * (i + 1) // parts] for i in range(parts)]
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + b"".join(chunk(k, d) for k, d in extra)
        + b"".join(chunk(b"IDAT", c) for c in cut)
        + chunk(b"IEND", b"")
    )


def expected(depth, color, samples, palette=None, key=None, alpha=None):
    if color == 3:
        out = []
        for s in samples:
            out += palette[s]
            if alpha is not None:
                out.append(alpha[s] if s < len(alpha) else 255)
        return (4 if alpha is not None else 3), out
    n = SAMPLES[color]
    scale = 255 // (2**depth - 1) if depth < 8 else 1
    if key is None:
        return n, [s * scale for s in samples]
    out = []
    for i in range(0, len(samples), n):
        p = samples[i : i + n]
        out += [s * scale for s in p] + [0 if p == key else (65535 if depth == 16 else 255)]
    return n + 1, out


cases = []


def case(name, width, height, depth, color, interlaced=False, palette=None, key=False, alpha=None, parts=1, extra=()):
    most = min(2**depth, len(palette)) if palette else 2**depth
    samples = [rng.randrange(most) for _ in range(width * height * SAMPLES[color])]
    chunks = list(extra)
    if palette:
        chunks.append((b"PLTE", bytes(x for c in palette for x in c)))
    wanted = samples[: SAMPLES[color]] if key else None
    if key:
        chunks.append((b"tRNS", b"".join(struct.pack(">H", s) for s in wanted)))
    if alpha is not None:
        chunks.append((b"tRNS", bytes(alpha)))
    channels, data = expected(depth, color, samples, palette, wanted, alpha)
    file = png(width, height, depth, color, samples, interlaced, chunks, parts)
    cases.append(
        {
            "name": name,
            "png": base64.b64encode(file).decode(),
            "width": width,
            "height": height,
            "channels": channels,
            "depth": 16 if depth == 16 else 8,
            "data": base64.b64encode(struct.pack(f"<{len(data)}{'H' if depth == 16 else 'B'}", *data)).decode(),
        }
    )


colours = [[rng.randrange(256) for _ in range(3)] for _ in range(256)]
for color, depths in {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}.items():
    for depth in depths:
        for interlaced in [False, True]:
            palette = colours[: 2**depth] if color == 3 else None
            name = f"colour {color}, {depth} bits{', interlaced' if interlaced else ''}"
            case(name, 11, 9, depth, color, interlaced, palette)
for depth in [1, 2, 4, 8, 16]:
    case(f"grey of {depth} bits with a transparent one", 7, 3, depth, 0, key=True)
for depth in [8, 16]:
    case(f"RGB of {depth} bits with a transparent colour", 5, 4, depth, 2, key=True)
case("palette with alpha for some", 6, 6, 4, 3, palette=colours[:16], alpha=[0, 128, 7])
case("a palette shorter than its bits allow", 6, 6, 8, 3, palette=colours[:5])
case("data in several chunks", 12, 12, 8, 2, parts=7)
case("one pixel", 1, 1, 8, 0)
case("one pixel, interlaced", 1, 1, 8, 6, interlaced=True)
case("narrow and interlaced", 1, 13, 2, 0, interlaced=True)
case("wide and interlaced", 13, 1, 8, 2, interlaced=True)
case("with text and gamma", 4, 4, 8, 0, extra=[(b"gAMA", struct.pack(">I", 45455)), (b"tEXt", b"Title\0a picture")])

animated = png(
    4, 4, 8, 0, [i * 16 for i in range(16)],
    extra=[(b"acTL", struct.pack(">II", 3, 0)), (b"fcTL", struct.pack(">IIIIIHHBB", 0, 4, 4, 0, 0, 1, 10, 0, 0))],
)
with open("png.json", "w") as f:
    json.dump({"cases": cases, "animated": base64.b64encode(animated).decode()}, f)
    f.write("\n")
