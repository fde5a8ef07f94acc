"""Explorers: one for each idea that is understood by moving something.

    from course_utils.widgets import ConvolutionExplorer
    ConvolutionExplorer()

Each has `.state`, `.set(**state)`, `.picture()` (PNG bytes) and `.describe()` (its
words); in its module stand the pure functions `render(state)` and `describe(state)`.
They need ipywidgets, 7.7 or 8, and nothing that must be installed into JupyterLab,
Jupyter Notebook 7 or Colab.
"""

from course_utils.widgets.augmentation import AugmentationExplorer
from course_utils.widgets.boxes import BoxExplorer
from course_utils.widgets.classifier import PhotoClassifier
from course_utils.widgets.convolution import ConvolutionExplorer
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.feature_maps import FeatureMapExplorer
from course_utils.widgets.padding import PaddingExplorer
from course_utils.widgets.pooling import PoolingExplorer
from course_utils.widgets.receptive_field import ReceptiveFieldExplorer

EXPLORERS = (
    ConvolutionExplorer,
    PaddingExplorer,
    PoolingExplorer,
    ReceptiveFieldExplorer,
    AugmentationExplorer,
    FeatureMapExplorer,
    PhotoClassifier,
    BoxExplorer,
)

__all__ = [
    "EXPLORERS",
    "AugmentationExplorer",
    "BoxExplorer",
    "ConvolutionExplorer",
    "Explorer",
    "FeatureMapExplorer",
    "PaddingExplorer",
    "PhotoClassifier",
    "PoolingExplorer",
    "ReceptiveFieldExplorer",
]
