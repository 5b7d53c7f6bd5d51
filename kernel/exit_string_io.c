/* SPDX-License-Identifier: Apache-2.0 */
/* exit_string_io.c: INS and OUTS. */
#include "kernel/exit.h"

#include "arch/cpu/regs.h"
#include "kernel/exit_debug.h"
#include "kernel/guest_string.h"
#include "kernel/guest_walk.h"

/* So many elements an exit at most: then whatever waits for this guest gets its turn. */
enum { ELEMENTS_MAX = 128 };

/** struct string_io - one INS or OUTS. */
struct string_io {
	struct vmexit_io io;
	struct guest_string string;
	struct guest_segment segment;
	struct guest_context context;
	uint64_t *offset; /* RDI of INS, RSI of OUTS */
	uint64_t known; /* linear address of the page that elements lie in; UINT64_MAX: none yet */
	gpa_t page;     /* and where it is */
};

/* SDM Vol. 3C, "Information for VM Exits Due to Instruction Execution": that of INS names no segment, it is ES. */
static void read_exit(struct vcpu *vcpu, struct string_io *s)
{
	struct vmexit_string_io more =
		vmexit_string_io((uint32_t)vmread(VMCS_INSTRUCTION_INFORMATION));

	s->io = vmexit_io(vmread(VMCS_EXIT_QUALIFICATION));
	s->string = (struct guest_string){
		.bytes = s->io.bytes,
		.address_bytes = more.address_bytes,
		.rep = s->io.rep,
		.backwards = (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_DF) != 0,
	};
	s->segment = guest_walk_segment(s->io.in ? SEG_ES : (enum vmcs_segment)more.segment);
	s->context = guest_walk_context(vcpu, s->io.in);
	s->known = UINT64_MAX;
	s->offset = s->io.in ? &vcpu->guest.rdi : &vcpu->guest.rsi;
}

/* Most elements lie in the page of the one before. */
static enum status find_place(struct string_io *s, uint64_t linear, struct guest_place *place,
			      struct guest_fault *fault)
{
	uint64_t offset = linear % PAGE_SIZE;

	if (linear - offset == s->known && offset + s->io.bytes <= PAGE_SIZE) {
		*place = (struct guest_place){ { gpa(s->page.value + offset) },
					       { s->io.bytes },
					       linear };
		return OK;
	}
	enum status status = guest_access_place(&s->context, linear, s->io.bytes, place, fault);
	if (status == OK) {
		s->known = linear - offset;
		s->page = gpa(place->at[0].value - offset);
	}
	return status;
}

/* Memory first: a port that is read has given its byte away. Return: EXIT_ADVANCE when the element is done. */
static enum exit_verdict find_memory(struct vcpu *vcpu, struct string_io *s,
				     struct guest_place *place)
{
	uint64_t offset = guest_string_value(&s->string, *s->offset);
	uint64_t linear;
	struct guest_fault fault;
	uint32_t unused;
	enum status status =
		guest_access_linear(&s->context, &s->segment, offset, s->io.bytes, &linear, &fault);

	if (status == OK) {
		status = find_place(s, linear, place, &fault);
	}
	if (status == E_DENIED) {
		return exit_fault(vcpu, &fault);
	}
	if (status != OK || guest_access_read(&s->context, place, &unused) != OK) {
		return exit_unhandled(vcpu, "INS or OUTS between a port and what is no RAM");
	}
	return EXIT_ADVANCE;
}

static enum exit_verdict do_element(struct vcpu *vcpu, struct string_io *s)
{
	struct guest_place place;
	uint32_t value = 0;
	enum exit_verdict verdict = find_memory(vcpu, s, &place);

	if (verdict != EXIT_ADVANCE) {
		return verdict;
	}
	if (!s->io.in) {
		(void)guest_access_read(&s->context, &place, &value);
	}
	verdict = exit_io_port(vcpu, &s->io, &value);
	if (exit_debug_armed()) {
		exit_debug_watch(s->io.in ? DEBUG_WRITE : DEBUG_READ, place.linear, s->io.bytes);
	}
	if (s->io.in && guest_access_write(&s->context, &place, &value) != OK) {
		return exit_unhandled(vcpu, "INS to what is not writable");
	}
	*s->offset = guest_string_move(&s->string, *s->offset);
	if (s->string.rep) {
		vcpu->guest.rcx =
			guest_string_merge(&s->string, vcpu->guest.rcx, vcpu->guest.rcx - 1);
	}
	return verdict;
}

static bool is_done(const struct vcpu *vcpu, const struct string_io *s)
{
	return s->string.rep && guest_string_value(&s->string, vcpu->guest.rcx) == 0;
}

enum exit_verdict exit_string_io(struct vcpu *vcpu)
{
	struct string_io s;
	uint32_t elements = ELEMENTS_MAX;

	read_exit(vcpu, &s);
	if ((vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF) != 0 || exit_debug_armed()) {
		elements = 1; /* each may be followed by a trap */
	}
	for (uint32_t i = 0; !is_done(vcpu, &s); i++) {
		if (i == elements) {
			vcpu_repeat();
			return EXIT_RESUME;
		}
		enum exit_verdict verdict = do_element(vcpu, &s);
		if (verdict != EXIT_ADVANCE || !s.string.rep) {
			return verdict;
		}
	}
	return EXIT_ADVANCE;
}
