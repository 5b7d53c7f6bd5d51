/* SPDX-License-Identifier: Apache-2.0 */
/* exit_io.c: IN and OUT: every port exits, and the guest's board decides. */
#include "kernel/exit.h"

#include "arch/vmx/vmexit.h"
#include "kernel/clock.h"
#include "kernel/exit_debug.h"
#include "kernel/partition.h"
#include "kernel/housekeeper.h"

/* A result of 8 or 16 bits leaves the rest of RAX; 32 bits clear the upper half, as any 32-bit result does
 * (SDM Vol. 1, "General-Purpose Registers in 64-Bit Mode"). */
static uint64_t merge(uint64_t rax, uint32_t value, uint8_t bytes)
{
	uint64_t mask = bytes == 4 ? UINT64_MAX : ((uint64_t)1 << 8 * bytes) - 1;

	return (rax & ~mask) | value;
}

static inline __attribute__((always_inline)) enum vplatform_action
access_board(struct vcpu *vcpu, bool in, struct vplatform_access *access)
{
	struct partition *partition = vcpu->partition;
	enum vplatform_action action = VPLATFORM_NONE;

	spinlock_acquire(&partition->device_lock);
	if (in) {
		access->value = vplatform_port_read(&partition->board, access);
	} else {
		action = vplatform_port_write(&partition->board, access);
	}
	spinlock_release(&partition->device_lock);
	return action;
}

/* Return: EXIT_STOP when that ended the guest, else EXIT_ADVANCE. */
static inline __attribute__((always_inline)) enum exit_verdict
access_port(struct vcpu *vcpu, const struct vmexit_io *io, uint32_t *value)
{
	struct vplatform_access access = {
		.port = io->port,
		.bytes = io->bytes,
		.value = *value,
		.now = clock_ns(),
	};
	enum vplatform_action action = access_board(vcpu, io->in, &access);

	if (!access.granted) {
		vcpu->counts.denied_ports++;
		exit_refuse(vcpu,
			    denied_key(io->in ? DENIED_PORT_READ : DENIED_PORT_WRITE, io->port),
			    io->port);
	}
	if (access.retimed) {
		housekeeper_wake();
	}
	if (exit_debug_armed()) {
		exit_debug_watch(DEBUG_PORT, io->port, io->bytes);
	}
	if (action != VPLATFORM_NONE) {
		partition_end(vcpu->partition, action);
		return EXIT_STOP;
	}
	*value = access.value;
	return EXIT_ADVANCE;
}

enum exit_verdict exit_io_port(struct vcpu *vcpu, const struct vmexit_io *io, uint32_t *value)
{
	return access_port(vcpu, io, value);
}

enum exit_verdict exit_io(struct vcpu *vcpu)
{
	struct vmexit_io io = vmexit_io(vmread(VMCS_EXIT_QUALIFICATION));
	uint32_t value = (uint32_t)vcpu->guest.rax;

	if (__builtin_expect(io.string, false)) {
		return exit_string_io(vcpu);
	}
	enum exit_verdict verdict = access_port(vcpu, &io, &value);
	if (io.in) {
		vcpu->guest.rax = merge(vcpu->guest.rax, value, io.bytes);
	}
	return verdict;
}
