"""Writes the generated files of the examples from the weights beside it, and of the package.

python make_examples.py            # headers and library, from digit_weights.npz
python make_examples.py --train    # trains again first, about 15 seconds
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import numpy as np

from micronets.bench.nets import calibration_pixels, trained_net
from micronets.codegen.arduino import export_arduino
from micronets.codegen.export import Export
from micronets.codegen.pipeline import export_cpp
from micronets.data.cartoon import make_figure
from micronets.data.split import stratified_split
from micronets.models import RNNPoolFaceM4

HERE = Path(__file__).parent
WEIGHTS = HERE / "digit_weights.npz"
LABELS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

# Cartoon faces of the sketch FaceBoxes: left, top, width and height.
FACES = ((40, 50, 64, 80), (150, 40, 40, 50), (240, 120, 28, 36))
DRAWN_FACES = """\
// Written by make_examples.py: three cartoon faces, drawn with ellipses row by row, because the
// pixels of a whole picture would take 77 KB.
#pragma once
#include <Arduino.h>

struct Ellipse {
  float x, y, across, down;  // centre and radii
  uint8_t grey;
  bool soft;  // half of what is behind it shows through
};

// The parts of the faces, each in front of those above it.
const Ellipse kEllipses[] = {
ROWS};

// Row y of a picture of 240 rows with 320 pixels each.
inline void draw_row(int y, uint8_t* row) {
  for (int x = 0; x < 320; ++x) row[x] = static_cast<uint8_t>(60 + 2 * y / 5);
  for (const Ellipse& part : kEllipses) {
    const float away = (static_cast<float>(y) + 0.5f - part.y) / part.down;
    if (away <= -1 || away >= 1) continue;
    const float half = part.across * sqrtf(1 - away * away);
    const float from = part.x - half, to = part.x + half;
    int x = from > 0 ? static_cast<int>(from + 0.5f) : 0;
    for (; x < 320 && static_cast<float>(x) + 0.5f < to; ++x) {
      const int behind = part.soft ? row[x] : part.grey;
      row[x] = static_cast<uint8_t>((behind + part.grey) / 2);
    }
  }
}
"""

Part = tuple[np.ndarray, np.ndarray]


def load_pixels() -> tuple[Part, Part]:
    """scikit-learn's digits in their own size: (count, 8, 8, 1) uint8, to train and to test."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    # They count inked dots, 0 to 16.
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    train, test = stratified_split(digits.target, 0.2, seed=0)
    return (images[train], digits.target[train]), (images[test], digits.target[test])


def make_model() -> keras.Model:
    """A net that an Uno can hold: 720 B of RAM."""
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.1, name="dropout"),
            layers.Dense(10, activation="softmax", name="dense"),
        ],
        name="digit_net",
    )


def train(epochs: int = 60, batch_size: int = 32) -> float:
    """Trains the net, saves its weights and returns its accuracy on the test images."""
    (train_x, train_y), (test_x, test_y) = load_pixels()
    keras.utils.set_random_seed(0)
    model = make_model()
    steps = epochs * -(-len(train_x) // batch_size)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.02, steps)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(train_x / 255.0, train_y, epochs=epochs, batch_size=batch_size, verbose=0)
    np.savez(WEIGHTS, *model.get_weights())
    return float(model.evaluate(test_x / 255.0, test_y, verbose=0)[1])


def trained_model() -> keras.Model:
    """The net with the weights of `digit_weights.npz`."""
    model = make_model()
    with np.load(WEIGHTS) as arrays:
        model.set_weights([arrays[name] for name in arrays.files])
    return model


def one_of_each() -> np.ndarray:
    """The first test image of every digit: (10, 8, 8, 1) uint8."""
    _, (images, labels) = load_pixels()
    return np.stack([images[labels == digit][0] for digit in range(10)])


def write_uno_digits(folder: Path = HERE) -> Export:
    """Writes the header of the sketch that takes rows: the Pico that `make bench` measures."""
    net = trained_net("pico")
    sketch = folder / "UnoDigits"
    sketch.mkdir(parents=True, exist_ok=True)
    pixels = calibration_pixels(net.model.input_shape[1:])
    return export_cpp(net, sketch / "model.h", dtype="int8", memory="stream", calibration=pixels)


def write_face_boxes(folder: Path = HERE) -> Export:
    """Writes the headers of the sketch that finds faces: the package's net, and a picture."""
    sketch = folder / "FaceBoxes"
    sketch.mkdir(parents=True, exist_ok=True)
    (sketch / "drawn_faces.h").write_text(faces_header(), encoding="utf-8", newline="\n")
    net = RNNPoolFaceM4(weights="wider")
    return net.export_cpp(sketch / "face.h", dtype="int8", memory="stream")


def write_examples(folder: Path = HERE) -> Export:
    """Writes DigitsUno's two headers and the PlatformIO project's library."""
    model, pictures = trained_model(), one_of_each()
    sketch = folder / "DigitsUno"
    sketch.mkdir(parents=True, exist_ok=True)
    (sketch / "digits.h").write_text(pictures_header(pictures), encoding="utf-8", newline="\n")
    library = folder / "platformio_digits" / "lib" / "DigitNet"
    export_arduino(model, library, example=pictures[7], labels=LABELS)
    return export_cpp(model, sketch / "DigitNet.h", labels=LABELS)


def pictures_header(pictures: np.ndarray) -> str:
    """One picture of each digit as a C++ array."""
    blocks = []
    for picture in pictures[..., 0]:
        rows = [", ".join(f"{value:3d}" for value in row) for row in picture]
        blocks.append("    {" + ",\n     ".join(rows) + "}")
    return (
        "// Written by make_examples.py: a picture of each digit from the test images, 8 x 8\n"
        "// pixels of 0 (paper) to 255 (ink).\n"
        "#pragma once\n"
        "#include <Arduino.h>\n\n"
        "const uint8_t digits[10][64] PROGMEM = {\n" + ",\n".join(blocks) + "};\n"
    )


def faces_header(seed: int = 1) -> str:
    """Cartoon faces as a table of ellipses, and how a row of the picture is drawn from it."""
    random = np.random.default_rng(seed)
    rows = []
    for left, top, width, height in FACES:
        for part in make_figure(random):
            # Soft edges become a smaller ellipse that lets half of what is behind it through.
            soft = part.softness > 0.5
            size = np.array([part.across * width, part.down * height]) * (0.6 if soft else 1)
            centre = (left + part.x * width, top + part.y * height)
            grey = int(np.rint(part.colour @ [0.299, 0.587, 0.114]))
            numbers = ", ".join(f"{number:.1f}f" for number in (*centre, *size))
            rows.append(f"    {{{numbers}, {grey}, {str(soft).lower()}}}")
    return DRAWN_FACES.replace("ROWS", ",\n".join(rows))


def main() -> None:
    """Runs from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", action="store_true", help="train the net again first")
    if parser.parse_args().train:
        print(f"accuracy on the test images: {train():.1%}")
    print(write_examples())
    print(write_uno_digits())
    print(write_face_boxes())


if __name__ == "__main__":
    main()
