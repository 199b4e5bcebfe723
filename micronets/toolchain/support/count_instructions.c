/* count_instructions.c - QEMU plugin: counts the instructions that the guest executes between two
 * markers (see harness.h) and appends one number a line to instructions.txt in QEMU's folder.
 * The prototypes are written by hand from QEMU's documented plugin interface, version 1, because
 * Debian ships no header. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                           void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *),
                                            int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int operation,
                                                void *counter, uint64_t amount);

static uint64_t executed; /* all instructions so far, markers excepted */
static uint64_t executed_at_begin;
static uint64_t uncounted; /* the return behind the first marker and the call of the second */
static bool counting;

static void on_marker(unsigned cpu, void *data) {
  (void)cpu;
  (void)data;
  if (counting) {
    FILE *file = fopen("instructions.txt", "a");
    if (file == NULL) {
      perror("instructions.txt");
      exit(2);
    }
    fprintf(file, "%" PRIu64 "\n", executed - executed_at_begin - uncounted);
    fclose(file);
  }
  executed_at_begin = executed;
  counting = !counting;
}

static bool is_marker(const uint8_t *code, size_t size) {
  if (size == 2) return code[0] == 0xC9 && code[1] == 0x46; /* Arm: mov r9, r9 */
  return size == 4 && code[0] == 0x13 && code[1] == 0x20 && code[2] == 0x10 &&
         code[3] == 0x00; /* RISC-V: slti zero, zero, 1 */
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < count; i++) {
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
    if (is_marker(qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction))) {
      uncounted = qemu_plugin_insn_size(instruction) == 2 ? 2 : 0;
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_marker, 0, NULL);
    } else {
      qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, &executed,
                                                 1);
    }
  }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                               char **argv) {
  (void)info;
  (void)argc;
  (void)argv;
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  return 0;
}
