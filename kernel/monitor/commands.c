/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c: the list of all command groups, in the order help shows them. */
#include "kernel/monitor/command.h"

extern const struct command_group command_group_help;
extern const struct command_group command_group_guest;
extern const struct command_group command_group_console;
extern const struct command_group command_group_life;
extern const struct command_group command_group_memory_dump;
extern const struct command_group command_group_vcpu;
extern const struct command_group command_group_vcpu_code;
extern const struct command_group command_group_vmcs;
extern const struct command_group command_group_ept;
extern const struct command_group command_group_wait;
extern const struct command_group command_group_top;
extern const struct command_group command_group_exits;
extern const struct command_group command_group_denied;
extern const struct command_group command_group_trace;
extern const struct command_group command_group_cpu;
extern const struct command_group command_group_memory;
extern const struct command_group command_group_pci;
extern const struct command_group command_group_irq;
extern const struct command_group command_group_acpi;
extern const struct command_group command_group_config;
extern const struct command_group command_group_promises;
extern const struct command_group command_group_time;
extern const struct command_group command_group_log;
extern const struct command_group command_group_crash;
extern const struct command_group command_group_lock;
extern const struct command_group command_group_power;
extern const struct command_group command_group_set;
extern const struct command_group command_group_system;

/* clang-format off */
const struct command_group *const command_groups[] = {
	&command_group_help,
	&command_group_guest,
	&command_group_console,
	&command_group_life,
	&command_group_memory_dump,
	&command_group_vcpu,
	&command_group_vcpu_code,
	&command_group_vmcs,
	&command_group_ept,
	&command_group_wait,
	&command_group_top,
	&command_group_exits,
	&command_group_denied,
	&command_group_trace,
	&command_group_cpu,
	&command_group_memory,
	&command_group_pci,
	&command_group_irq,
	&command_group_acpi,
	&command_group_config,
	&command_group_promises,
	&command_group_time,
	&command_group_log,
	&command_group_crash,
	&command_group_lock,
	&command_group_power,
	&command_group_set,
	&command_group_system,
};
/* clang-format on */

const size_t command_group_count = ARRAY_COUNT(command_groups);
