"""The catalogue is what freshly built networks say, and `build` refuses what a network
cannot take, in words.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

import course_utils
from course_utils import architectures, data_files, graph
from course_utils.architectures import (
    build,
    builder,
    catalog,
    catalogue,
    keras_networks,
    names,
)
from course_utils.architectures.registry import networks
from course_utils.data_files import data_file

CHAPTER = {
    "lenet5",
    "alexnet",
    "zfnet",
    "googlenet",
    "vgg16",
    "vgg19",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "inception_v3",
    "xception",
    "resnext50",
    "densenet121",
    "densenet169",
    "densenet201",
    "mobilenet",
    "mobilenet_v2",
    "senet",
    "cspnet",
    "efficientnet_b0",
    "convnext_tiny",
}


def shapes_only(name, *args, **options):
    """The network without its weights' values: nothing is drawn or allocated."""
    with graph.shapes_only():
        return build(name, *args, **options)


def test_the_catalogue_lists_every_network_of_the_chapter_once_in_the_order_of_years():
    table = catalog()
    published = [name for name, network in networks().items() if network.published]
    assert list(table.name) == published and set(published) >= CHAPTER
    assert table.year.is_monotonic_increasing
    assert {"fashion_cnn", "fashion_fast", "mini_xception"} <= set(names())
    assert tuple(table.columns) == catalogue.COLUMNS


@pytest.mark.parametrize("name", catalog().name)
def test_the_catalogue_says_what_a_freshly_built_network_says(name):
    row = catalog().set_index("name").loc[name]
    for column, value in catalogue.count(name).items():
        assert row[column] == value, column


def test_every_published_accuracy_has_a_source_and_top5_above_top1():
    table = catalog()
    assert (
        table.source.str.len().min() > 10
        and table.idea.str.endswith(".").all()
        and table.paper.notna().all()
    )
    published = table.dropna(subset=["top5"])
    assert set(table.name) - set(published.name) == {"lenet5", "convnext_tiny"}
    assert published.top5.between(80, 96).all()
    both = published.dropna(subset=["top1"])
    assert set(published.name) - set(both.name) == {"googlenet"}
    assert (both.top1.between(55, 85) & (both.top5 - both.top1 > 10)).all()
    assert table.top1.dropna().between(55, 85).all()


def test_every_network_of_keras_has_a_year_and_the_recipe_of_its_own_family():
    table = keras_networks()
    assert len(table) == len(set(table.name)) == 40 and not table.recipe.isna().any()
    ours = catalog().set_index("name")
    both = table[table.name.isin(ours.index)].set_index("name")
    assert len(both) >= 14
    assert both.year.equals(ours.year[both.index])
    assert both.parameters.equals(ours.parameters[both.index])
    more = set(table.name[table.more_images == "yes"])
    assert more == {"convnext_base", "convnext_large", "convnext_xlarge"}


def test_the_files_in_the_catalogue_exist():
    root = Path(course_utils.__file__).parent.parent
    assert all((root / file).is_file() for file in catalog().file)


def test_writing_the_catalogue_keeps_what_was_written_by_hand(tmp_path, monkeypatch):
    original = data_file("architectures.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(original.splitlines()))
    copy = tmp_path / "architectures.csv"
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, catalogue.BY_HAND, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    table = catalog().set_index("name")
    monkeypatch.setattr(catalogue, "data_file", lambda name: copy)
    counted = [
        column for column in catalogue.COLUMNS if column not in catalogue.BY_HAND
    ]
    monkeypatch.setattr(
        catalogue,
        "count",
        lambda name: {column: table.loc[name, column] for column in counted},
    )
    catalogue.write()
    assert copy.read_text(encoding="utf-8") == original


def test_a_network_without_a_row_is_named_before_anything_is_counted(
    tmp_path, monkeypatch
):
    copy = tmp_path / "architectures.csv"
    copy.write_text(",".join(catalogue.BY_HAND) + "\n", encoding="utf-8")
    monkeypatch.setattr(catalogue, "data_file", lambda name: copy)
    with pytest.raises(ValueError, match="no row for lenet5, alexnet"):
        catalogue.write()


@pytest.mark.parametrize("name", names())
def test_a_network_takes_the_smallest_image_it_says_and_where_it_says_so_any_size(name):
    network = networks()[name]
    width = None if network.any_size else network.minimum + 3
    model = shapes_only(name, [network.minimum, width, 1], classes=np.int64(7))
    assert model.input_shape == (None, network.minimum, width, 1)
    assert model.output_shape == (None, 7) and model.weights[-1].shape[-1] == 7
    assert model.name == name


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "zfnet", "inception_v3"])
def test_one_pixel_less_would_really_be_too_small(name):
    size = networks()[name].minimum - 1
    with pytest.raises(ValueError, match="[Nn]egative|dimension"), graph.shapes_only():
        builder(name)(input_shape=(size, size, 3))


def test_every_function_is_called_as_its_network_and_says_what_it_builds():
    assert all(
        builder(name).__name__ == name and builder(name).__doc__ for name in names()
    )


@pytest.mark.parametrize(
    "near, known",
    [
        ("ResNet-43", "resnet34"),
        ("vgg-16", "vgg16"),
        ("mobilenetv2", "mobilenet_v2"),
        ("GoogleNet", "googlenet"),
        ("densenet", "densenet121"),
    ],
)
def test_an_unknown_name_lists_near_ones(near, known):
    with pytest.raises(ValueError) as error:
        build(near)
    assert repr(near) in str(error.value) and repr(known) in str(error.value)
    assert len(str(error.value)) < 150


def test_a_name_far_from_all_lists_all():
    with pytest.raises(ValueError) as error:
        build("transformer_xl_large")
    assert all(name in str(error.value) for name in names())


@pytest.mark.parametrize(
    "name, shape, words",
    [
        ("xception", (64, 64, 3), ["71×71", "64×64"]),
        ("alexnet", (227, 66, 3), ["67×67", "227×66"]),
        (
            "resnet34",
            (224, 224),
            ["(224, 224)", "channels are missing", "(224, 224, 3)"],
        ),
        ("resnet34", (32, 224, 224, 3), ["4 numbers", "batch size"]),
        ("resnet34", (3, 224, 224), ["(3, 224, 224)", "channels first"]),
        ("resnet34", 224, ["input_shape=224"]),
        ("resnet34", (224, 224, None), ["the number of channels is None"]),
        ("resnet34", (224, 224, 0), ["the number of channels is 0"]),
        ("resnet34", (224.0, 224, 3), ["the height is 224.0"]),
        ("resnet34", (224, True, 3), ["the width is True"]),
        (
            "vgg16",
            (None, None, 3),
            ["flattens", "(None, None, 3)", "include_top=False"],
        ),
        ("lenet5", (20, 20, 1), ["28×28", "20×20"]),
    ],
)
def test_a_shape_the_network_cannot_take_is_refused_with_what_came_and_what_is_needed(
    name, shape, words
):
    with pytest.raises(ValueError) as error:
        build(name, shape)
    assert str(error.value).startswith(name)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_an_open_size_is_fine_without_the_dense_layers():
    assert shapes_only("vgg16", (None, None, 3), include_top=False).output_shape == (
        None,
        None,
        None,
        512,
    )


@pytest.mark.parametrize("classes", [0, -1, 10.0, "ten", True])
def test_a_bad_number_of_classes_is_refused(classes):
    with pytest.raises(
        ValueError, match="resnet50's number of classes is .*; it must be .*at least 1"
    ):
        build("resnet50", classes=classes)


def test_an_unknown_option_lists_those_there_are():
    with pytest.raises(
        TypeError, match="resnet50 has no option 'alpha'. Its options: include_top"
    ):
        build("resnet50", alpha=0.5)
    with pytest.raises(
        TypeError, match="googlenet has no option 'auxilary'.*auxiliary"
    ):
        build("googlenet", auxilary=True)


def test_an_option_that_does_not_fit_is_refused_with_the_networks_name():
    with pytest.raises(ValueError, match="alexnet cannot be built with .*groups=5"):
        build("alexnet", groups=5)
    with pytest.raises(
        ValueError, match="senet cannot be built with .*ratio=300.*256 channels"
    ):
        build("senet", ratio=300)


def test_networks_name_their_own_shape_and_classes():
    assert shapes_only("lenet5").input_shape == (None, 32, 32, 1)
    assert shapes_only("lenet5").output_shape == (None, 10)
    assert shapes_only("resnet34").output_shape == (None, 1000)


def test_data_files_are_found_beside_the_package_and_inside_an_installed_one(
    tmp_path, monkeypatch
):
    assert data_file("architectures.csv").is_file()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "only_here.txt").write_text("installed")
    monkeypatch.setattr(data_files, "files", lambda package: tmp_path)
    assert data_file("only_here.txt").read_text() == "installed"


def test_a_data_file_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(
        FileNotFoundError, match="'architecture.csv'.*architectures.csv"
    ):
        data_file("architecture.csv")


def test_the_public_names_are_there():
    assert all(callable(getattr(architectures, name)) for name in architectures.__all__)


def test_only_shapes_only_builds_networks_without_values():
    """Keras notes variables made so, and draws all their values when some later scope
    ends: half a minute and gigabytes, in a test that knows nothing of it.
    """
    root, without_values = Path(__file__).parents[2], "initialize_variables" + "=False"
    users = [
        path.name
        for path in root.rglob("*.py")
        if ".venv" not in path.parts and without_values in path.read_text("utf-8")
    ]
    assert users == ["graph.py"]
