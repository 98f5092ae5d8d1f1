"""Makes distances.json with NumPy: python3 test/golden/make_distances.py

Needs numpy (made with 2.4). Small sets of features with their Fréchet distance, kernel distance, precision and
recall, neighbours and principal components, each by a way that is not simdream's: eigenvalues of a product that is not
symmetric, and whole matrices of distances.
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent


def frechet(a, b):
    mean = a.mean(0) - b.mean(0)
    one, two = np.atleast_2d(np.cov(a.T)), np.atleast_2d(np.cov(b.T))
    roots = np.sqrt(np.maximum(np.linalg.eigvals(one @ two).real, 0))
    return mean @ mean + np.trace(one) + np.trace(two) - 2 * roots.sum()


def kernel(a, b):
    k = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3
    off = lambda m: (m.sum() - np.trace(m)) / (len(m) * (len(m) - 1))
    return off(k(a, a)) + off(k(b, b)) - 2 * k(a, b).mean()


def distances(a, b):
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))


def precision_recall(real, generated, k):
    reach = lambda x: np.sort(distances(x, x), 1)[:, k]
    between = distances(real, generated)
    precision = (between <= reach(real)[:, None]).any(0).mean()
    recall = (between <= reach(generated)[None]).any(1).mean()
    return {"k": k, "precision": precision, "recall": recall}


def nearest(a, b, k):
    d = distances(a, b)
    order = np.argsort(d, 1, kind="stable")[:, :k]
    return {"k": k, "indices": order.ravel().tolist(), "distances": np.take_along_axis(d, order, 1).ravel().tolist()}


def components(a, count):
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(a.T)))
    vectors = vectors.T[::-1][:count]
    signs = np.sign(np.take_along_axis(vectors, np.abs(vectors).argmax(1)[:, None], 1))
    return {"variances": values[::-1][:count].tolist(), "components": (vectors * signs).ravel().tolist()}


def case(seed, rows, others, width, shift, rank=None):
    random = np.random.default_rng(seed)
    mix = random.normal(size=(rank or width, width))
    a = random.normal(size=(rows, rank or width)) @ mix
    b = random.normal(size=(others, rank or width)) @ mix * 1.2 + shift
    a, b = a.round(3), b.round(3)
    return {
        "width": width,
        "a": a.ravel().tolist(),
        "b": b.ravel().tolist(),
        "frechet": frechet(a, b),
        "kernel": kernel(a, b),
        "precisionRecall": [precision_recall(a, b, k) for k in (1, 3)],
        "nearest": nearest(b, a, 3),
        "components": components(a, min(3, width)),
    }


cases = {
    "eight features": case(1, 90, 70, 8, 0.4),
    "one feature": case(2, 20, 15, 1, 1),
    "more features than rows": case(3, 9, 8, 20, 0.1),
    "features of rank 3": case(4, 40, 40, 12, 0, rank=3),
}
(HERE / "distances.json").write_text(json.dumps(cases))
