"""Packaging of micronets; the C++ kernels of cpp/include travel inside the wheel."""

import runpy
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = runpy.run_path(str(HERE / "micronets" / "_version.py"))["__version__"]

PLOTS = ["matplotlib>=3.8"]
PICTURES = ["pillow>=10.1"]
SERIAL = ["pyserial>=3.5", *PICTURES]
NOTEBOOKS = [*PLOTS, "nbclient>=0.10", "nbformat>=5.10", "ipykernel>=6.29"]
TESTS = [
    *NOTEBOOKS,
    *SERIAL,
    "pytest>=8",
    "pytest-xdist>=3.5",
    "hypothesis>=6.100",
    "ruff>=0.6",
    "mypy>=1.11",
    "build>=1.2",
    "platformio>=6.1",
    "setuptools>=70.1",
]

setup(
    name="micronets",
    version=VERSION,
    description="Train a small vision net with Keras, export one C++ header for microcontrollers",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=[*find_packages(include=["micronets", "micronets.*"]), "micronets._cpp"],
    package_dir={"micronets._cpp": "cpp/include/micronets"},
    package_data={
        "micronets": ["templates/*.jinja", "templates/**/*.jinja", "py.typed"],
        "micronets.bench": ["*.csv", "weights/*.npy"],
        "micronets.codegen": ["*.json"],
        "micronets.models": ["weights/*.npy"],
        "micronets.toolchain": ["support/*"],
        "micronets._cpp": ["**/*.h"],
    },
    include_package_data=False,
    install_requires=[
        "tensorflow>=2.18",
        "numpy>=1.26",
        "jinja2>=3.1",
        "tqdm>=4.66",
        "scikit-learn>=1.4",
        "click>=8.1",
        "rich>=13",
    ],
    extras_require={
        "plots": PLOTS,
        "faces": PICTURES,
        "serial": SERIAL,
        "notebooks": NOTEBOOKS,
        "test": TESTS,
    },
    entry_points={"console_scripts": ["micronets=micronets.cli:main"]},
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Intended Audience :: Education",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: C++",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Software Development :: Embedded Systems",
    ],
)
