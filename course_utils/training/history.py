"""What a training run recorded, epoch by epoch."""

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(repr=False)
class History:
    """The numbers of a training run, one of each kind an epoch; made by `fit`.

    `history["val_accuracy"]` is the list of validation accuracies, as in
    `history.history`, the dictionary Keras users know.

    Attributes
    ----------
    history : a dictionary from the name of a metric to its values, first epoch first.
    seconds : how long each epoch took, validation included.  The first one also pays
        for tracing the model.
    name : what plots call the run; the model's name unless you change it.
    """

    history: dict
    seconds: list = field(default_factory=list)
    name: str = ""

    def __getitem__(self, metric):
        if metric not in self.history:
            raise KeyError(
                f"no {metric!r} was recorded; there are "
                f"{', '.join(self.history) or 'no metrics'}"
            )
        return self.history[metric]

    def __contains__(self, metric):
        return metric in self.history

    def __iter__(self):
        return iter(self.history)

    def keys(self):
        return self.history.keys()

    @property
    def epochs(self):
        """How many epochs were recorded."""
        return max((len(values) for values in self.history.values()), default=0)

    @property
    def table(self):
        """A pandas DataFrame with one row an epoch, counted from 1."""
        import pandas

        columns = dict(self.history)
        if len(self.seconds) == self.epochs:
            columns["seconds"] = self.seconds
        table = pandas.DataFrame(
            {
                name: pandas.Series(values, dtype=float)
                for name, values in columns.items()
            }
        )
        table.index = pandas.RangeIndex(1, len(table) + 1, name="epoch")
        return table

    def best(self, metric="val_accuracy"):
        """The epoch (counted from 1) with the best value of a metric, and that value.

        Small is best for a metric whose name ends in "loss" or "error", large for every
        other.

        Raises
        ------
        KeyError : the metric was not recorded.
        """
        values = self[metric]
        choose = min if metric.endswith(("loss", "error")) else max
        epoch = choose(range(len(values)), key=values.__getitem__)
        return epoch + 1, values[epoch]

    def save(self, path):
        """Write the history to a JSON file."""
        content = {"name": self.name, "history": self.history, "seconds": self.seconds}
        Path(path).write_text(json.dumps(content, indent=1) + "\n")

    @classmethod
    def load(cls, path):
        """Read a history that `save` wrote."""
        return cls(**json.loads(Path(path).read_text()))

    def __repr__(self):
        last = ", ".join(
            f"{name} {values[-1]:.4g}"
            for name, values in self.history.items()
            if values
        )
        who = f" of {self.name}" if self.name else ""
        return (
            f"History{who}, {self.epochs} epoch{'s' * (self.epochs != 1)}: "
            f"{last or 'nothing recorded'}"
        )
