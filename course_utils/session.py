"""The two dials of the course, effort and data, and everything a notebook needs before
its first line.

`begin` is the first thing a notebook calls.  It seeds every random generator, looks for
a GPU, and prints three lines: the machine, the effort and how to change it, and where
data will come from.
"""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from course_utils.tables import show_frames_as_tables

EFFORTS = ("quick", "full")
DATA_MODES = ("auto", "cached", "embedded")
SEED = 42


@dataclass(frozen=True)
class Session:
    """One notebook's settings, made by `begin`.

    Attributes
    ----------
    name : the notebook's name, or None.
    effort : "quick" (about a minute on two CPU cores) or "full" (the chapter's
        settings).
    data : "auto" (cache, then download, then embedded), "cached" (the cache or an
        error) or "embedded".
    device : "CPU" or "GPU".
    seed : the seed given to Python, NumPy and the Keras backend.
    """

    name: str | None
    effort: str
    data: str
    device: str
    seed: int = SEED

    def pick(self, *, quick, full):
        """Return `quick` or `full`, whichever the effort says; both stay visible in the
        code.
        """
        return quick if self.effort == "quick" else full


def begin(name=None, effort=None, data=None):
    """Seed, look for a GPU, print three lines and return the `Session`.  A notebook
    shows its DataFrames as the course's tables from here on.

    Parameters
    ----------
    name : the notebook's name, such as "01_convolution"; used in messages only.
    effort : "quick" or "full".  Left out, the environment variable COURSE_EFFORT
        decides; without that, "quick" on a CPU and "full" on a GPU.
    data : "auto", "cached" or "embedded".  Left out, COURSE_DATA decides; without that,
        "auto".

    Raises
    ------
    ValueError : an effort or data mode that does not exist, whether from the call or
        from the environment.
    """
    data = data_mode(data)
    effort = _choose("effort", effort, "COURSE_EFFORT", EFFORTS)

    from course_utils.startup import keras

    # seeds Python, NumPy and the backend; tf.random.set_seed would miss Keras
    keras.utils.set_random_seed(SEED)
    gpus = _gpus(keras.backend.backend())
    effort = effort or ("full" if gpus else "quick")
    session = Session(
        name=name, effort=effort, data=data, device="GPU" if gpus else "CPU"
    )
    os.environ["COURSE_DATA"] = (
        data  # what a notebook chose holds for the data sets it loads later
    )

    show_frames_as_tables()
    print(f"Machine: {_machine(keras, gpus)}")
    print(f"Effort:  {effort} ({_EFFORT_OTHER[effort]})")
    home = keras_home_for_display()
    print(f"Data:    {data} ({_DATA_MEANS[data].format(home=home)})")
    return session


def data_mode(data=None):
    """The data mode in force: the argument, else COURSE_DATA, else "auto".

    Raises
    ------
    ValueError : a mode that does not exist.
    """
    return _choose("data", data, "COURSE_DATA", DATA_MODES) or "auto"


def keras_home():
    """The folder where Keras keeps data sets and weights: KERAS_HOME, else ~/.keras."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()


def keras_home_for_display():
    """The same folder with the reader's home written as ~, so that no output holds an
    absolute path of one machine.
    """
    home = keras_home()
    if home == Path.home() / ".keras":
        return "~/.keras"
    return "$KERAS_HOME"


# In a window of 1,024 pixels, with the list of files open, JupyterLab breaks a longer
# line of an output in the middle of a word, and longer code must be scrolled.
MOST_COLUMNS = 74
_EFFORT_OTHER = {
    "quick": "COURSE_EFFORT=full for the experiments at full size",
    "full": "wants a GPU; COURSE_EFFORT=quick takes about a minute",
}
_DATA_MEANS = {
    "auto": "cache in {home}, else download, else our drawings",
    "cached": "cache in {home}; what is missing is an error",
    "embedded": "drawn by the course or shipped with it; no download",
}


def _choose(what, value, variable, allowed):
    origin = (
        f"begin({what}=...)"
        if value is not None
        else f"the environment variable {variable}"
    )
    value = value if value is not None else os.environ.get(variable) or None
    if value is not None and value not in allowed:
        wanted = ", ".join(repr(choice) for choice in allowed)
        raise ValueError(f"{origin} says {value!r}; it must be one of {wanted}.")
    return value


def _gpus(backend):
    """How many GPUs the backend sees; TensorFlow is told to take their memory as it
    needs it, not all at once.
    """
    from course_utils.startup import quiet_stderr

    if backend == "tensorflow":
        import tensorflow as tf

        with quiet_stderr():
            gpus = tf.config.list_physical_devices("GPU")
            for gpu in gpus:
                try:
                    tf.config.experimental.set_memory_growth(gpu, True)
                # TensorFlow is running already, with whatever it was given then
                except RuntimeError:
                    break
        return len(gpus)
    if backend == "torch":
        import torch

        return torch.cuda.device_count()
    if backend == "jax":
        import jax

        return sum(
            device.platform in ("gpu", "cuda", "rocm") for device in jax.devices()
        )
    return 0


def _machine(keras, gpus):
    backend = keras.backend.backend()
    module = __import__(backend)
    names = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}
    cores = os.cpu_count()
    where = (
        f"{gpus} GPU{'s' if gpus > 1 else ''}"
        if gpus
        else f"{cores} core{'s' if cores != 1 else ''}, no GPU"
    )
    return (
        f"Python {platform.python_version()}, {names.get(backend, backend)} "
        f"{module.__version__}, Keras {keras.__version__}, {where}"
    )
