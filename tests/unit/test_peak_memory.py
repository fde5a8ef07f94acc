import mmap
import subprocess
import sys

import pytest

from course_utils import peak_memory as measuring
from course_utils.peak_memory import Watch, peak_memory


def fresh_memory():
    """60 million bytes from the system, written to; an array might be given what the
    process had freed before, which is resident already.
    """
    block = mmap.mmap(-1, 60_000_000)
    block[:: mmap.PAGESIZE] = b"1" * len(range(0, len(block), mmap.PAGESIZE))
    return block


@pytest.mark.parametrize("kernel", [True, False])
def test_a_watch_sees_memory_that_is_gone_again(kernel, monkeypatch):
    if not kernel:
        monkeypatch.setattr(measuring, "_forget_peak", lambda: False)
    watch = Watch()
    block = fresh_memory()
    seen = watch.look()
    block.close()
    assert 50e6 < seen <= watch.stop() < 120e6


@pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps the peak")
def test_the_kernel_sees_what_nobody_looked_at_in_time():
    watch = Watch()
    fresh_memory().close()  # gone before anybody looks
    assert 50e6 < watch.stop() < 120e6


# TensorFlow uses oneDNN by itself on processors that have the operations for it. It
# needs room to work in: 2.3 and 1.4, and without it 1.8 and 1.7, however busy the
# machine is.
@pytest.mark.slow
@pytest.mark.parametrize(("onednn", "most"), [("0", 2.1), ("1", 2.7)])
def test_training_takes_more_memory_than_inference_and_both_at_least_what_shapes_say(
    onednn, most, monkeypatch
):
    from course_utils.arithmetic import model_cost
    from course_utils.startup import keras

    layers = [
        keras.layers.Conv2D(4, 3, padding="same", activation="relu") for _ in range(5)
    ]
    model = keras.Sequential(
        [keras.Input((128, 128, 3)), *layers, keras.layers.GlobalAveragePooling2D()]
    )
    held = model_cost(model, 64).activation_bytes
    kept = model_cost(model, 64, training=True).activation_bytes
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", onednn)
    peak = peak_memory(model, batch_size=64)
    assert 0.8 < peak.inference / held < most
    assert 0.8 < peak.training / kept < 2.1
    assert peak.training > 1.3 * peak.inference


def test_a_failing_process_is_reported_with_its_last_words(monkeypatch):
    class Model:
        def to_json(self):
            return "{}"

    said = "Traceback ...\nValueError: no such layer\n"
    failed = subprocess.CompletedProcess([], returncode=3, stdout="", stderr=said)
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: failed)
    with pytest.raises(
        RuntimeError, match="ended with code 3: ValueError: no such layer"
    ):
        peak_memory(Model(), batch_size=1)
