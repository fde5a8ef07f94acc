"""What the course never does with a file, whoever made it: see SECURITY.md."""

import ast

import nbformat
import pytest

from tools import ROOT, lessons

PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
ARCHIVES = {"zipfile", "tarfile", "extractall", "unpack_archive"}
SHELLS = {"os.system", "os.popen"}
LOADERS = {"Image.open": "formats", "np.load": "allow_pickle"}
# Where one of these is the very work, and why it is safe there.
ALLOWED = {
    ("grading/child.py", "exec"): "a submission's cells, behind the walls",
    ("grading/grader.py", "exec"): "the tests of the master, in the student's notebook",
    ("grading/homework.py", "exec"): "the masters, which instructors write",
    ("grading/homework.py", "zipfile"): "the archive that otter-grader has just made",
}


def offences(tree):
    """What a syntax tree does that the course must not do, as (kind, line)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names]
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for module in modules:
                if (top := module.partition(".")[0]) in PICKLES | ARCHIVES:
                    yield top, node.lineno
        if isinstance(node, ast.Attribute) and node.attr in ARCHIVES:
            yield node.attr, node.lineno
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        told = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if called in {"eval", "exec"} | SHELLS or told.get("shell") == "True":
            yield called, node.lineno
        if called in {"yaml.load", "joblib.load", "pd.read_pickle"}:
            yield called, node.lineno
        if called.endswith("enable_unsafe_deserialization"):
            yield "safe_mode", node.lineno
        if told.get("safe_mode", "True") != "True":
            yield "safe_mode", node.lineno
        if told.get("allow_pickle", "False") != "False":
            yield "allow_pickle", node.lineno
        if (needed := LOADERS.get(called)) and needed not in told:
            yield called, node.lineno


def trees():
    """Every module of the course that is no test, and every cell of the lessons."""
    for folder in ("course_utils", "experiments", "grading", "tools"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield name, ast.parse(path.read_text(encoding="utf-8"))
    for path in lessons():
        for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
            if cell.cell_type == "code":
                yield f"{path.name}, cell {index}", ast.parse(cell.source)


def test_no_pickle_no_eval_no_unsafe_model_no_open_format_no_unchecked_archive():
    found, used = [], set()
    for name, tree in trees():
        for kind, line in offences(tree):
            if (name, kind) in ALLOWED:
                used.add((name, kind))
            else:
                found.append(f"{name}:{line}: {kind}")
    assert not found, found
    assert used == set(ALLOWED), "what is allowed and no longer there"


@pytest.mark.parametrize(
    ("code", "kind"),
    {
        "import pickle": "pickle",
        "from cloudpickle import loads": "cloudpickle",
        "import zipfile": "zipfile",
        "shutil.unpack_archive(path)": "unpack_archive",
        "box.extractall()": "extractall",
        "eval(text)": "eval",
        "exec(text)": "exec",
        "os.system('ls')": "os.system",
        "subprocess.run('ls', shell=True)": "subprocess.run",
        "keras.models.load_model(path, safe_mode=False)": "safe_mode",
        "keras.models.load_model(path, safe_mode=how)": "safe_mode",
        "keras.config.enable_unsafe_deserialization()": "safe_mode",
        "np.load(path)": "np.load",
        "np.load(path, allow_pickle=True)": "allow_pickle",
        "Image.open(path)": "Image.open",
        "yaml.load(text, Loader)": "yaml.load",
        "joblib.load(path)": "joblib.load",
    }.items(),
)
def test_each_of_them_is_seen(code, kind):
    assert kind in [found for found, _ in offences(ast.parse(code))]


def test_what_is_safe_is_left_alone():
    for code in (
        "Image.open(path, formats=('PNG',))",
        "np.load(path, allow_pickle=False)",
        "keras.models.load_model(path, safe_mode=True)",
        "model.compile('sgd')",
        "subprocess.run(['ls'], shell=False)",
        "yaml.safe_load(text)",
    ):
        assert not list(offences(ast.parse(code))), code
