"""Lets Keras's fit train on several workers.

Under `tf.distribute.MultiWorkerMirroredStrategy` every worker runs the same program; each takes
its part of every batch, and their gradients are averaged. Keras 3's `fit` stumbles there twice:

- it averages the first batch over all workers, to learn its shapes, as if it were one tensor;
- it averages the losses of a step along a first axis, which a number does not have.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras


@contextlib.contextmanager
def several_workers(model: keras.Model) -> Iterator[None]:
    """Let a compiled model be trained by several workers; nothing changes for one.

    Args:
        model: For the time of this context it has methods of its own.
    """
    strategy = _strategy(model)
    if strategy is None:
        yield
        return

    def build(iterator: Any = None, data_batch: Any = None) -> None:
        if iterator is not None:
            _, _, batches = next(iter(iterator))
            data_batch = keras.tree.map_structure(
                lambda value: strategy.experimental_local_results(value)[0], next(batches)
            )
        with strategy.scope():
            model._symbolic_build(data_batch=data_batch)

    own = {
        "train_step": _with_axis(model.train_step),
        "test_step": _with_axis(model.test_step),
        "_maybe_symbolic_build": build,
    }
    for name, method in own.items():
        setattr(model, name, method)
    try:
        yield
    finally:
        for name in own:
            delattr(model, name)


def device_scope(model: keras.Model) -> contextlib.AbstractContextManager[Any]:
    """The scope in which variables of a model's optimizer belong to the model's devices."""
    if keras.backend.backend() != "tensorflow":
        return contextlib.nullcontext()
    return model.distribute_strategy.scope()


def is_chief(model: keras.Model) -> bool:
    """Whether this process is the one that writes files and tells how far a training is."""
    strategy = _strategy(model)
    if strategy is None:
        return True
    cluster = strategy.cluster_resolver
    first = "chief" if "chief" in cluster.cluster_spec().jobs else "worker"
    return cluster.task_type == first and cluster.task_id == 0


def shared_seed(model: keras.Model, seed: int) -> int:
    """The first worker's seed: all must draw the same batches, of which each takes its part."""
    strategy = _strategy(model)
    if strategy is None:
        return seed
    import tensorflow as tf

    def own() -> Any:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        return tf.where(replica == 0, tf.constant(seed, tf.int64), tf.zeros((), tf.int64))

    @tf.function
    def first() -> Any:
        return strategy.reduce("SUM", strategy.run(own), axis=None)

    return int(first())


def _strategy(model: keras.Model) -> Any:
    """The strategy of a model that is made for several workers, or None."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    strategy = model.distribute_strategy
    workers = tf.distribute.MultiWorkerMirroredStrategy
    # Without a cluster that strategy mirrors the devices of this machine, which Keras can do.
    is_one = not isinstance(strategy, workers) or not strategy.cluster_resolver.cluster_spec()
    return None if is_one else strategy


def _with_axis(step: Any) -> Any:
    """A step whose results have the axis that Keras averages along."""

    def stepped(data: Any) -> Any:
        return keras.tree.map_structure(lambda v: keras.ops.reshape(v, (1,)), step(data))

    return stepped
