/* SPDX-License-Identifier: Apache-2.0 */
/* exit_mmio.c: what a guest does to a device beside MOV: arithmetic, bit tests, exchanges, the stack, strings. */
#include "kernel/exit_mmio.h"

#include "arch/cpu/regs.h"
#include "arch/vmx/alu.h"
#include "kernel/exit.h"
#include "kernel/exit_debug.h"
#include "kernel/guest_regs.h"
#include "kernel/guest_string.h"
#include "kernel/guest_walk.h"

/* As many elements of a string an exit at most: then whatever waits for this guest gets its turn. */
enum { ELEMENTS_MAX = 128 };

static uint64_t read_device(struct vcpu *vcpu, gpa_t at, unsigned bytes)
{
	struct vplatform_mmio mmio = { .gpa = at.value,
				       .bytes = (uint8_t)bytes,
				       .value = UINT64_MAX };

	exit_mmio_access(vcpu, false, &mmio);
	return mmio.value;
}

static void write_device(struct vcpu *vcpu, gpa_t at, unsigned bytes, uint64_t value)
{
	struct vplatform_mmio mmio = { .gpa = at.value, .bytes = (uint8_t)bytes, .value = value };

	exit_mmio_access(vcpu, true, &mmio);
}

static void set_flags(uint64_t rflags)
{
	uint64_t kept = vmread(VMCS_GUEST_RFLAGS) & ~ALU_FLAGS;

	vmwrite(VMCS_GUEST_RFLAGS, kept | (rflags & ALU_FLAGS));
}

/* --- Arithmetic: one operand is memory, the other a register or immediate, either may be the first */

static uint64_t other_operand(const struct vcpu *vcpu, const struct decode_access *access)
{
	return decode_stored(access, guest_reg_get(vcpu, access->reg));
}

static void load_register(struct vcpu *vcpu, const struct decode_access *access, uint64_t value)
{
	guest_reg_set(vcpu, access->reg,
		      decode_loaded(access, guest_reg_get(vcpu, access->reg), value));
}

/* CMPXCHG writes the accumulator only when it was not equal: then it gets what memory had. */
static void load_accumulator(struct vcpu *vcpu, const struct decode_access *access,
			     const struct alu *alu)
{
	struct decode_access rax = *access;

	if ((alu->rflags & RFLAGS_ZF) == 0) {
		rax.reg = GUEST_RAX;
		rax.high_byte = false;
		load_register(vcpu, &rax, alu->rax);
	}
}

static void operate_on_memory(struct vcpu *vcpu, const struct decode_access *access, gpa_t at)
{
	struct alu alu = {
		.first = read_device(vcpu, at, access->bytes),
		.second = other_operand(vcpu, access),
		.rax = vcpu->guest.rax,
		.rflags = vmread(VMCS_GUEST_RFLAGS),
	};

	alu_execute(access->operation, access->bytes, &alu);
	if (alu_writes(access->operation)) {
		write_device(vcpu, at, access->bytes, alu.first);
	}
	if (access->operation == DECODE_XCHG || access->operation == DECODE_XADD) {
		load_register(vcpu, access, alu.second);
	}
	if (access->operation == DECODE_CMPXCHG) {
		load_accumulator(vcpu, access, &alu);
	}
	set_flags(alu.rflags);
}

static void operate_on_register(struct vcpu *vcpu, const struct decode_access *access, gpa_t at)
{
	struct alu alu = {
		.first = other_operand(vcpu, access),
		.second = read_device(vcpu, at, access->bytes),
		.rflags = vmread(VMCS_GUEST_RFLAGS),
	};

	alu_execute(access->operation, access->bytes, &alu);
	if (alu_writes(access->operation)) {
		load_register(vcpu, access, alu.first);
	}
	set_flags(alu.rflags);
}

static uint64_t swapped(uint64_t value, unsigned bytes)
{
	return __builtin_bswap64(value) >> (64 - 8 * bytes);
}

static void move_swapped(struct vcpu *vcpu, const struct decode_access *access, gpa_t at)
{
	if (access->is_store) {
		write_device(vcpu, at, access->bytes,
			     swapped(other_operand(vcpu, access), access->bytes));
	} else {
		load_register(vcpu, access,
			      swapped(read_device(vcpu, at, access->bytes), access->bytes));
	}
}

/* --- The guest's other memory: of the stack and of strings */

/** struct operand - where something lies, which may be a device too. */
struct operand {
	struct guest_context context;
	struct guest_place place;
	uint8_t bytes;
	bool device;
};

/* Return: EXIT_ADVANCE when it can be accessed. */
static enum exit_verdict find_operand(struct vcpu *vcpu, const struct guest_segment *segment,
				      uint64_t offset, struct operand *operand)
{
	struct guest_fault fault;
	uint64_t linear, unused;
	enum status status = guest_access_linear(&operand->context, segment, offset, operand->bytes,
						 &linear, &fault);

	if (status == OK) {
		status = guest_access_place(&operand->context, linear, operand->bytes,
					    &operand->place, &fault);
	}
	if (status == E_DENIED) {
		return exit_fault(vcpu, &fault);
	}
	operand->device = guest_access_read(&operand->context, &operand->place, &unused) != OK;
	if (status != OK || (operand->device && operand->place.bytes[1] != 0)) {
		return exit_unhandled(vcpu, "an operand lies partly in a device");
	}
	return EXIT_ADVANCE;
}

static uint64_t read_operand(struct vcpu *vcpu, const struct operand *operand)
{
	uint64_t value = 0;

	if (exit_debug_armed()) {
		exit_debug_watch(DEBUG_READ, operand->place.linear, operand->bytes);
	}
	if (operand->device) {
		return read_device(vcpu, operand->place.at[0], operand->bytes);
	}
	(void)guest_access_read(&operand->context, &operand->place, &value);
	return value;
}

static void write_operand(struct vcpu *vcpu, const struct operand *operand, uint64_t value)
{
	if (exit_debug_armed()) {
		exit_debug_watch(DEBUG_WRITE, operand->place.linear, operand->bytes);
	}
	if (operand->device ||
	    guest_access_write(&operand->context, &operand->place, &value) != OK) {
		write_device(vcpu, operand->place.at[0], operand->bytes, value);
	}
}

/* How much of RSP counts (SDM Vol. 1, "Stack Alignment" and "Address-Size Attributes for Stack Accesses"). */
static uint64_t stack_mask(void)
{
	if (guest_walk_is_64bit()) {
		return UINT64_MAX;
	}
	return (vmread(VMCS_GUEST_SS_ACCESS) & ACCESS_D) != 0 ? UINT32_MAX : 0xFFFF;
}

static enum exit_verdict use_stack(struct vcpu *vcpu, const struct decode_access *access, gpa_t at)
{
	bool push = access->operation == DECODE_PUSH;
	struct guest_segment segment = guest_walk_segment(SEG_SS);
	struct operand top = { .context = guest_walk_context(vcpu, push), .bytes = access->bytes };
	uint64_t mask = stack_mask();
	uint64_t rsp = guest_reg_get(vcpu, GUEST_RSP);
	uint64_t below = rsp - access->bytes;
	enum exit_verdict verdict = find_operand(vcpu, &segment, (push ? below : rsp) & mask, &top);

	if (verdict != EXIT_ADVANCE) {
		return verdict;
	}
	if (top.device) {
		return exit_unhandled(vcpu, "stack outside of RAM");
	}
	if (push) {
		write_operand(vcpu, &top, read_device(vcpu, at, access->bytes));
	} else {
		write_device(vcpu, at, access->bytes, read_operand(vcpu, &top));
	}
	uint64_t moved = push ? below : rsp + access->bytes;
	guest_reg_set(vcpu, GUEST_RSP, (rsp & ~mask) | (moved & mask));
	return EXIT_SKIP;
}

/* --- Strings */

/** struct string - a string instruction: what it reads first, and what else it reads or writes. */
struct string {
	const struct decode_access *access;
	struct guest_string moves;
	bool from_source; /* DS:rSI, or the segment of an override */
	bool to_target;   /* ES:rDI */
	struct guest_segment source_segment, target_segment;
	struct operand source, target;
};

static void read_string(struct vcpu *vcpu, const struct decode_access *access, struct string *s)
{
	enum decode_operation operation = access->operation;
	bool stores = operation == DECODE_MOVS || operation == DECODE_STOS;
	uint8_t segment = access->segment != DECODE_NO_SEGMENT ? access->segment : SEG_DS;

	*s = (struct string){
		.access = access,
		.moves = {
			.bytes = access->bytes,
			.address_bytes = access->address_bytes,
			.rep = access->repeat != DECODE_ONCE,
			.backwards = (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_DF) != 0,
		},
		.from_source = operation != DECODE_STOS && operation != DECODE_SCAS,
		.to_target = operation != DECODE_LODS,
		.source_segment = guest_walk_segment((enum vmcs_segment)segment),
		.target_segment = guest_walk_segment(SEG_ES),
		.source = { .context = guest_walk_context(vcpu, false), .bytes = access->bytes },
		.target = { .context = guest_walk_context(vcpu, stores), .bytes = access->bytes },
	};
}

static enum exit_verdict find_operands(struct vcpu *vcpu, struct string *s)
{
	uint64_t from = guest_string_value(&s->moves, vcpu->guest.rsi);
	uint64_t to = guest_string_value(&s->moves, vcpu->guest.rdi);
	enum exit_verdict verdict = EXIT_ADVANCE;

	if (s->from_source) {
		verdict = find_operand(vcpu, &s->source_segment, from, &s->source);
	}
	if (verdict == EXIT_ADVANCE && s->to_target) {
		verdict = find_operand(vcpu, &s->target_segment, to, &s->target);
	}
	return verdict;
}

static void compare(uint64_t first, uint64_t second, unsigned bytes)
{
	struct alu alu = { .first = first, .second = second, .rflags = vmread(VMCS_GUEST_RFLAGS) };

	alu_execute(DECODE_CMP, bytes, &alu);
	set_flags(alu.rflags);
}

static void do_element(struct vcpu *vcpu, struct string *s)
{
	uint64_t rax = vcpu->guest.rax;
	uint64_t value = s->from_source ? read_operand(vcpu, &s->source) : rax;

	switch (s->access->operation) {
	case DECODE_LODS:
		load_register(vcpu, s->access, value);
		break;
	case DECODE_CMPS:
	case DECODE_SCAS:
		compare(value, read_operand(vcpu, &s->target), s->access->bytes);
		break;
	default:
		write_operand(vcpu, &s->target, value);
		break;
	}
}

static void move_registers(struct vcpu *vcpu, const struct string *s)
{
	struct vmx_guest *guest = &vcpu->guest;

	if (s->from_source) {
		guest->rsi = guest_string_move(&s->moves, guest->rsi);
	}
	if (s->to_target) {
		guest->rdi = guest_string_move(&s->moves, guest->rdi);
	}
	if (s->moves.rep) {
		guest->rcx = guest_string_merge(&s->moves, guest->rcx, guest->rcx - 1);
	}
}

/* REPE and REPNE end by ZF too; only CMPS and SCAS look at it. */
static bool is_over(const struct vcpu *vcpu, const struct string *s)
{
	bool by_flag = s->access->operation == DECODE_CMPS || s->access->operation == DECODE_SCAS;
	bool equal = (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_ZF) != 0;

	if (!s->moves.rep || guest_string_value(&s->moves, vcpu->guest.rcx) == 0) {
		return true;
	}
	return by_flag && equal != (s->access->repeat == DECODE_REP);
}

static enum exit_verdict do_string(struct vcpu *vcpu, const struct decode_access *access)
{
	bool stepped = (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF) != 0 || exit_debug_armed();
	uint32_t elements = stepped ? 1 : ELEMENTS_MAX;
	struct string s;

	read_string(vcpu, access, &s);
	for (uint32_t i = 0; i < elements; i++) {
		enum exit_verdict verdict = find_operands(vcpu, &s);

		if (verdict != EXIT_ADVANCE) {
			return verdict;
		}
		do_element(vcpu, &s);
		move_registers(vcpu, &s);
		if (is_over(vcpu, &s)) {
			return EXIT_SKIP;
		}
	}
	vcpu_repeat();
	return EXIT_RESUME;
}

enum exit_verdict exit_mmio_operate(struct vcpu *vcpu, const struct decode_access *access, gpa_t at)
{
	if (decode_is_string(access)) {
		return do_string(vcpu, access);
	}
	if (access->operation == DECODE_PUSH || access->operation == DECODE_POP) {
		return use_stack(vcpu, access, at);
	}
	if (access->operation == DECODE_MOVBE) {
		move_swapped(vcpu, access, at);
	} else if (access->is_store) {
		operate_on_memory(vcpu, access, at);
	} else {
		operate_on_register(vcpu, access, at);
	}
	return EXIT_SKIP;
}
