"""How JAX, SciPy and scikit-learn are asked, and how a session is run again."""

import hashlib
import os
import subprocess
import sys
import warnings

import ml_dtypes
import numpy as np

FAMILY = "logsumexp", "log_softmax", "softmax"


def jax_many_classes(classes):
    """As it is, compiled, and in float32."""
    import jax

    found = {}
    for name in ("softmax", "log_softmax"):
        asked = getattr(jax.nn, name)
        for how, function in {"": asked, ", compiled": jax.jit(asked)}.items():
            for dtype in ("float16", "float32"):
                found[f"{name} in {dtype}{how}"] = float(function(jax.numpy.zeros((1, classes), dtype))[0, 0])
    return found


def jax_equal_scores(dtype, classes):
    import jax

    x = jax.numpy.zeros(classes, dtype)
    return {name: float(getattr(jax.nn, name)(x, axis=-1).ravel()[0]) for name in FAMILY}


def scipy_many_classes(classes):
    from scipy import special

    found = {}
    for name in ("softmax", "log_softmax"):
        for dtype in (np.float16, np.float32):
            with warnings.catch_warnings(action="ignore"):  # overflow
                first = getattr(special, name)(np.zeros((1, classes), dtype), axis=-1)[0, 0]
            found[f"{name} in {dtype.__name__}"] = float(first)
    return found


def scipy_equal_scores(dtype, classes):
    from scipy import special

    x = np.zeros(classes, {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16}[dtype])
    with warnings.catch_warnings(action="ignore"):  # overflow
        return {name: float(np.ravel(getattr(special, name)(x, axis=-1))[0]) for name in FAMILY}


def sklearn_digits():
    """The digits data set, as SHA-256 of images and labels in bytes."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = data.images.astype(np.uint8)
    np.testing.assert_array_equal(images, data.images)
    return {"shape": str(images.shape), "images": digest(images), "labels": digest(data.target)}


def digest(array):
    """SHA-256 of an array's numbers, each as a byte."""
    return hashlib.sha256(np.ascontiguousarray(array, np.uint8).tobytes()).hexdigest()


def session(code):
    """What a session prints, in a process of its own."""
    settings = {**os.environ, "JAX_PLATFORMS": "cpu"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=settings, timeout=300, check=False
    )
    if run.returncode:
        raise RuntimeError(f"the session failed:\n{code}\n{run.stderr}")
    return {"printed": run.stdout.rstrip("\n")}
