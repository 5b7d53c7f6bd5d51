/* SPDX-License-Identifier: Apache-2.0 */
/* exit_io.c: IN and OUT: every port exits, and the guest's board decides. */
#include "kernel/exit.h"

#include "arch/vmx/vmexit.h"
#include "kernel/clock.h"
#include "kernel/partition.h"
#include "kernel/housekeeper.h"

/* A result of 8 or 16 bits leaves the rest of RAX; 32 bits clear the upper half, as any 32-bit result does
 * (SDM Vol. 1, "General-Purpose Registers in 64-Bit Mode"). */
static uint64_t merge(uint64_t rax, uint32_t value, uint8_t bytes)
{
	uint64_t mask = bytes == 4 ? UINT64_MAX : ((uint64_t)1 << 8 * bytes) - 1;

	return (rax & ~mask) | value;
}

static enum vplatform_action access_board(struct vcpu *vcpu, const struct vmexit_io *io,
					  struct vplatform_access *access)
{
	struct partition *partition = vcpu->partition;
	enum vplatform_action action = VPLATFORM_NONE;

	spinlock_acquire(&partition->device_lock);
	if (io->in) {
		uint32_t value = vplatform_port_read(&partition->board, access);

		vcpu->guest.rax = merge(vcpu->guest.rax, value, io->bytes);
	} else {
		action = vplatform_port_write(&partition->board, access);
	}
	spinlock_release(&partition->device_lock);
	return action;
}

enum exit_verdict exit_io(struct vcpu *vcpu)
{
	struct vmexit_io io = vmexit_io(vmread(VMCS_EXIT_QUALIFICATION));
	struct vplatform_access access = {
		.port = io.port,
		.bytes = io.bytes,
		.value = (uint32_t)vcpu->guest.rax,
		.now = clock_ns(),
	};

	if (io.string) {
		return exit_unhandled(vcpu, "INS and OUTS are not offered");
	}
	enum vplatform_action action = access_board(vcpu, &io, &access);
	if (!access.granted) {
		vcpu->counts.denied_ports++;
		exit_refuse(vcpu, denied_key(io.in ? DENIED_PORT_READ : DENIED_PORT_WRITE, io.port),
			    io.port);
	}
	if (access.retimed) {
		housekeeper_wake();
	}
	if (action != VPLATFORM_NONE) {
		partition_end(vcpu->partition, action);
		return EXIT_STOP;
	}
	return EXIT_ADVANCE;
}
