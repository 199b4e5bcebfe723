"""From the outputs of a Keras model to heads: what is understood, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from detector_nets import DETECTOR, IMAGE, detector_model
from header_batch import pixels_for
from keras_nets import L, functional, graph_of

from micronets.codegen.detections import find_detections, maps_of
from micronets.codegen.detector import Detector
from micronets.codegen.interpreter import evaluate, trace
from micronets.codegen.ops.detect_head import attributes_of, detector_heads, prior_count
from micronets.codegen.passes.detect_heads import detect_heads
from micronets.codegen.pipeline import compile_model
from micronets.errors import ModelError


def test_each_head_reads_its_maps_as_soon_as_they_are_there() -> None:
    graph = detect_heads(graph_of(detector_model()), DETECTOR)
    heads = detector_heads(graph)
    assert [head.inputs for head in heads] == [("loc_0", "conf_0"), ("loc_1", "conf_1")]
    assert [attributes_of(head).first_prior for head in heads] == [0, 63]
    assert {attributes_of(head).image_size for head in heads} == {IMAGE}
    assert prior_count(graph) == 83
    assert not {"reshape", "concatenate"} & {node.op for node in graph.nodes}
    names = [node.name for node in graph.nodes]
    assert names.index("detect_1") == max(names.index("loc_0"), names.index("conf_0")) + 1


def test_maps_of_the_heads_are_the_models_outputs() -> None:
    before = graph_of(detector_model())
    after = detect_heads(before, DETECTOR)
    images = pixels_for((*IMAGE, 1), 2).astype(np.float32) / 255
    loc, conf = evaluate(before, images)
    for number, maps in enumerate(maps_of(after, trace(after, images))):
        np.testing.assert_array_equal(np.concatenate([m[0] for m in maps]), loc[number])
        np.testing.assert_array_equal(np.concatenate([m[1] for m in maps]), conf[number])


def one_head(columns: tuple[int, int] = (4, 2), **changes: Any) -> Any:
    """A model of one head; scores come first."""

    def body(image: Any) -> list[Any]:
        sizes = changes.get("strides", (2, 2))
        maps = [
            L.Conv2D(count, 3, strides=stride, padding="same")(image)
            for count, stride in zip(columns, sizes, strict=True)
        ]
        if changes.get("softmax") == "map":
            maps[1] = L.Softmax()(maps[1])
        rows = [L.Reshape((-1, last))(x) for x, last in zip(maps, (4, 2), strict=True)]
        if changes.get("softmax") == "rows":
            rows[1] = L.Softmax()(rows[1])
        outputs = [rows[1], rows[0]]
        return outputs + ([L.Flatten()(maps[0])] if changes.get("third") else [])

    return functional((16, 16, 1), body)


def test_single_head_needs_no_concatenation_and_outputs_have_any_order() -> None:
    detector = Detector((2,), (6,), max_candidates=200)
    graph = detect_heads(graph_of(one_head()), detector)
    (head,) = detector_heads(graph)
    assert graph.tensor(head.inputs[0]).shape == (8, 8, 4)
    # There cannot be more candidates than priors.
    assert attributes_of(head).detector.max_candidates == 64
    assert attributes_of(head).detector.max_detections == 32
    images = pixels_for((16, 16, 1), 1).astype(np.float32)
    (maps,) = maps_of(graph, trace(graph, images))
    assert len(find_detections(graph, maps, 0.0)) > 1


@pytest.mark.parametrize("softmax", ["map", "rows"])
def test_softmax_of_the_scores_is_what_a_score_is_anyway(softmax: str) -> None:
    plain, same = one_head(), one_head(softmax=softmax)
    same.set_weights(plain.get_weights())
    images = pixels_for((16, 16, 1), 1)
    found = [
        compile_model(model, detector=Detector((2,), (6,))).detect(images)[0]
        for model in (plain, same)
    ]
    np.testing.assert_array_equal(found[0].boxes, found[1].boxes)
    np.testing.assert_array_equal(found[0].scores, found[1].scores)
    assert len(found[0]) > 0


@pytest.mark.parametrize(
    ("model", "detector", "message"),
    [
        (
            one_head(third=True),
            Detector((2,), (6,)),
            r"is no detector.*\(64, 2\), \(64, 4\), \(256",
        ),
        (one_head((8, 4)), Detector((2,), (6,)), r"one prior per pixel.*\(8, 8, [48]\)"),
        (one_head((4, 8), strides=(2, 4)), Detector((2,), (6,)), r"one prior per pixel"),
        (one_head(), Detector((2, 4), (6, 9)), r"has 1 heads, but .* 2: \(2, 4\)"),
        (detector_model(), Detector((4,), (10,)), r"has 2 heads, but .* for 1"),
    ],
)
def test_model_that_does_not_fit_is_refused(model: Any, detector: Detector, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        compile_model(model, detector=detector)


def test_classifier_is_refused() -> None:
    model = functional((8, 8, 1), lambda x: L.Dense(3)(L.Flatten()(x)))
    with pytest.raises(ModelError, match=r"is no detector.*Received outputs of shapes \(3,\)"):
        compile_model(model, detector=DETECTOR)


def test_image_as_an_output_is_refused() -> None:
    def body(image: Any) -> list[Any]:
        return [L.Reshape((-1, 4))(image), L.Reshape((-1, 2))(L.Conv2D(2, 1)(image))]

    with pytest.raises(ModelError, match="is the image itself"):
        compile_model(functional((6, 6, 4), body), detector=Detector((1,), (3,)))


def test_too_many_priors_are_refused() -> None:
    def body(image: Any) -> list[Any]:
        maps = [L.Conv2D(columns, 1)(image) for columns in (4, 2)]
        return [L.Reshape((-1, x.shape[-1]))(x) for x in maps]

    model = functional((257, 256, 1), body)
    with pytest.raises(ModelError, match=r"at most 65,536 priors.* has 65,792 priors"):
        compile_model(model, detector=Detector((1,), (3,)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": (), "sides": ()}, r"steps must be a tuple.*Received: \(\)"),
        ({"steps": [8], "sides": (8,)}, r"steps must be a tuple.*Received: \[8\]"),
        ({"steps": (8, 0), "sides": (8, 8)}, r"steps must be .*Received: \(8, 0\)"),
        ({"steps": (8,), "sides": (8.5,)}, r"sides must be .*Received: \(8.5,\)"),
        ({"steps": (8,), "sides": (8, 9)}, r"one entry per head. Received: \(8,\) and \(8, 9\)"),
        ({"sides": (99_999,)}, r"larger than 32,767 pixels"),
        ({"max_detections": 0}, r"max_detections must be .*Received: 0"),
        ({"max_candidates": True}, r"max_candidates must be .*Received: True"),
        ({"max_candidates": 31}, r"at least max_detections. Received: 31 and 32"),
        ({"most_overlap": 1.5}, r"most_overlap must be from 0 to 1. Received: 1.5"),
        ({"most_overlap": float("nan")}, r"most_overlap must be from 0 to 1. Received: nan"),
    ],
)
def test_bad_detector_says_what_is_wrong(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Detector(**{"steps": (8,), "sides": (8,), **arguments})


def test_names_that_the_class_uses_itself() -> None:
    with pytest.raises(ValueError, match="must not be that of a detector's list"):
        compile_model(one_head(), detector=Detector((2,), (6,)), class_name="Detections")
    model = functional(
        (8, 8, 1),
        lambda x: [
            L.Reshape((-1, 4))(L.Conv2D(4, 1, name="heads")(x)),
            L.Reshape((-1, 2))(L.Conv2D(2, 1, name="detect_1")(x)),
        ],
    )
    names = [row.layer for row in compile_model(model, detector=Detector((1,), (2,))).rows]
    assert names == ["heads_layer", "detect_1", "detect_1_"]


def test_detector_has_no_labels_and_must_be_one() -> None:
    with pytest.raises(ValueError, match=r"has no labels. Received: \('a', 'b'\)"):
        compile_model(one_head(), detector=Detector((2,), (6,)), labels=["a", "b"])
    with pytest.raises(ValueError, match=r"detector must be a Detector.*Received: 'faces'"):
        compile_model(one_head(), detector="faces")  # type: ignore[arg-type]
