/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c: instructions that touch memory a device model answers for. */
#include "arch/vmx/decode.h"

#include "kernel/lib/cursor.h"

/* SDM Vol. 2A, "Instruction Prefixes" and "REX Prefixes". */
enum {
	PREFIX_OPERAND_SIZE = 0x66,
	PREFIX_ADDRESS_SIZE = 0x67,
	PREFIX_LOCK = 0xf0,
	REX = 0x40,
	REX_MASK = 0xf0,
	REX_R = 1 << 2,
	REX_W = 1 << 3,
	OPCODE_ESCAPE = 0x0f,
	MAP_0F = 0x100, /* added to an opcode that follows the escape */
};

/* What follows an opcode, and what it does. */
enum {
	STORE = 1 << 0,
	BYTE = 1 << 1,   /* operands of one byte, else of the operand size */
	OFFSET = 1 << 2, /* no ModRM: an address of the address size follows, the register is RAX */
	IMMEDIATE = 1 << 3, /* a group: only /0 is the instruction meant */
	ONLY_64 = 1 << 4,   /* another instruction outside of 64-bit mode */
};

/** struct form - an opcode we know. */
struct form {
	uint16_t opcode;
	uint8_t flags;
	uint8_t memory_bytes; /* 0: as wide as the register; else at most that */
	enum decode_extend extend;
};

/* SDM Vol. 2D, "Opcode Map". Anything else is refused. */
/* clang-format off */
static const struct form forms[] = {
	{ 0x88, STORE | BYTE,             0, DECODE_EXTEND_NONE }, /* MOV r/m8, r8 */
	{ 0x89, STORE,                    0, DECODE_EXTEND_NONE }, /* MOV r/m, r */
	{ 0x8a, BYTE,                     0, DECODE_EXTEND_NONE }, /* MOV r8, r/m8 */
	{ 0x8b, 0,                        0, DECODE_EXTEND_NONE }, /* MOV r, r/m */
	{ 0xa0, OFFSET | BYTE,            0, DECODE_EXTEND_NONE }, /* MOV AL, moffs8 */
	{ 0xa1, OFFSET,                   0, DECODE_EXTEND_NONE }, /* MOV rAX, moffs */
	{ 0xa2, OFFSET | STORE | BYTE,    0, DECODE_EXTEND_NONE }, /* MOV moffs8, AL */
	{ 0xa3, OFFSET | STORE,           0, DECODE_EXTEND_NONE }, /* MOV moffs, rAX */
	{ 0xc6, STORE | IMMEDIATE | BYTE, 0, DECODE_EXTEND_NONE }, /* MOV r/m8, imm8 */
	{ 0xc7, STORE | IMMEDIATE,        0, DECODE_EXTEND_NONE }, /* MOV r/m, imm */
	{ 0x63, ONLY_64,                  4, DECODE_EXTEND_SIGN }, /* MOVSXD r, r/m32 */
	{ MAP_0F | 0xb6, 0,               1, DECODE_EXTEND_ZERO }, /* MOVZX r, r/m8 */
	{ MAP_0F | 0xb7, 0,               2, DECODE_EXTEND_ZERO }, /* MOVZX r, r/m16 */
	{ MAP_0F | 0xbe, 0,               1, DECODE_EXTEND_SIGN }, /* MOVSX r, r/m8 */
	{ MAP_0F | 0xbf, 0,               2, DECODE_EXTEND_SIGN }, /* MOVSX r, r/m16 */
};
/* clang-format on */

/** struct state - what is known while decoding. */
struct state {
	struct cursor c;
	enum decode_mode mode;
	bool has_operand_size;
	bool has_address_size;
	bool has_lock;
	uint8_t rex; /* 0 for none */
	const struct form *form;
	uint8_t operand_bytes;
	uint8_t address_bytes;
};

static bool is_ignored_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26: /* segment overrides: the exit gives the address, so they do not matter here */
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0xf2: /* repeat prefixes: mean nothing to the instructions in the table */
	case 0xf3:
		return true;
	default:
		return false;
	}
}

/** take_prefix() - note a prefix; false when @byte is none. */
static bool take_prefix(struct state *s, uint8_t byte)
{
	if (s->mode == DECODE_64 && (byte & REX_MASK) == REX) {
		s->rex = byte;
		return true;
	}
	bool is_operand_size = byte == PREFIX_OPERAND_SIZE;
	bool is_address_size = byte == PREFIX_ADDRESS_SIZE;
	bool is_lock = byte == PREFIX_LOCK;

	if (!is_operand_size && !is_address_size && !is_lock && !is_ignored_prefix(byte)) {
		return false;
	}
	s->has_operand_size |= is_operand_size;
	s->has_address_size |= is_address_size;
	s->has_lock |= is_lock;
	s->rex = 0; /* a REX prefix counts only right before the opcode */
	return true;
}

static void find_sizes(struct state *s)
{
	bool is_16 = s->mode == DECODE_16;

	s->operand_bytes = is_16 != s->has_operand_size ? 2 : 4;
	if ((s->rex & REX_W) != 0) {
		s->operand_bytes = 8;
	}
	s->address_bytes = is_16 != s->has_address_size ? 2 : 4;
	if (s->mode == DECODE_64) {
		s->address_bytes = s->has_address_size ? 4 : 8;
	}
}

static const struct form *form_of(uint16_t opcode)
{
	for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
		if (forms[i].opcode == opcode) {
			return &forms[i];
		}
	}
	return NULL;
}

/** take_opcode() - prefixes and opcode. */
static enum status take_opcode(struct state *s)
{
	uint8_t byte = cursor_u8(&s->c);

	while (!s->c.failed && take_prefix(s, byte)) {
		byte = cursor_u8(&s->c);
	}
	uint16_t opcode = byte;

	if (byte == OPCODE_ESCAPE) {
		opcode = MAP_0F | cursor_u8(&s->c);
	}
	if (s->c.failed) {
		return E_TRUNCATED;
	}
	s->form = form_of(opcode);
	if (s->form == NULL || s->has_lock ||
	    ((s->form->flags & ONLY_64) != 0 && s->mode != DECODE_64)) {
		return E_UNSUPPORTED;
	}
	find_sizes(s);
	return OK;
}

/** displacement_bytes() - SDM Vol. 2A, "Addressing-Mode Encoding of ModR/M and SIB Bytes". */
static size_t displacement_bytes(struct state *s, uint8_t mod, uint8_t rm)
{
	if (s->address_bytes == 2) {
		return mod == 0 ? (rm == 6 ? 2 : 0) : mod;
	}
	/* A SIB byte comes before the displacement, and its base takes the place of rm. */
	uint8_t base = rm == 4 ? cursor_u8(&s->c) & 7 : rm;

	if (mod == 0) {
		return base == 5 ? 4 : 0;
	}
	return mod == 1 ? 1 : 4;
}

static uint8_t register_bytes(const struct state *s)
{
	return (s->form->flags & BYTE) != 0 ? 1 : s->operand_bytes;
}

/** take_modrm() - ModRM, SIB and displacement; E_UNSUPPORTED unless they name memory. */
static enum status take_modrm(struct state *s, struct decode_access *access)
{
	uint8_t modrm = cursor_u8(&s->c);
	uint8_t mod = modrm >> 6;
	uint8_t reg = modrm >> 3 & 7;

	if (s->c.failed) {
		return E_TRUNCATED;
	}
	if (mod == 3 || ((s->form->flags & IMMEDIATE) != 0 && reg != 0)) {
		return E_UNSUPPORTED;
	}
	cursor_take(&s->c, displacement_bytes(s, mod, modrm & 7));
	/* Without REX, byte registers 4 to 7 are AH to BH; with any REX they are SPL to DIL. */
	access->high_byte = register_bytes(s) == 1 && s->rex == 0 && reg >= 4;
	access->reg = access->high_byte ? (uint8_t)(reg - 4) : reg;
	if ((s->rex & REX_R) != 0) {
		access->reg = (uint8_t)(access->reg + 8);
	}
	return OK;
}

static uint64_t sign_extend(uint64_t value, unsigned bytes)
{
	unsigned unused = 64 - 8 * bytes;

	return (uint64_t)((int64_t)(value << unused) >> unused);
}

static uint64_t low_bytes(uint64_t value, unsigned bytes)
{
	return value & (UINT64_MAX >> (64 - 8 * bytes));
}

static void take_immediate(struct state *s, struct decode_access *access)
{
	/* There is no 8-byte immediate: four bytes are sign-extended. */
	unsigned bytes = access->bytes == 8 ? 4 : access->bytes;

	access->has_immediate = true;
	access->reg = 0;
	access->high_byte = false;
	access->immediate = sign_extend(cursor_le(&s->c, bytes), bytes);
}

enum status decode_access(const struct decode_input *input, struct decode_access *access)
{
	size_t count = min_u64(input->count, DECODE_BYTES_MAX);
	struct state s = { .c = cursor_over(input->bytes, count), .mode = input->mode };
	enum status status = take_opcode(&s);

	if (status != OK) {
		return status;
	}
	*access = (struct decode_access){
		.is_store = (s.form->flags & STORE) != 0,
		.register_bytes = register_bytes(&s),
		.bytes = register_bytes(&s),
		.extend = s.form->extend,
	};
	if (s.form->memory_bytes != 0 && s.form->memory_bytes < access->bytes) {
		access->bytes = s.form->memory_bytes;
	}
	if ((s.form->flags & OFFSET) != 0) {
		cursor_take(&s.c, s.address_bytes);
	} else {
		status = take_modrm(&s, access);
	}
	if (status == OK && (s.form->flags & IMMEDIATE) != 0) {
		take_immediate(&s, access);
	}
	access->length = (uint8_t)s.c.at;
	return status == OK && s.c.failed ? E_TRUNCATED : status;
}

uint64_t decode_stored(const struct decode_access *access, uint64_t reg)
{
	uint64_t value = access->has_immediate ? access->immediate
			 : access->high_byte   ? reg >> 8
					       : reg;

	return low_bytes(value, access->bytes);
}

uint64_t decode_loaded(const struct decode_access *access, uint64_t reg, uint64_t memory)
{
	uint64_t value = low_bytes(memory, access->bytes);

	if (access->extend == DECODE_EXTEND_SIGN) {
		value = low_bytes(sign_extend(value, access->bytes), access->register_bytes);
	}
	if (access->register_bytes >= 4) {
		return value;
	}
	/* The rest of the register stays as it is. */
	unsigned shift = access->high_byte ? 8 : 0;
	uint64_t mask = low_bytes(UINT64_MAX, access->register_bytes) << shift;

	return (reg & ~mask) | (value << shift);
}
