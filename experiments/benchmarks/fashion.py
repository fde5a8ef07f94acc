"""Training steps of both Fashion-MNIST networks, timed in turn."""

from experiments.fashion import time_steps
from experiments.measurement import Measurement

MEASUREMENTS = {"fashion": Measurement("fashion_steps", time_steps)}
