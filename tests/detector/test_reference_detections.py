"""What C++ finds in outputs of the reference implementation is what that one found."""

from __future__ import annotations

import numpy as np
import pytest
from detector_heads import Head, as_input, heads_graph, program_text, read_output
from reference_vectors import load_vectors

from micronets import toolchain
from micronets.codegen.detections import find_detections
from micronets.codegen.emit.amalgamate import include_root
from micronets.detection.detections import Detections

IMAGE = (320, 320)
HEADS = [
    *(Head((40, 40), 8, side) for side in (8, 16)),
    *(Head((20, 20), 16, side) for side in (32, 48)),
]
MOST = 750


@pytest.mark.parametrize("language", ["c++", "python"])
def test_detections_are_those_of_the_reference(need_target, language: str) -> None:
    golden = load_vectors("edgeml_multibox.npz")
    need_target("host")
    graph = heads_graph(HEADS, IMAGE, is_int8=False, max_candidates=4000, max_detections=MOST)
    starts = np.cumsum([head.size[0] * head.size[1] for head in HEADS])[:-1]
    probabilities = golden["det_in_prob"][0].astype(np.float64)
    logits = np.stack(
        [np.zeros(len(probabilities)), np.log(probabilities[:, 1] / probabilities[:, 0])], axis=1
    ).astype(np.float32)
    maps = list(
        zip(np.split(golden["det_in_loc"][0], starts), np.split(logits, starts), strict=True)
    )
    found = find_detections(graph, maps, 0.05)
    if language == "c++":
        folders = [include_root().parent, include_root().parents[1] / "tests"]
        program = toolchain.build("host", program_text(graph), include_dirs=folders)
        found = read_output(program.run(as_input(graph, maps, 0.05)).output)[0]
    scores, boxes = golden["det_out"][:, 0], golden["det_out"][:, 1:] * IMAGE[0]
    expected = Detections(boxes, scores).clipped(IMAGE)
    # The last score is cut by the limit: which of its boxes are kept is open.
    least = scores.min() + 1e-4
    expected, found = expected.above(least), found.above(least)
    assert len(found) == len(expected) > 700
    distance = np.abs(found.boxes[:, np.newaxis] - expected.boxes).max(axis=2)
    distance += 1e4 * np.abs(found.scores[:, np.newaxis] - expected.scores)
    assert distance.min(axis=0).max() < 1
    assert distance.min(axis=1).max() < 1
