"""Each pass: graph text in, graph text out; what must not match stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from graph_text import constants_count, parse_graph, random_images
from header_batch import assert_close

from micronets.codegen.graph import Graph, Node, bypass_node
from micronets.codegen.interpreter import evaluate
from micronets.codegen.passes import FLOAT_PASSES, Pass, run_pass, run_passes
from micronets.codegen.passes.absorb_input_scale import AbsorbInputScale
from micronets.codegen.passes.fold_batch_norm import FoldBatchNorm
from micronets.codegen.passes.fold_flatten import FoldFlatten
from micronets.codegen.passes.fuse_activation import FuseActivation
from micronets.codegen.passes.fuse_padding import FusePadding
from micronets.codegen.passes.order_outputs import OrderOutputs
from micronets.errors import InternalError


def assert_becomes(pass_: Pass, before: str, after: str, tolerance: float = 0) -> None:
    """The pass turns one text into the other and changes no answer."""
    graph = parse_graph(before)
    result = run_pass(pass_, graph)
    assert str(result) == str(parse_graph(after))
    images = random_images(graph)
    assert_close(evaluate(result, images), evaluate(graph, images), pass_.name, tolerance)


def assert_stays(pass_: Pass, text: str) -> None:
    """The pass finds nothing to do."""
    graph = parse_graph(text)
    assert run_pass(pass_, graph) is graph


@pytest.mark.parametrize(
    ("producer", "folded"),
    [
        ("conv2d(x) [window=(3, 3) filters=4]", "conv2d(x) [window=(3, 3) filters=4]"),
        (
            "conv2d(x) [window=(3, 3) filters=4 no_bias]",
            "conv2d(x) [window=(3, 3) filters=4]",
        ),
        (
            "depthwise_conv2d(x) [window=(2, 3) multiplier=2]",
            "depthwise_conv2d(x) [window=(2, 3) multiplier=2]",
        ),
        ("dense(x) [units=5]", "dense(x) [units=5]"),
        ("dense(x) [units=5 no_bias]", "dense(x) [units=5]"),
    ],
)
def test_folds_batch_norm_into_weights_and_bias(producer: str, folded: str) -> None:
    assert_becomes(
        FoldBatchNorm(),
        f"""
        x = input 6x5x3
        a = {producer}
        b = affine(a)
        return b
        """,
        f"""
        x = input 6x5x3
        a = {folded}
        return a
        """,
    )


def test_folds_two_batch_norms_and_takes_over_their_activation() -> None:
    assert_becomes(
        FoldBatchNorm(),
        """
        x = input 4x4x2
        a = conv2d(x) [window=(3, 3) filters=4]
        b = affine(a)
        c = affine(b) [activation=relu6]
        return c
        """,
        """
        x = input 4x4x2
        a = conv2d(x) [window=(3, 3) filters=4 activation=relu6]
        return a
        """,
    )


@pytest.mark.parametrize(
    "text",
    [
        # The clamp stands between them.
        """
        x = input 4x4x2
        a = conv2d(x) [filters=4 window=(1, 1) activation=relu]
        b = affine(a)
        return b
        """,
        # Somebody else needs the output as it was.
        """
        x = input 4x4x2
        a = conv2d(x) [filters=2 window=(1, 1)]
        b = affine(a)
        c = add(a, b)
        return c
        """,
        # It is an output of the net itself.
        """
        x = input 4x4x2
        a = conv2d(x) [filters=2 window=(1, 1)]
        b = affine(a)
        return a, b
        """,
        # Nothing with weights in front of it.
        """
        x = input 4x4x2
        a = max_pool2d(x) [window=(2, 2)]
        b = affine(a)
        return b
        """,
    ],
    ids=["clamped", "two_readers", "output", "no_weights"],
)
def test_batch_norm_stays(text: str) -> None:
    assert_stays(FoldBatchNorm(), text)


@pytest.mark.parametrize(
    "producer",
    [
        "conv2d(x) [window=(3, 3) filters=4{}]",
        "depthwise_conv2d(x) [window=(3, 3){}]",
        "dense(x) [units=3{}]",
        "affine(x){}",
        "add(x, x){}",
    ],
)
@pytest.mark.parametrize("activation", ["relu", "relu6", "relu0.5"])
def test_fuses_relu_into_what_clamps_its_own_output(producer: str, activation: str) -> None:
    if producer.endswith("]"):
        plain, fused = producer.format(""), producer.format(f" activation={activation}")
    else:
        plain, fused = producer.format(""), producer.format(f" [activation={activation}]")
    assert_becomes(
        FuseActivation(),
        f"""
        x = input 6x5x3
        a = {plain}
        b = relu(a) [activation={activation}]
        return b
        """,
        f"""
        x = input 6x5x3
        a = {fused}
        return a
        """,
    )


@pytest.mark.parametrize(
    "text",
    [
        """
        x = input 4x4x2
        a = max_pool2d(x) [window=(2, 2)]
        b = relu(a)
        return b
        """,
        """
        x = input 4x4x2
        a = conv2d(x) [filters=2 window=(1, 1) activation=relu6]
        b = relu(a) [activation=relu0.5]
        return b
        """,
        """
        x = input 4x4x2
        a = conv2d(x) [filters=2 window=(1, 1)]
        b = relu(a)
        c = add(a, b)
        return c
        """,
        """
        x = input 4x4x2
        a = relu(x)
        return a
        """,
        """
        x = input 4x4x2
        a = conv2d(x) [filters=2 window=(1, 1)]
        b = leaky_relu(a) [slope=0.25]
        return b
        """,
    ],
    ids=["pool", "clamped_already", "two_readers", "input", "leaky"],
)
def test_activation_stays(text: str) -> None:
    assert_stays(FuseActivation(), text)


def test_fuses_padding_into_all_its_convolutions() -> None:
    assert_becomes(
        FusePadding(),
        """
        x = input 5x5x3
        p = zero_pad2d(x) [padding=(1, 2, 3, 0)]
        a = conv2d(p) [filters=2 window=(3, 3) padding=(1, 1, 1, 1)]
        b = depthwise_conv2d(p) [window=(3, 3)]
        return a, b
        """,
        """
        x = input 5x5x3
        a = conv2d(x) [filters=2 window=(3, 3) padding=(2, 3, 4, 1)]
        b = depthwise_conv2d(x) [window=(3, 3) padding=(1, 2, 3, 0)]
        return a, b
        """,
    )


def test_fuses_padding_of_padding() -> None:
    assert_becomes(
        FusePadding(),
        """
        x = input 3x3x2
        p = zero_pad2d(x) [padding=(1, 1, 1, 1)]
        q = zero_pad2d(p) [padding=(0, 1, 0, 1)]
        a = conv2d(q) [filters=2 window=(3, 3)]
        return a
        """,
        """
        x = input 3x3x2
        a = conv2d(x) [filters=2 window=(3, 3) padding=(1, 2, 1, 2)]
        return a
        """,
    )


@pytest.mark.parametrize(
    "text",
    [
        # Max pooling ignores its own padding, but these zeros are real.
        """
        x = input 4x4x2
        p = zero_pad2d(x) [padding=(1, 1, 1, 1)]
        a = max_pool2d(p) [window=(2, 2)]
        return a
        """,
        """
        x = input 4x4x2
        p = zero_pad2d(x) [padding=(1, 1, 1, 1)]
        a = conv2d(p) [filters=2 window=(3, 3)]
        b = average_pool2d(p) [window=(3, 3)]
        c = add(a, b)
        return c
        """,
        """
        x = input 4x4x2
        p = zero_pad2d(x) [padding=(1, 1, 1, 1)]
        a = conv2d(p) [filters=2 window=(3, 3)]
        return a, p
        """,
    ],
    ids=["max_pool", "one_of_two_readers", "output"],
)
def test_padding_stays(text: str) -> None:
    assert_stays(FusePadding(), text)


def test_dense_layers_read_the_map_in_front_of_flatten() -> None:
    assert_becomes(
        FoldFlatten(),
        """
        x = input 3x5x2
        f = reshape(x) [shape=(30,)]
        a = dense(f) [units=4]
        b = dense(f) [units=2]
        return a, b
        """,
        """
        x = input 3x5x2
        a = dense(x) [units=4]
        b = dense(x) [units=2]
        return a, b
        """,
    )


@pytest.mark.parametrize(
    "text",
    [
        """
        x = input 3x5x2
        f = reshape(x) [shape=(30,)]
        a = relu(f)
        b = dense(f) [units=4]
        return a, b
        """,
        """
        x = input 3x5x2
        f = reshape(x) [shape=(30,)]
        b = dense(f) [units=4]
        return f, b
        """,
    ],
    ids=["other_reader", "output"],
)
def test_flatten_stays(text: str) -> None:
    assert_stays(FoldFlatten(), text)


def _rescaling(scale: float, offset: float, text: str) -> Graph:
    """A graph whose node `r` has one factor and one offset for all channels."""
    graph = parse_graph(text)
    constants = graph.node("r").constants
    constants["scale"][:], constants["offset"][:] = scale, offset  # type: ignore[index]
    return graph


def test_absorbs_uniform_rescaling_of_the_image() -> None:
    text = "x = input 4x4x3 interleaved\nr = affine(x)\na = conv2d(r) [window=(3, 3)]\nreturn a"
    graph = _rescaling(0.5, -1.0, text)
    result = run_pass(AbsorbInputScale(), graph)
    assert str(result).splitlines()[0] == "x = input 4x4x3 interleaved * 0.5 + -1.0"
    assert [node.op for node in result.nodes] == ["conv2d"]
    images = random_images(graph)
    assert_close(evaluate(result, images), evaluate(graph, images), "absorbed")


def test_absorbs_one_rescaling_after_the_other() -> None:
    text = "x = input 4x4x1\nr = affine(x)\ns = affine(r)\na = conv2d(s) [window=(3, 3)]\nreturn a"
    graph = _rescaling(2.0, 1.0, text)
    result = run_pass(AbsorbInputScale(), graph)
    assert [node.op for node in result.nodes] == ["conv2d"]
    images = random_images(graph)
    assert_close(evaluate(result, images), evaluate(graph, images), "absorbed twice")


@pytest.mark.parametrize(
    "text",
    [
        "x = input 4x4x3\nr = affine(x)\nreturn r",
        "x = input 4x4x3\nr = affine(x) [activation=relu]\na = conv2d(r)  [window=(1, 1)]\nreturn a"
        "".replace("  [", " ["),
        "x = input 4x4x3\nr = affine(x)\na = add(x, r)\nreturn a",
    ],
    ids=["output", "clamped", "image_read_twice"],
)
def test_rescaling_stays(text: str) -> None:
    graph = _rescaling(0.5, -1.0, text)
    assert run_pass(AbsorbInputScale(), graph) is graph


def test_rescaling_by_channel_stays() -> None:
    assert_stays(
        AbsorbInputScale(),
        """
        x = input 4x4x3
        r = affine(x)
        a = conv2d(r) [window=(1, 1)]
        return a
        """,
    )


def test_outputs_that_are_maps_are_put_in_order() -> None:
    assert_becomes(
        OrderOutputs(),
        """
        x = input 4x4x2
        a = conv2d(x) [filters=3 window=(3, 3)]
        b = conv2d(x) [filters=1 window=(3, 3)]
        return a, b
        """,
        """
        x = input 4x4x2
        a = conv2d(x) [filters=3 window=(3, 3)]
        b = conv2d(x) [filters=1 window=(3, 3)]
        a_ordered = reshape(a) interleaved [shape=(2, 2, 3) layout=Layout.INTERLEAVED]
        return a_ordered, b
        """,
    )


def test_vectors_and_single_columns_are_in_order_already() -> None:
    assert_stays(
        OrderOutputs(),
        """
        x = input 4x4x2
        a = dense(x) [units=3]
        b = average_pool2d(x) [window=(1, 4)]
        return a, b
        """,
    )


def test_all_passes_together() -> None:
    before = parse_graph(
        """
        x = input 6x6x1
        p = zero_pad2d(x) [padding=(1, 1, 1, 1)]
        a = conv2d(p) [filters=4 window=(3, 3) no_bias]
        b = affine(a)
        c = relu(b) [activation=relu6]
        f = reshape(c) [shape=(144,)]
        d = dense(f) [units=5]
        s = softmax(d)
        return s
        """
    )
    after = run_passes(FLOAT_PASSES, before)
    assert [node.op for node in after.nodes] == ["conv2d", "dense", "softmax"]
    assert constants_count(after) == 4 * 9 + 4 + 5 * 144 + 5
    images = random_images(before)
    assert_close(evaluate(after, images), evaluate(before, images), "all passes")


def test_a_pass_keeps_the_names_of_the_layers_it_fused() -> None:
    graph = parse_graph("x = input 4x4x2\na = conv2d(x) [window=(3, 3)]\nb = relu(a)\nreturn b")
    named = graph.with_nodes(
        Node(n.op, n.attributes, n.inputs, n.output, n.constants, (f"keras_{n.name}",))
        for n in graph.nodes
    )
    fused = run_pass(FuseActivation(), named)
    assert fused.nodes[0].layers == ("keras_a", "keras_b")


class _Endless(Pass):
    name = "endless"

    def match(self, graph: Graph, node: Node) -> bool:
        return True

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        return graph.with_nodes(graph.nodes)


class _Breaking(Pass):
    name = "breaking"

    def match(self, graph: Graph, node: Node) -> bool:
        return node.op == "conv2d"

    def rewrite(self, graph: Graph, node: Node) -> Graph:
        return bypass_node(graph, node)


_CHAIN = "x = input 4x4x2\na = conv2d(x) [window=(3, 3)]\nb = affine(a)\nreturn b"


def test_a_pass_without_end_is_reported() -> None:
    with pytest.raises(InternalError, match=r"(?s)'endless' does not come to an end.*a = conv2d"):
        run_pass(_Endless(), parse_graph(_CHAIN))


def test_a_pass_that_breaks_the_graph_is_reported_with_its_name() -> None:
    with pytest.raises(InternalError, match=r"(?s)broken after 'breaking'.*shape.*report"):
        run_pass(_Breaking(), parse_graph(_CHAIN))


def test_digest_changes_with_weights_settings_and_connections() -> None:
    graph = parse_graph(_CHAIN)
    assert graph.digest() == parse_graph(_CHAIN).digest()
    other = parse_graph(_CHAIN)
    other.nodes[0].constants["weights"].flat[0] += np.float32(1e-3)
    digests = {
        graph.digest(),
        other.digest(),
        parse_graph(_CHAIN.replace("(3, 3)", "(3, 2)")).digest(),
        parse_graph(_CHAIN.replace("affine(a)", "relu(a)")).digest(),
    }
    assert len(digests) == 4
