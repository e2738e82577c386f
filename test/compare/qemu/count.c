/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count.c - a plugin for qemu's user emulation: how many instructions a program has executed, as a
 * line at its end. Debian has no header for plugins, so that what is used of it stands here.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#ifndef API
#define API 1 /* of qemu 7.2; newer ones want a higher one */
#endif

struct qemu_plugin_tb;

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                           void (*translated)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block,
                                          void (*executed)(unsigned, void *), int flags,
                                          void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*ended)(uint64_t, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_outs(const char *text);

extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

int qemu_plugin_version = API;

static uint64_t count;

static void executed(unsigned cpu, void *instructions)
{
    (void)cpu;
    count += (uintptr_t)instructions;
}

static void translated(uint64_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(block, executed, 0,
                                         (void *)(uintptr_t)qemu_plugin_tb_n_insns(block));
}

static void ended(uint64_t id, void *data)
{
    char line[64];

    (void)id;
    (void)data;
    (void)snprintf(line, sizeof line, "instructions: %" PRIu64 "\n", count);
    qemu_plugin_outs(line);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    (void)info;
    (void)argc;
    (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
