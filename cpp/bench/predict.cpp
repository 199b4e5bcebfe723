// predict.cpp - one predict() of an exported header between the marks of the emulator, by hand.
//
// `make bench` writes such a program for every net by itself; this one is for a header of your own:
//
//   arm-none-eabi-g++ -mcpu=cortex-m4 -Os -DNET=PicoMobileNet -DNET_HEADER='"model.h"'
//       -I micronets/toolchain/support cpp/bench/predict.cpp ...
//
// or, with start-up code and emulator: micronets.toolchain.build("cortex-m4", Path("predict.cpp"),
// extra_flags=["-DNET=PicoMobileNet", '-DNET_HEADER="model.h"']).run(pixels).
#include "harness.h"
#include NET_HEADER

static NET net;
static uint8_t pixels[NET::input_height() * NET::input_width() * NET::input_channels()];

int main() {
  while (harness_read(pixels, sizeof pixels)) {
    harness_count_begin();
    const uint16_t label = net.predict(pixels);
    harness_count_end();
    harness_write(&label, sizeof label);
  }
  return 0;
}
