"""Makes jpeg.json: JPEG files of a picture whose four quarters have different colours, held in eight ways, and one in
grey. Needs Pillow. Run it beside the file:

    python make_jpeg.py
"""

import base64
import io
import json

from PIL import Image

upright = Image.new("RGB", (32, 16))
for x, y, colour in [(0, 0, (230, 30, 30)), (16, 0, (30, 200, 30)), (0, 8, (30, 30, 230)), (16, 8, (240, 240, 240))]:
    upright.paste(colour, (x, y, x + 16, y + 8))
# What a camera stores that is held so that the picture is upright after the turn that the number names.
stored = {
    1: upright,
    2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: upright.transpose(Image.Transpose.ROTATE_180),
    4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: upright.transpose(Image.Transpose.TRANSPOSE),
    6: upright.transpose(Image.Transpose.ROTATE_90),
    7: upright.transpose(Image.Transpose.TRANSVERSE),
    8: upright.transpose(Image.Transpose.ROTATE_270),
}


def jpeg(picture, **options):
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95, subsampling=0, **options)
    return base64.b64encode(file.getvalue()).decode()


turned = {}
for turn, picture in stored.items():
    exif = Image.Exif()
    exif[0x112] = turn
    turned[turn] = jpeg(picture, exif=exif)
with open("jpeg.json", "w") as f:
    json.dump({"turned": turned, "grey": jpeg(upright.convert("L"))}, f)
    f.write("\n")
