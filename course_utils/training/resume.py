"""Pick up a training run where a crash, a power cut or a closed laptop ended it."""

import errno
import hashlib
import json
import os
from pathlib import Path

import keras


class Resume(keras.callbacks.BackupAndRestore):
    """Keras's `BackupAndRestore`, with the history kept and a backup that is whole at
    every moment.

    After each epoch the folder holds that epoch's weights, the optimizer's state and
    all the numbers recorded so far. A run that is killed and started again, by the same
    code with the same folder, begins with the epoch that was cut off; what `fit`
    returns in the end covers all epochs.

    What it adds to its parent: the history; a single commit point (a state file that is
    replaced, never rewritten), so that a kill at any moment leaves the last finished
    epoch and its number together; a refusal to load the backup of another model; it
    deletes its own files only, not the folder's others.

    Parameters
    ----------
    folder : where the backup stands; one folder a run.
    keep : False deletes the backup when the run is complete, so that the next run
        starts afresh.
    """

    # nothing happens between epochs, so Keras need not wait for the numbers of each
    # step
    async_safe = True

    def __init__(self, folder, keep=False):
        if not isinstance(folder, (str, os.PathLike)) or not str(folder):
            raise TypeError(
                f"the folder of a backup is {folder!r}; it must be a path, such as "
                "'backup/my_network'."
            )
        super().__init__(backup_dir=str(folder), delete_checkpoint=not keep)
        self.folder = Path(folder)
        self.past = {}
        self.epochs_done = 0

    def state(self):
        """What the backup says, {"epoch", "weights", "history", "shapes"}, or None
        where there is none yet.

        Raises
        ------
        ValueError : it is damaged.
        """
        try:
            state = json.loads((self.folder / "state.json").read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._damaged(f"state.json: {error}") from None
        if (
            not isinstance(state, dict)
            or not isinstance(state.get("epoch"), int)
            or not isinstance(state.get("history"), dict)
            or Path(str(state.get("weights"))).name != state.get("weights")
        ):
            raise self._damaged("state.json does not say what it should")
        return state

    def delete(self):
        """Delete the backup: these files, and the folder if nothing else is in it."""
        if self.folder.exists():
            (self.folder / "state.json").unlink(missing_ok=True)
            self._delete_weights()
            if not any(self.folder.iterdir()):
                self.folder.rmdir()

    def on_train_begin(self, logs=None):
        self.past, self.epochs_done = {}, 0
        self.model._initial_epoch = (
            None  # Keras leaves it set after a resumed run, and would skip epochs now
        )
        # now, and not after an epoch that would be lost
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(
                f"no backup can be kept in {self.folder} ({error.strerror}): it must "
                "be a folder, or a place where one can be made."
            ) from None
        saved = self.state()
        if not saved:
            return
        if not self.model.built:
            raise ValueError(
                f"{self.model.name} has no weights yet: start it with "
                f"keras.Input(...), then resume"
            )
        if saved.get("shapes", self._shapes()) != self._shapes():
            raise ValueError(
                f"the backup in {self.folder} belongs to another training: its "
                f"weights have other shapes than those of "
                f"{self.model.name} and its {type(self.model.optimizer).__name__}. "
                "Name another folder, or delete this one to begin anew."
            )
        self._build_optimizer()
        try:
            weights = self.folder / saved["weights"]
            if saved.get("sha256") not in (None, _sha256(weights)):
                raise OSError("it is not as it was written")
            self.model.load_weights(weights)
        except OSError as error:
            raise self._damaged(f"{saved['weights']}: {error}") from None
        self.past, self.epochs_done = saved["history"], saved["epoch"]
        self.model._initial_epoch = saved["epoch"]

    def on_epoch_begin(self, epoch, logs=None):
        self._prepend_past()

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self.past.setdefault(name, []).append(float(value))
        self.epochs_done = epoch + 1
        try:
            self._store()
        except OSError as error:
            for unfinished in self.folder.glob("unfinished-epoch-*.weights.h5"):
                unfinished.unlink()  # a full disk needs the room
            before = self.epochs_done - 1
            why = os.strerror(error.errno) if error.errno else error
            raise OSError(
                error.errno or errno.EIO,
                f"epoch {self.epochs_done} cannot be kept in {self.folder} ({why}). "
                f"The backup of {before or 'no'} epochs before it is whole: when there "
                "is room, the same call goes on from there",
            ) from None

    def _store(self):
        weights = self.folder / f"epoch-{self.epochs_done:03d}.weights.h5"
        unfinished = self.folder / f"unfinished-{weights.name}"
        self.model.save_weights(unfinished)
        os.replace(unfinished, weights)
        state = {
            "epoch": self.epochs_done,
            "weights": weights.name,
            "sha256": _sha256(weights),
            "history": self.past,
            "shapes": self._shapes(),
        }
        (self.folder / "state.json.new").write_text(json.dumps(state))
        # from here on, the epoch counts
        os.replace(self.folder / "state.json.new", self.folder / "state.json")
        self._delete_weights(all_but=weights.name)

    def on_train_end(self, logs=None):
        # if all epochs were done before, none has begun in this run
        self._prepend_past()
        self.model._initial_epoch = None
        if self.delete_checkpoint:
            self.delete()

    def on_train_batch_end(self, batch, logs=None):
        """Nothing: a backup in the middle of an epoch would make the resumed run see
        some images twice.
        """

    def _prepend_past(self):
        """Let Keras's own history begin with the epochs of the run before."""
        recorded = self.model.history
        if not recorded.epoch and self.epochs_done:
            recorded.epoch = list(range(self.epochs_done))
            recorded.history = {
                name: list(values) for name, values in self.past.items()
            }

    def _build_optimizer(self):
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)

    def _shapes(self):
        self._build_optimizer()
        variables = list(self.model.weights) + list(self.model.optimizer.variables)
        return [list(variable.shape) for variable in variables]

    def _damaged(self, why):
        return ValueError(
            f"the backup in {self.folder} is damaged ({why}). Nothing in it was "
            "changed. Name another folder, or delete this one to begin anew."
        )

    def _delete_weights(self, all_but=None):
        for file in [
            *self.folder.glob("epoch-*.weights.h5"),
            *self.folder.glob("unfinished-epoch-*.weights.h5"),
        ]:
            if file.name != all_but:
                file.unlink()


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resume(folder, keep=False):
    """A callback that makes a training run resumable, for `fit` of the course and of
    Keras alike.

        model.fit(x, y, epochs=10, callbacks=[resume("backup/my_network")])

    Parameters
    ----------
    folder : where to keep the backup; one folder a run.
    keep : keep it when the run is complete.  A later call then trains no more and
        returns the complete history.

    Raises
    ------
    ValueError : from `fit`, when the folder holds the backup of another model or a
        damaged one, or is none.
    OSError : from `fit`, when an epoch cannot be kept; the backup before it stays.
    TypeError : the folder is no path.
    """
    return Resume(folder, keep)
