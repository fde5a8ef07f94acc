"""What a Jupyter server keeps of a notebook that it saves.

A widget lives as long as its kernel.  In a file it is a reference to a model that is
gone the next day, and JupyterLab shows "Error displaying widget: model not found" even
where a picture stands beside it.  So a server that has this package saves the picture
and the words only; the notebook on the page keeps its widget.

It is an extension of the server, switched on by etc/jupyter in the environment into
which the package was installed: by `make lab`, conda, Binder or in a hub's image.
`jupyter server extension disable course_utils.saving` switches it off.
"""

import json

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def drop_widget_views(model, **_):
    """Take the views of widgets out of the outputs that hold a picture or words too.

    Parameters
    ----------
    model : what is about to be saved, as a server's hook gets it; changed in place.
        Whatever is not a notebook stays as it is.
    """
    if model.get("type") != "notebook":
        return
    content = model["content"]
    left = 0
    for cell in content.get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET_VIEW in data and len(data) > 1:
                del data[WIDGET_VIEW]
            left += WIDGET_VIEW in data
    if not left:  # nothing needs the saved state of the widgets any more
        content.get("metadata", {}).pop("widgets", None)


def keep_python_version(model, path="", contents_manager=None, **_):
    """Let a notebook keep the version of Python that its file names.

    JupyterLab writes the version of whichever kernel it starts, so that opening a
    notebook and looking would change its file.

    Parameters
    ----------
    model : what is about to be saved; changed in place.
    path : where, as the server names it.
    contents_manager : the server's; one that keeps files, or nothing is done.
    """
    if model.get("type") != "notebook" or not hasattr(contents_manager, "_get_os_path"):
        return
    try:
        with open(contents_manager._get_os_path(path), encoding="utf-8") as file:
            before = json.load(file)["metadata"]["language_info"]["version"]
        model["content"]["metadata"]["language_info"]["version"] = before
    except (OSError, ValueError, KeyError, TypeError):
        pass  # a new file, or one that names no version


def _jupyter_server_extension_points():
    return [{"module": "course_utils.saving"}]


def _load_jupyter_server_extension(server):
    # Once all are loaded: jupytext's, after ours, puts in its own contents manager.
    server.io_loop.add_callback(_register, server)


def _register(server):
    for hook in (drop_widget_views, keep_python_version):
        server.contents_manager.register_pre_save_hook(hook)
