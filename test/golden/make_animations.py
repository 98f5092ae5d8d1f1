"""Makes animations.json: animated GIF and PNG files as Pillow writes them, with the pictures that they show. Pillow keeps of
each frame only the part that changes, and with each way of disposal another one. Run it beside the file, with Pillow 12.3:

    python make_animations.py
"""

import base64
import io
import json
import random

from PIL import Image, ImageSequence

rng = random.Random(5)
W, H, N = 12, 9, 5


def pictures(colours, alphas, mode="RGBA"):
    """A square that moves over still noise."""
    palette = [tuple(rng.randrange(256) for _ in range(3)) for _ in range(colours)]
    ground = [rng.choice(palette) + (rng.choice(alphas),) for _ in range(W * H)]
    frames = []
    for n in range(N):
        data = list(ground)
        for y in range(3):
            for x in range(3):
                data[(1 + n + y) * W + 2 * n + x] = rng.choice(palette) + (255,)
        data = [p if p[3] else (0, 0, 0, 0) for p in data]
        image = Image.new("RGBA", (W, H))
        image.putdata(data)
        frames.append(image.convert(mode))
    return frames


def saved(frames, **options):
    out = io.BytesIO()
    frames[0].save(out, save_all=True, append_images=frames[1:], **options)
    return out.getvalue()


def raw(image):
    data = bytearray(image.convert("RGBA").tobytes())
    for at in range(0, len(data), 4):
        if data[at + 3] == 0:
            data[at : at + 3] = b"\0\0\0"
    return bytes(data)


def case(name, frames, shown=None, **options):
    file = saved(frames, **options)
    # What Pillow reads of its own file, where that is not what was given.
    if shown:
        opened = Image.open(io.BytesIO(file))
        frames = [one.copy() for one in ImageSequence.Iterator(opened)]
        # A picture for programs without animations is none of them.
        frames = frames[1:] if opened.info.get("default_image") else frames
    return {
        "name": name,
        "file": base64.b64encode(file).decode(),
        "width": W,
        "height": H,
        "count": len(frames),
        "data": base64.b64encode(b"".join(map(raw, frames))).decode(),
    }


def gif(name, colours, alphas, **options):
    return case("GIF, " + name, pictures(colours, alphas), format="GIF", duration=70, loop=0, **options)


def png(name, colours, alphas, mode="RGBA", **options):
    return case("PNG, " + name, pictures(colours, alphas, mode), format="PNG", duration=70, loop=0, **options)


cases = [
    gif("few colours", 5, [255], interlace=False),
    gif("interlaced", 5, [255], interlace=True),
    gif("interlaced, and whole frames", 5, [255], interlace=True, optimize=False, disposal=1),
    gif("many colours, a palette a frame", 90, [255], interlace=False, shown=True),
    gif("transparent, what was shown is cleared", 5, [255, 0], disposal=2),
    gif("transparent, what was before comes back", 5, [255, 0], disposal=3, shown=True),
    gif("opaque, what was shown is cleared", 5, [255], disposal=2),
    png("colours", 40, [255], mode="RGB"),
    png("half transparent", 40, [255, 128, 0]),
    png("half transparent, cleared", 40, [255, 128, 0], disposal=1),
    png("half transparent, brought back", 40, [255, 128, 0], disposal=2, shown=True),
    png("put over", 40, [255], blend=1),
    png("put over, brought back", 40, [255, 0], shown=True, blend=1, disposal=2),
    png("grey", 40, [255], mode="L"),
    png("a palette", 40, [255], mode="P", shown=True),
    png("not the first picture", 40, [255], mode="RGB", default_image=True, shown=True),
]
with open("animations.json", "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")
