"""Sizes, temporary folders, and the cache of what the emulators need."""

import gc
import threading
import time

import pytest
from programs import DOUBLE_BYTES

from micronets.errors import ToolchainError
from micronets.toolchain import build, cache, flash_and_ram, targets
from micronets.toolchain.program import avr_runner, instruction_counter

CONSTANTS = """
extern const unsigned char table[1000] = {1, 2, 3};
static volatile unsigned char variable[200];
int main() { return table[variable[0]] - 1; }
"""


@pytest.mark.parametrize("name", ["cortex-m0", "cortex-m4", "rv32"])
def test_footprint_is_constants_code_and_variables(name, need_target):
    footprint = flash_and_ram(need_target(name), CONSTANTS, optimize="-Os")
    assert 1000 <= footprint.flash < 1100
    assert footprint.ram == 200


def test_footprint_of_an_empty_program_is_nothing(cortex_m4):
    footprint = flash_and_ram(cortex_m4, "int main() { return 0; }")
    assert (footprint.flash, footprint.ram) == (0, 0)


def test_harness_is_small_and_has_no_library_around_it(cortex_m4):
    program = build(cortex_m4, "int main() { return 0; }")
    assert program.sizes.flash < 1024
    assert program.sizes.ram == 0


def test_optimization_changes_counts_but_not_the_harness(cortex_m4):
    data = b"\x02\x00\x00\x00ab"
    slow = build(cortex_m4, DOUBLE_BYTES, optimize="-O0").run(data)
    fast = build(cortex_m4, DOUBLE_BYTES, optimize="-O2").run(data)
    assert slow.output == fast.output
    assert fast.instructions[0] < slow.instructions[0]


def test_several_sources_and_include_folders(host, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "answer.h").write_text("int answer();\n")
    (tmp_path / "answer.cpp").write_text('#include "answer.h"\nint answer() { return 0; }\n')
    program = build(
        host,
        ['#include "answer.h"\nint main() { return answer(); }', tmp_path / "answer.cpp"],
        include_dirs=[tmp_path / "folder"],
        work_dir=tmp_path / "work",
    )
    assert program.path.parent == tmp_path / "work"
    program.run()


def test_temporary_folder_goes_with_the_program(host):
    program = build(host, "int main() { return 0; }")
    folder = program.path.parent
    assert folder.is_dir()
    del program
    gc.collect()
    assert not folder.exists()


def test_emulator_binaries_are_built_once(need_target):
    need_target("avr")
    assert instruction_counter() == instruction_counter()
    assert avr_runner() == avr_runner()


def test_parallel_workers_never_see_half_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "cache_directory", lambda: tmp_path)
    content = "x" * 100_000

    def write_slowly(path):
        with path.open("w") as file:
            for start in range(0, len(content), 10_000):
                file.write(content[start : start + 10_000])
                file.flush()
                time.sleep(0.002)

    seen = []

    def worker():
        seen.append(cache.cached("slow", ".txt", ["same"], write_slowly).read_text())

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [content] * 4
    assert [path.suffix for path in tmp_path.iterdir()] == [".txt"]


def test_cache_is_private(tmp_path, monkeypatch):
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    directory = cache.cache_directory()
    assert directory.stat().st_mode & 0o077 == 0
    directory.rmdir()
    directory.symlink_to(tmp_path)
    with pytest.raises(ToolchainError, match="belongs to somebody else"):
        cache.cache_directory()


@pytest.mark.parametrize("name", [name for name, target in targets.items() if target.is_emulated])
@pytest.mark.parametrize("count", [1, 100])
def test_count_is_the_number_of_instructions(name, count, need_target):
    source = f"""
    #include "harness.h"
    int main() {{
      harness_count_begin();
      __asm__ volatile(".rept {count}\\n\\tnop\\n\\t.endr");
      harness_count_end();
      return 0;
    }}"""
    assert build(need_target(name), source).run().instructions == [count]
