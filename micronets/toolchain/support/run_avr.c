/* run_avr.c - runs a firmware in simavr: `run_avr CHIP FIRMWARE LIMIT`, LIMIT in emulated cycles.
 * Serves the harness (see harness_avr.cpp) from input.bin, output.bin, instructions.txt, cycles.txt
 * and stack.bin in its folder, and prints what the firmware sends over UART 0. Exit status: what
 * the firmware gave, 3 after a crash, 4 at the limit. */
#include <inttypes.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_core.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_io.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kGpior0 = 0x3E, kGpior1 = 0x4A, kGpior2 = 0x4B }; /* data addresses, ATmega328P and 2560 */
enum { kPaint = 0xC5, kLeastUntouched = 16, kMarkerCost = 2 };

static FILE *input, *output, *instructions_file, *cycles_file;
static uint64_t steps, steps_at_begin, cycles_at_begin;
static bool counting, finished;
static int exit_status;

static FILE *open_or_stop(const char *name, const char *mode) {
  FILE *file = fopen(name, mode);
  if (file == NULL) {
    perror(name);
    exit(2);
  }
  return file;
}

static void on_marker(avr_t *avr, avr_io_addr_t address, uint8_t value, void *data) {
  (void)data;
  avr->data[address] = value;
  if (counting && value == 2) {
    /* Both markers are `ldi` and `out`, of one cycle each; `out` of the first and `ldi` of the
     * second lie in between. */
    fprintf(instructions_file, "%" PRIu64 "\n", steps - steps_at_begin - kMarkerCost);
    fprintf(cycles_file, "%" PRIu64 "\n", (uint64_t)avr->cycle - cycles_at_begin - kMarkerCost);
  }
  counting = value == 1;
  steps_at_begin = steps;
  cycles_at_begin = avr->cycle;
}

static uint8_t input_left(avr_t *avr, avr_io_addr_t address, void *data) {
  (void)avr;
  (void)address;
  (void)data;
  const int next = getc(input);
  if (next == EOF) return 0;
  ungetc(next, input);
  return 1;
}

static uint8_t on_input(avr_t *avr, avr_io_addr_t address, void *data) {
  (void)avr;
  (void)address;
  (void)data;
  return (uint8_t)getc(input);
}

static void on_output(avr_t *avr, avr_io_addr_t address, uint8_t value, void *data) {
  (void)avr;
  (void)address;
  (void)data;
  putc(value, output);
}

static void exit_with(avr_t *avr, avr_io_addr_t address, uint8_t value, void *data) {
  (void)avr;
  (void)address;
  (void)data;
  exit_status = value;
  finished = true;
}

static void on_serial(struct avr_irq_t *irq, uint32_t value, void *data) {
  (void)irq;
  (void)data;
  putchar((int)value);
}

/* simavr's own logger tells of every section that it loads. */
static void log_errors(avr_t *avr, const int level, const char *format, va_list arguments) {
  (void)avr;
  if (level == LOG_ERROR) vfprintf(stderr, format, arguments);
}

/* Without this, simavr sleeps in real time while the firmware sleeps. */
static void do_not_wait(avr_t *avr, avr_cycle_count_t cycles) {
  (void)avr;
  (void)cycles;
}

static void serve_serial(avr_t *avr) {
  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
  flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT),
                          on_serial, NULL);
}

/* The heap grows from below and an array may lie in the stack unwritten, so what counts as
 * untouched is the longest run of painted bytes. -1 where the stack met the data. */
static int32_t deepest_stack(const avr_t *avr, uint32_t first_free) {
  uint32_t longest = 0, longest_end = 0, run = 0;
  for (uint32_t address = first_free; address <= avr->ramend; address++) {
    run = avr->data[address] == kPaint ? run + 1 : 0;
    if (run > longest) {
      longest = run;
      longest_end = address + 1;
    }
  }
  return longest < kLeastUntouched ? -1 : (int32_t)(avr->ramend + 1 - longest_end);
}

static void write_stack(int32_t bytes) {
  FILE *file = open_or_stop("stack.bin", "wb");
  fwrite(&bytes, sizeof bytes, 1, file);
  fclose(file);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: %s CHIP FIRMWARE LIMIT\n", argv[0]);
    return 2;
  }
  avr_global_logger_set(log_errors);
  elf_firmware_t firmware;
  memset(&firmware, 0, sizeof firmware);
  avr_t *avr = avr_make_mcu_by_name(argv[1]);
  if (avr == NULL || elf_read_firmware(argv[2], &firmware) != 0) {
    fprintf(stderr, "cannot load %s for %s\n", argv[2], argv[1]);
    return 2;
  }
  avr_init(avr);
  firmware.frequency = 16000000;
  avr_load_firmware(avr, &firmware);
  avr->sleep = do_not_wait;

  input = open_or_stop("input.bin", "rb");
  output = open_or_stop("output.bin", "wb");
  instructions_file = open_or_stop("instructions.txt", "w");
  cycles_file = open_or_stop("cycles.txt", "w");
  avr_register_io_read(avr, kGpior0, input_left, NULL);
  avr_register_io_write(avr, kGpior0, on_marker, NULL);
  avr_register_io_read(avr, kGpior1, on_input, NULL);
  avr_register_io_write(avr, kGpior1, exit_with, NULL);
  avr_register_io_write(avr, kGpior2, on_output, NULL);
  serve_serial(avr);

  const uint32_t first_free = avr->ioend + 1 + firmware.datasize + firmware.bsssize;
  if (first_free <= avr->ramend) {
    memset(avr->data + first_free, kPaint, avr->ramend + 1 - first_free);
  }
  const uint64_t limit = strtoull(argv[3], NULL, 10);
  int state = cpu_Running;
  while (!finished && state != cpu_Done && state != cpu_Crashed && avr->cycle < limit) {
    state = avr_run(avr);
    steps++;
  }
  if (state == cpu_Crashed) fprintf(stderr, "the processor crashed\n");
  write_stack(deepest_stack(avr, first_free));
  fclose(output);
  fclose(instructions_file);
  fclose(cycles_file);
  if (state == cpu_Crashed) return 3;
  return finished ? exit_status : 4;
}
