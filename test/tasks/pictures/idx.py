"""Reads IDX files (gzipped or not): the format of MNIST and Fashion-MNIST."""

import gzip
import struct
from pathlib import Path

import numpy as np


def read(path: Path) -> np.ndarray:
    """Bytes of any shape: two zeros, the type (8: bytes), the number of axes, their sizes, the bytes."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    axes = data[3]
    shape = struct.unpack(f">{axes}I", data[4 : 4 + 4 * axes])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def find(folder: str, start: str) -> Path:
    """The file of a folder whose name starts so, gzipped or not."""
    found = sorted(Path(folder).glob(f"{start}*"))
    if not found:
        raise SystemExit(f"expected a file {start}… in {folder}, found none")
    return found[0]


def pictures(folder: str, part: str) -> np.ndarray:
    """Pictures (N, H, W) of "train" or "t10k"."""
    return read(find(folder, f"{part}-images"))


def labels(folder: str, part: str) -> np.ndarray:
    """Labels (N) of "train" or "t10k"."""
    return read(find(folder, f"{part}-labels"))
