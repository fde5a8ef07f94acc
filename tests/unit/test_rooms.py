"""Each room of the house knows only those before it, and no module itself by way of
others.
"""

import ast
import graphlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "course_utils"
# From the ground up.  `plots.curves` (and what it is made of) stands under `training`,
# which hands on its `plot_history`; it draws lists of numbers.
ORDER = """
    startup tables session colab saving data_files checks free_memory your_turn progress
    graph layer_costs arithmetic invariance uncertainty plots.figure plots.labels
    plots.curves
    layers architectures training boxes detection segmentation explain distribution
    peak_memory sources drawing datasets backbones transfer plots widgets measured
    course_utils
""".split()


def test_imports_run_downwards_and_in_no_circle():
    imported = {name: set(imports(name, path)) for name, path in MODULES.items()}
    up = [
        f"{name} imports {other}"
        for name, others in imported.items()
        for other in others
        if ORDER.index(room(name)) < ORDER.index(room(other))
    ]
    assert not up, up
    graphlib.TopologicalSorter(imported).prepare()  # CycleError names the circle
    assert {room(name) for name in MODULES} == set(ORDER)


def room(module):
    """ "layers" of "course_utils.layers.pooling"; two words where ORDER has both."""
    parts = module.split(".")[1:] or ["course_utils"]
    return name if (name := ".".join(parts[:2])) in ORDER else parts[0]


def imports(name, path):
    """The modules of the package that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        assert not getattr(node, "level", 0), f"{name}: write course_utils in full"
        prefix = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for target in [prefix + alias.name for alias in node.names]:
            module = target if target in MODULES else target.rpartition(".")[0]
            if module in MODULES and module != name:
                yield module


MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for path in PACKAGE.rglob("*.py")
}
