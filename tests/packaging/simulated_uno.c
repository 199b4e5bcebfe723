/* simulated_uno.c - an Arduino Uno in simavr whose serial port is a terminal of this computer:
 * `simulated_uno FIRMWARE` prints "port /dev/pts/N". On standard input it takes letters: r resets
 * the chip, as opening the port does on a board, and at the end of the input it prints "unused N":
 * the bytes behind the variables that still are as the sketch painted them. */
#include <fcntl.h>
#include <simavr/avr_uart.h>
#include <simavr/parts/uart_pty.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_io.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { kHertz = 16000000, kMillisecond = kHertz / 1000, kMostIdle = 200 };
enum { kPaint = 0xC5 }; /* the sketch's */

static avr_cycle_count_t last_byte;

static void note_byte(struct avr_irq_t *irq, uint32_t value, void *avr) {
  (void)irq;
  (void)value;
  last_byte = ((avr_t *)avr)->cycle;
}

/* True until the input ends. */
static bool obey(avr_t *avr) {
  char letter;
  const ssize_t count = read(STDIN_FILENO, &letter, 1);
  if (count == 1 && letter == 'r') avr_reset(avr);
  return count != 0;
}

static unsigned painted(const avr_t *avr, uint32_t address) {
  unsigned count = 0;
  while (avr->data[address + count] == kPaint) count++;
  return count;
}

int main(int argc, char **argv) {
  elf_firmware_t firmware;
  memset(&firmware, 0, sizeof firmware);
  avr_t *avr = avr_make_mcu_by_name("atmega328p");
  if (argc != 2 || avr == NULL || elf_read_firmware(argv[1], &firmware) != 0) {
    fprintf(stderr, "usage: %s FIRMWARE, an ELF file for the ATmega328P\n", argv[0]);
    return 2;
  }
  avr_init(avr);
  firmware.frequency = kHertz;
  avr_load_firmware(avr, &firmware);

  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
  flags &= ~(uint32_t)AVR_UART_FLAG_POLL_SLEEP;
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  static uart_pty_t pty; /* its thread reads it until the process ends */
  uart_pty_init(avr, &pty);
  uart_pty_connect(&pty, '0');
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), note_byte,
                          avr);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT),
                          note_byte, avr);
  printf("port %s\n", pty.pty.slavename);
  fflush(stdout);
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);

  int state = cpu_Running;
  for (avr_cycle_count_t next = 0; state != cpu_Done && state != cpu_Crashed;) {
    state = avr_run(avr);
    if (avr->cycle < next) continue;
    next = avr->cycle + kMillisecond;
    if (!obey(avr)) break;
    /* As fast as this computer can, but for long waits: then time must not run away from those
     * who send, or the firmware finds them slow. */
    if (avr->cycle - last_byte > (avr_cycle_count_t)kMostIdle * kMillisecond) usleep(1000);
  }
  printf("unused %u\n", painted(avr, avr->ioend + 1 + firmware.datasize + firmware.bsssize));
  return state == cpu_Crashed ? 3 : 0;
}
