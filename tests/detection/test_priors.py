"""Priors stand on the middles of their cells, heads and rows in order."""

import numpy as np
import pytest
from reference_vectors import load_vectors

from micronets.detection.priors import QVGA_PRIORS, VGA_PRIORS, PriorLayout, make_priors
from micronets.errors import DataError


@pytest.mark.parametrize(
    ("layout", "size"),
    [(QVGA_PRIORS, (240, 320)), (QVGA_PRIORS, (61, 100)), (VGA_PRIORS, (97, 130))],
)
def test_priors_are_those_of_plain_loops(layout, size):
    height, width = size
    expected = []
    for step, side in zip(layout.steps, layout.sides, strict=True):
        for row in range(-(-height // step)):
            for column in range(-(-width // step)):
                x, y = (column + 0.5) * step / width, (row + 0.5) * step / height
                expected.append((x, y, side / width, side / height))
    priors = make_priors(layout, size)
    assert priors.dtype == np.float32
    np.testing.assert_array_equal(priors, np.array(expected, np.float32))


@pytest.mark.parametrize(
    ("name", "layout", "size", "maps"),
    [
        ("priors_qvga_240x320", QVGA_PRIORS, (240, 320), [(30, 40), (30, 40), (15, 20), (15, 20)]),
        ("priors_qvga_320x320", QVGA_PRIORS, (320, 320), None),
        ("priors_vga_480x640", VGA_PRIORS, (480, 640), None),
    ],
)
def test_priors_are_those_of_the_reference(name, layout, size, maps):
    expected = load_vectors("edgeml_priors.npz")[name]
    np.testing.assert_array_equal(make_priors(layout, size, maps), expected)


def test_maps_may_have_sizes_of_their_own():
    priors = make_priors(PriorLayout((8,), (16,)), (32, 32), [(3, 5)])
    assert len(priors) == 15
    np.testing.assert_allclose(priors[-1], [4.5 * 8 / 32, 2.5 * 8 / 32, 0.5, 0.5])


@pytest.mark.parametrize(
    ("steps", "sides"), [((), ()), ((8,), (8, 16)), ((0,), (8,)), ((8,), (-1,))]
)
def test_layouts_that_make_no_sense_are_refused(steps, sides):
    with pytest.raises(ValueError, match=r"steps and sides must .*Received"):
        PriorLayout(steps, sides)


def test_wrong_maps_and_sizes_are_refused():
    with pytest.raises(DataError, match=r"each of the 4 heads\. Received: \[\(1, 1\)\]"):
        make_priors(QVGA_PRIORS, (240, 320), [(1, 1)])
    with pytest.raises(DataError, match=r"at least 1x1\. Received: image \(0, 320\)"):
        make_priors(QVGA_PRIORS, (0, 320))
